"""Trials as joblib tasks, on whatever backend is active."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any

from joblib import cpu_count, effective_n_jobs
from joblib.externals.loky.process_executor import TerminatedWorkerError
from joblib.parallel import (
    LokyBackend,
    MultiprocessingBackend,
    SequentialBackend,
    ThreadingBackend,
    get_active_backend,
)
from sklearn.utils.parallel import delayed

from skhpt._compat.joblib import parallel_with
from skhpt._gpus import visible_gpus
from skhpt.evaluation import Evaluation
from skhpt.execution._active_cluster import ActiveCluster
from skhpt.execution._attempts import Attempts, Key, Loss
from skhpt.execution._base import Executor
from skhpt.execution._cluster import ClusterExecutor
from skhpt.execution._death import in_short
from skhpt.execution._errand import Errand
from skhpt.execution._lone_worker import N_LONE_WORKERS, LoneWorkerBackend, dismiss_workers
from skhpt.execution._notes import Notes
from skhpt.execution._shared_arrays import arrays_on_disk
from skhpt.execution._slots import Slots
from skhpt.execution._threads import limit_threads
from skhpt.trials import Deadline, Phase, TrialResult, TrialSpec


class JoblibExecutor(Executor):
    """Runs each trial as a task of its own.

    scikit-learn's `Parallel` carries its configuration and the warning filters of the caller to the workers.

    The death of a worker (killed, out of memory, a crash) costs no other trial its result, and ends no run: trials that
    had begun and not ended are run again one at a time, and those that had not begun go on in new workers. This holds
    for joblib's own processes ("loky", the default backend). Its "multiprocessing" backend can't notice a death, and
    waits forever; threads and a single job share the process of the search, and its death. A dask cluster, which is
    joblib's "dask" backend, is a `ClusterExecutor`'s, and runs as many trials at a time as it has threads.

    On a machine with NVIDIA GPUs each of joblib's own processes sees one of them, in turn, and takes only the memory
    that it needs.

    Parameters
    ----------
    n_jobs : int or None, default=None
        Workers, as for `joblib.Parallel`: None is 1, unless a `joblib.parallel_config` says otherwise; -1 is every
        core.
    pre_dispatch : int or str, default="2*n_jobs"
        How many tasks are handed out ahead. With a deadline that is set, as many as there are workers.
    max_retries : int, default=1
        How often a trial is run again that may have killed its worker: alone, while no other trial runs. With 0 all
        that ran when a worker died are lost.
    deadline : Deadline or None, default=None
        Once it is over no trial begins any more, and only what had begun is waited for.
    cluster : ActiveCluster or None, default=None
        For whatever else of the search runs there, too.
    one_a_gpu : bool, default=False
        Whether a negative `n_jobs` is as many workers as there are GPUs, if there are any. More of them share the GPUs.
    says : callable, default=does nothing
        Is told that workers start.
    """

    def __init__(
        self,
        n_jobs: int | None = None,
        pre_dispatch: int | str = "2*n_jobs",
        max_retries: int = 1,
        deadline: Deadline | None = None,
        cluster: ActiveCluster | None = None,
        *,
        one_a_gpu: bool = False,
        says: Callable[[Phase], object] = lambda phase: None,
    ) -> None:
        self.n_jobs = n_jobs
        self.pre_dispatch = pre_dispatch
        self.max_retries = max_retries
        self.deadline = deadline or Deadline()
        self._cluster = cluster or ActiveCluster(self.deadline)
        self.one_a_gpu = one_a_gpu
        self._says = says

    def run(self, evaluate: Evaluation, specs: Sequence[TrialSpec]) -> Iterator[TrialResult]:
        if (tasks := self._cluster.tasks) is not None:
            yield from ClusterExecutor(tasks, self.max_retries, self.deadline).run(evaluate, specs)
            return
        backend, _ = get_active_backend()
        n_jobs = self._n_jobs
        n_workers = int(effective_n_jobs(n_jobs))
        if n_workers == 1 or not isinstance(backend, LokyBackend):
            errand = Errand(evaluate, self.deadline, Notes())
            yield from self._side_by_side(errand, specs, set(), n_jobs=n_jobs)
            return
        loading = ", each of which loads Keras" if self.one_a_gpu else ""
        self._says(Phase(f"starting {n_workers} workers{loading}"))
        attempts = Attempts(specs, self.max_retries)
        with Notes() as notes:
            errand = Errand(evaluate, self.deadline, notes)
            while attempts.together and not self.deadline.is_over:
                yield from self._attempt(errand, attempts, attempts.together, n_jobs=n_jobs)
            if attempts.suspects:
                dismiss_workers()
            lone = LoneWorkerBackend(backend, n_workers)
            while attempts.suspects and not self.deadline.is_over:
                yield from self._attempt(errand, attempts, attempts.suspects[:1], n_jobs=N_LONE_WORKERS, backend=lone)

    def builds_here(self, estimator: Any) -> bool:
        backend, _ = get_active_backend()
        if isinstance(backend, MultiprocessingBackend):  # TensorFlow hangs in a fork of a process that it has run in
            return int(effective_n_jobs(self._n_jobs)) == 1
        is_here = isinstance(backend, (SequentialBackend, ThreadingBackend)) or effective_n_jobs(self._n_jobs) == 1
        return (is_here and self._cluster.tasks is None) or not visible_gpus()

    def _attempt(
        self, errand: Errand, attempts: Attempts, specs: Sequence[TrialSpec], **pool: Any
    ) -> Iterator[TrialResult]:
        """Run some of the trials, until they have ended or a worker dies."""
        unfinished: set[Key] = set()
        losses: list[Loss] = []
        try:
            with closing(self._side_by_side(errand, specs, unfinished, **pool)) as results:
                for result in results:
                    unfinished.remove(result.key)
                    attempts.ended(result.key)
                    yield result
        except TerminatedWorkerError as error:
            # With a cause it comes from a worker: a pool within a trial has broken there, and nobody has died here.
            if error.__cause__ is not None or not unfinished:
                raise
            losses = attempts.died(errand.notes.suspects(unfinished), in_short(error))
        for loss in losses:
            yield errand.evaluate.lost(loss.spec, loss.reason)

    def _side_by_side(
        self, errand: Errand, specs: Sequence[TrialSpec], handed_out: set[Key], **pool: Any
    ) -> Generator[TrialResult, None, None]:
        """Run trials at the same time, and add the keys of those that joblib has taken to `handed_out`."""
        backend, _ = get_active_backend()
        # The multiprocessing backend can't hand results over one by one.
        return_as = "generator_unordered" if backend.supports_return_generator else "list"
        ahead = {"pre_dispatch": "n_jobs", "batch_size": 1} if self.deadline.is_set else {}
        parallel = parallel_with(
            {"initializer": settle_worker, "initargs": (self._threads_per_worker(), self._slots())},
            **{"pre_dispatch": self.pre_dispatch} | ahead | pool,
            return_as=return_as,
        )
        with arrays_on_disk():
            results = parallel(delayed(errand)(spec) for spec in self._until_over(specs, handed_out))
        if return_as == "list":
            yield from filter(None, results)
            return
        with _closing(results):  # a consumer that stops early leaves no task running
            yield from filter(None, results)  # through a filter, or it would close the results itself, and not quietly

    def _until_over(self, specs: Sequence[TrialSpec], handed_out: set[Key]) -> Iterator[TrialSpec]:
        for spec in specs:
            if self.deadline.is_over:
                return
            handed_out.add(spec.key)
            yield spec

    def _threads_per_worker(self) -> int:
        """The cores divided by the workers, unless the active backend was given `inner_max_num_threads`."""
        backend, _ = get_active_backend()
        if backend.inner_max_num_threads is not None:
            return int(backend.inner_max_num_threads)
        return max(int(cpu_count()) // int(effective_n_jobs(self._n_jobs)), 1)

    def _slots(self) -> Slots | None:
        """Where workers settle that are new processes; a fork goes on with what this process has seen of GPUs."""
        backend, _ = get_active_backend()
        n_workers = int(effective_n_jobs(self._n_jobs))
        return Slots.on_gpus(n_workers) if n_workers > 1 and isinstance(backend, LokyBackend) else None

    @property
    def _n_jobs(self) -> int | None:
        """What was asked for, or a worker a GPU."""
        backend, configured = get_active_backend()
        asked = configured if self.n_jobs is None else self.n_jobs
        if not self.one_a_gpu or not isinstance(backend, LokyBackend) or asked is None or asked >= 0:
            return self.n_jobs
        return len(visible_gpus()) or self.n_jobs


def settle_worker(n_threads: int, slots: Slots | None) -> None:
    """Give a worker its share of the machine, as joblib calls the initializer of each.

    Parameters
    ----------
    n_threads : int
        How many.
    slots : Slots or None
        Of which it takes one; None leaves GPUs alone.
    """
    limit_threads(n_threads)
    if slots is not None:
        slots.take()


@contextmanager
def _closing(results: Generator[TrialResult, None, None]) -> Iterator[None]:
    """Close a generator of joblib's, without its warning that there are results which nobody wanted."""
    try:
        yield
    finally:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", r"\d+ tasks ", UserWarning)
            results.close()
