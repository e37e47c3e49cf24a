"""Trials as tasks of a dask cluster."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import TYPE_CHECKING

from skhpt.evaluation import Evaluation
from skhpt.execution._attempts import Attempts
from skhpt.execution._base import Executor
from skhpt.execution._errand import Errand
from skhpt.execution._notes import Notes
from skhpt.trials import Deadline, TrialResult, TrialSpec

if TYPE_CHECKING:  # it needs dask
    from skhpt.execution._cluster_tasks import ClusterTasks


class ClusterExecutor(Executor):
    """Runs each trial as a task of a cluster.

    A trial that dask has given up is a suspect, and run again by itself: dask counts a death against all that the
    worker had been given.

    Parameters
    ----------
    tasks : ClusterTasks
        Of the cluster.
    max_retries : int
        How often a suspect is run again.
    deadline : Deadline
        Once it is over no trial is handed out any more.
    """

    def __init__(self, tasks: ClusterTasks, max_retries: int, deadline: Deadline) -> None:
        self._tasks = tasks
        self._max_retries = max_retries
        self._deadline = deadline

    def run(self, evaluate: Evaluation, specs: Sequence[TrialSpec]) -> Iterator[TrialResult]:
        attempts = Attempts(specs, self._max_retries)
        with self._tasks.waiting():
            while attempts.together and not self._deadline.is_over:
                yield from self._attempt(evaluate, attempts, attempts.together)
            while attempts.suspects and not self._deadline.is_over:
                yield from self._attempt(evaluate, attempts, attempts.suspects[:1])

    def _attempt(self, evaluate: Evaluation, attempts: Attempts, specs: Sequence[TrialSpec]) -> Iterator[TrialResult]:
        """Run some of the trials, each until it ends or is lost."""
        errand = Errand(evaluate, Deadline(), Notes())
        with closing(self._tasks.side_by_side(errand, specs)) as outcomes:
            for spec, outcome in outcomes:
                if isinstance(outcome, TrialResult):
                    attempts.ended(spec.key)
                    yield outcome
                    continue
                for loss in attempts.died([spec.key], outcome.reason):
                    yield evaluate.lost(loss.spec, loss.reason)
