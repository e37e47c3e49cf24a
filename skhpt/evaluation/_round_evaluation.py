"""The trials of a round, by themselves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from skhpt.evaluation._fit_task import FitTask
from skhpt.evaluation._lost import lose_trial
from skhpt.evaluation._pipelines import network_step
from skhpt.evaluation._round_tasks import RoundTasks
from skhpt.evaluation._setup import TrialSetup
from skhpt.evaluation._trial import run_trial
from skhpt.trials import TrialResult, TrialSpec, hearing_epochs


class _Hears(Protocol):
    def hearing(self, spec: TrialSpec) -> Callable[[int], None] | None: ...


@dataclass(frozen=True)
class RoundEvaluation:
    """The `TrialsOfRound` that workers are sent.

    It stands here, and refers to nothing of a search unless somebody has to be told in the worker, so that a worker
    imports neither searches nor reports.

    Parameters
    ----------
    setup : TrialSetup
        What the trials share.
    tasks : RoundTasks
        Whom to tell of each.
    listeners : object with a method `hearing`
        Who hears of the epochs of a trial.
    announce : callable or None
        Called with each spec as the trial begins.
    """

    setup: TrialSetup
    tasks: RoundTasks
    listeners: _Hears
    announce: Callable[[TrialSpec], None] | None = None

    def __call__(self, spec: TrialSpec) -> TrialResult:
        self.begins(spec)
        hears = self.hearing(spec)
        if hears is not None and network_step(self.setup.estimator) is not None:
            hears(0)  # it gets ready
        with hearing_epochs(hears):
            return run_trial(spec, self.setup, self.task(spec))

    def lost(self, spec: TrialSpec, reason: str) -> TrialResult:
        return lose_trial(spec, self.setup, reason, self.task(spec))

    def task(self, spec: TrialSpec) -> FitTask:
        return self.tasks[spec.place]

    def hearing(self, spec: TrialSpec) -> Callable[[int], None] | None:
        return self.listeners.hearing(spec)

    def begins(self, spec: TrialSpec) -> None:
        if self.announce is not None:
            self.announce(spec)
