"""Where trials run."""

from skhpt.execution._active_cluster import ActiveCluster
from skhpt.execution._base import Executor
from skhpt.execution._fused import FusedExecutor
from skhpt.execution._joblib import JoblibExecutor

__all__ = ["ActiveCluster", "Executor", "FusedExecutor", "JoblibExecutor"]
