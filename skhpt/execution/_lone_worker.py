"""Workers for a trial that is to run alone."""

from __future__ import annotations

from typing import Any

from joblib.externals.loky import get_reusable_executor
from joblib.parallel import LokyBackend

from skhpt._compat.joblib import settings_of

# With one, joblib would run the trial in the calling process. The other worker stays an empty interpreter until joblib
# happens to give it a task.
N_LONE_WORKERS = 2


class LoneWorkerBackend(LokyBackend):  # type: ignore[misc]  # joblib has no types
    """joblib's processes, with the threads that each would have among as many workers as the other trials have.

    So a trial that runs alone computes the same, to the last bit.

    Parameters
    ----------
    backend : LokyBackend
        That of the other trials.
    n_workers : int
        How many they have.
    """

    def __init__(self, backend: LokyBackend, n_workers: int) -> None:
        super().__init__(**settings_of(backend))
        self._n_workers = n_workers

    def _prepare_worker_env(self, n_jobs: int) -> dict[str, Any]:
        environment: dict[str, Any] = super()._prepare_worker_env(self._n_workers)
        return environment


def dismiss_workers() -> None:
    """End joblib's idle workers: what earlier trials left in their memory would be in the way."""
    get_reusable_executor().shutdown(wait=True)
