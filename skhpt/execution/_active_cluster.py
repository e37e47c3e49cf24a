"""The cluster that a search runs on, if it runs on one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from joblib.parallel import get_active_backend

from skhpt.trials import Deadline

if TYPE_CHECKING:  # it needs dask
    from skhpt.execution._cluster_tasks import ClusterTasks


class ActiveCluster:
    """Finds the cluster of joblib's dask backend, and is one for all that a search runs there, which is sent data once.

    Parameters
    ----------
    deadline : Deadline
        Of the search.
    """

    def __init__(self, deadline: Deadline) -> None:
        self._deadline = deadline
        self._tasks: ClusterTasks | None = None

    @property
    def tasks(self) -> ClusterTasks | None:
        """What runs tasks there; None while joblib's active backend is another."""
        backend, _ = get_active_backend()
        if not hasattr(backend, "client"):
            return None
        if self._tasks is None:
            from skhpt.execution._cluster_tasks import ClusterTasks  # needs dask, as whoever has such a backend has

            self._tasks = ClusterTasks(backend, self._deadline)
        return self._tasks
