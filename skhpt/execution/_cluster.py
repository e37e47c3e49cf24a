"""Trials as tasks of a dask cluster."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np
from distributed import CancelledError, Future, KilledWorker, as_completed
from joblib import cpu_count, parallel_config
from sklearn import get_config
from sklearn.utils.parallel import delayed

from skhpt.evaluation import Evaluation
from skhpt.execution._attempts import Attempts
from skhpt.execution._base import Executor
from skhpt.execution._errand import Errand
from skhpt.execution._notes import Notes
from skhpt.execution._parcel import Parcel, unpacked
from skhpt.execution._threads import limit_threads
from skhpt.trials import Deadline, TrialResult, TrialSpec


class ClusterExecutor(Executor):
    """Runs each trial as a task of the cluster behind joblib's dask backend.

    Not through `joblib.Parallel`: joblib sends the data with each trial, and waits forever for the result of a task
    that dask has given up.

    A worker that dies costs its trials another attempt, which dask makes by itself. A trial that dask has given up
    after several (``distributed.scheduler.allowed-failures``), or with which the last copy of the data was lost, is a
    suspect, and run again by itself: dask counts a death against all that the worker had been given.

    Parameters
    ----------
    backend : joblib's DaskDistributedBackend
        Knows the cluster, and what the user wants to be said of each task.
    max_retries : int
        How often a suspect is run again.
    deadline : Deadline
        Once it is over no trial is handed out any more.
    """

    def __init__(self, backend: Any, max_retries: int, deadline: Deadline) -> None:
        self._backend = backend
        self._client = backend.client
        self._max_retries = max_retries
        self._deadline = deadline
        # By id, and with the array, whose id so stays its own.
        self._sent: dict[int, tuple[Any, Future]] = {}

    def run(self, evaluate: Evaluation, specs: Sequence[TrialSpec]) -> Iterator[TrialResult]:
        attempts = Attempts(specs, self._max_retries)
        # A search that runs in a worker, of an outer cross-validation say, leaves its thread to its trials.
        with self._backend.retrieval_context():
            while attempts.together and not self._deadline.is_over:
                yield from self._attempt(evaluate, attempts, attempts.together)
            while attempts.suspects and not self._deadline.is_over:
                yield from self._attempt(evaluate, attempts, attempts.suspects[:1])

    def _attempt(self, evaluate: Evaluation, attempts: Attempts, specs: Sequence[TrialSpec]) -> Iterator[TrialResult]:
        """Run some of the trials, each until it ends or is lost."""
        tasks = self._side_by_side(evaluate, specs)
        try:
            for spec, task in tasks:
                outcome = self._outcome(task)
                if isinstance(outcome, TrialResult):
                    attempts.ended(spec.key)
                    yield outcome
                    continue
                for loss in attempts.died([spec.key], outcome):
                    yield evaluate.lost(loss.spec, loss.reason)
        finally:
            tasks.close()  # a consumer that stops early leaves no task waiting

    def _outcome(self, task: Future) -> TrialResult | str:
        """The result of a trial, or why it is lost. An error of its own is raised."""
        try:
            result: TrialResult = task.result()  # may be lost on its way, too
        except CancelledError:
            if not task.cancelled():
                raise
            self._sent.clear()
            return "the last worker of the cluster that had the data died."
        except KilledWorker as error:
            if error.task != task.key:  # it comes from a search within the trial
                raise
            return f"dask gave the trial up after {error.allowed_failures + 1} dead workers."
        return result

    def _side_by_side(
        self, evaluate: Evaluation, specs: Sequence[TrialSpec]
    ) -> Generator[tuple[TrialSpec, Future], None, None]:
        """Run trials at the same time, and yield each with its task once that has come to its end."""
        content, arrays = self._send(evaluate)
        n_sharing = self._n_workers_a_host
        waiting, running = iter(specs), dict[Future, TrialSpec]()
        ended = as_completed(loop=self._client.loop)
        try:
            while True:
                is_lost = bool(arrays) and not self._sent
                n_more = 0 if is_lost or self._deadline.is_over else self._n_ahead - len(running)
                for spec in islice(waiting, max(n_more, 0)):
                    task = self._client.submit(
                        run_sent, content, arrays, spec, n_sharing, pure=False, **self._backend.submit_kwargs
                    )
                    running[task] = spec
                    ended.add(task)
                if not running:
                    return
                task = next(ended)
                yield running.pop(task), task
        finally:
            self._client.cancel(list(running))

    @property
    def _n_ahead(self) -> int:
        """How many trials the cluster may have: more than it can run, unless the time may be over before they begin."""
        n_threads = int(sum(self._client.ncores().values()))  # asked each time, as workers come and go
        return max(n_threads, 1) * (1 if self._deadline.is_set else 2)

    @property
    def _n_workers_a_host(self) -> int:
        """How many workers share the cores of one machine, at most."""
        workers = self._client.scheduler_info(n_workers=-1)["workers"].values()
        on_host = Counter(str(worker["host"]) for worker in workers)
        return max(on_host.values(), default=1)

    def _send(self, evaluate: Evaluation) -> tuple[bytes, list[Future]]:
        """What goes with each trial, and, on all workers, the arrays of it."""
        call, _, _ = delayed(Errand(evaluate, Deadline(), Notes()))()
        parcel = Parcel.of(call.with_config_and_warning_filters(get_config(), warnings.filters))
        for array in parcel.arrays:
            if id(array) not in self._sent:
                # To all, so that the death of one loses nothing. Without a hash: two searches, or one within another,
                # would share what the first to end takes away.
                self._sent[id(array)] = array, self._client.scatter(np.asarray(array), broadcast=True, hash=False)
        return parcel.content, [self._sent[id(array)][1] for array in parcel.arrays]


def run_sent(content: bytes, arrays: Sequence[Any], spec: TrialSpec, n_sharing: int) -> TrialResult:
    """Run a trial in a worker.

    Parameters
    ----------
    content : bytes
        Of a parcel.
    arrays : sequence of ndarray
        Of the same parcel.
    spec : TrialSpec
        The trial.
    n_sharing : int
        Among how many workers the cores of this machine are divided.
    """
    limit_threads(max(int(cpu_count()) // n_sharing, 1))
    with parallel_config("dask"):  # as joblib does it: what is parallel within a trial runs on the cluster, too
        result: TrialResult = unpacked(content, arrays)(spec)
    return result
