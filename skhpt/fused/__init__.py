"""Trials of one architecture, trained together by one compiled program."""

from skhpt.fused._engine import FusedEngine

__all__ = ["FusedEngine"]
