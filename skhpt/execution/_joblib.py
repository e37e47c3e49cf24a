"""Trials as joblib tasks, on whatever backend is active."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager

from joblib import cpu_count, effective_n_jobs
from joblib.parallel import get_active_backend
from sklearn.utils.parallel import Parallel, delayed

from skhpt.execution._base import Executor
from skhpt.execution._threads import limit_threads
from skhpt.trials import TrialResult, TrialSpec


class JoblibExecutor(Executor):
    """Runs each trial as a task of its own.

    scikit-learn's `Parallel` carries its configuration and the warning filters of the caller to the workers.

    Parameters
    ----------
    n_jobs : int or None, default=None
        Workers, as for `joblib.Parallel`: None is 1, unless a `joblib.parallel_config` says otherwise; -1 is every
        core.
    pre_dispatch : int or str, default="2*n_jobs"
        How many tasks are handed out ahead.
    """

    def __init__(self, n_jobs: int | None = None, pre_dispatch: int | str = "2*n_jobs") -> None:
        self.n_jobs = n_jobs
        self.pre_dispatch = pre_dispatch

    def run(self, evaluate: Callable[[TrialSpec], TrialResult], specs: Sequence[TrialSpec]) -> Iterator[TrialResult]:
        backend, _ = get_active_backend()
        # The multiprocessing backend can't hand results over one by one.
        return_as = "generator_unordered" if backend.supports_return_generator else "list"
        parallel = Parallel(
            n_jobs=self.n_jobs,
            pre_dispatch=self.pre_dispatch,
            return_as=return_as,
            initializer=limit_threads,
            initargs=(self._threads_per_worker(),),
        )
        results = parallel(delayed(evaluate)(spec) for spec in specs)
        if return_as == "list":
            yield from results
            return
        with _closing(results):  # a consumer that stops early leaves no task running
            for result in results:  # noqa: UP028 - `yield from` would close the results itself, and not quietly
                yield result

    def _threads_per_worker(self) -> int:
        """The cores divided by the workers, unless the active backend was given `inner_max_num_threads`."""
        backend, _ = get_active_backend()
        if backend.inner_max_num_threads is not None:
            return int(backend.inner_max_num_threads)
        return max(int(cpu_count()) // int(effective_n_jobs(self.n_jobs)), 1)


@contextmanager
def _closing(results: Generator[TrialResult, None, None]) -> Iterator[None]:
    """Close a generator of joblib's, without its warning that there are results which nobody wanted."""
    try:
        yield
    finally:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", r"\d+ tasks ", UserWarning)
            results.close()
