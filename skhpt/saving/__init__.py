"""Fitted estimators, pipelines and searches in a directory that any process can load."""

from skhpt.saving._load import load
from skhpt.saving._save import save

__all__ = ["load", "save"]
