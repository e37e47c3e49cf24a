"""The trials of a round, for whoever runs them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from skhpt.evaluation._evaluation import Evaluation
from skhpt.evaluation._fit_task import FitTask
from skhpt.evaluation._setup import TrialSetup
from skhpt.trials import TrialSpec


class TrialsOfRound(Evaluation, Protocol):
    """Runs one trial, and says what there is to know for running many together."""

    @property
    def setup(self) -> TrialSetup:
        """What they share."""

    def task(self, spec: TrialSpec) -> FitTask:
        """Whom to tell of a trial."""

    def begins(self, spec: TrialSpec) -> None:
        """Take note that a trial begins."""

    def hearing(self, spec: TrialSpec) -> Callable[[int], None] | None:
        """Who is to hear how many epochs a trial was trained for; None if nobody listens."""
