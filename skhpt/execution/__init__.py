"""Where trials run."""

from skhpt.execution._base import Executor
from skhpt.execution._fused import FusedExecutor
from skhpt.execution._joblib import JoblibExecutor

__all__ = ["Executor", "FusedExecutor", "JoblibExecutor"]
