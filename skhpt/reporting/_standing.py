"""How a search stands, from what listeners are told."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from skhpt.reporting._time_left import TimeLeft
from skhpt.trials import (
    Candidate,
    Phase,
    RoundBeginning,
    SearchBeginning,
    SearchEnding,
    TrialResult,
    TrialSpec,
)

Key = tuple[int, int, int]


@dataclass(frozen=True)
class Best:
    """The best candidate so far.

    Parameters
    ----------
    candidate : Candidate
        With its parameters.
    score : float
        The mean over its trials.
    budget : int
        What it had, or 0 where there are no budgets.
    """

    candidate: Candidate
    score: float
    budget: int


class Standing:
    """How far a search is.

    Parameters
    ----------
    search : SearchBeginning
        What it is about to do.
    clock : callable
        Returns seconds.

    Attributes
    ----------
    n_done, n_trials : int
        Trials that have ended, and that there are in all, as far as it is known.
    n_failed : int
        Those of them that failed.
    best : Best or None
        Of the candidates all of whose trials have ended; of a halving, of those with the greatest budget so far.
    round : RoundBeginning or None
        The last that has begun.
    ending : SearchEnding or None
        How it has ended, once it has.
    phase : Phase or None
        What is done now, where that is no training.
    n_epochs : int
        For how many epochs its trials have been trained.
    """

    def __init__(self, search: SearchBeginning, clock: Callable[[], float]) -> None:
        self.search, self._clock = search, clock
        self._start = clock()
        self.n_done, self.n_failed, self.n_trials = 0, 0, search.n_trials
        self.best: Best | None = None
        self.round: RoundBeginning | None = None
        self.ending: SearchEnding | None = None
        self._scores: dict[int, list[float]] = {}
        self._epochs: dict[Key, int] = {}
        self._ended: set[Key] = set()
        self.phase: Phase | None = None
        self._time_left = TimeLeft(search, clock)

    def round_begins(self, round_: RoundBeginning) -> None:
        """Take note of a new round."""
        self.round = round_
        self._scores, self._epochs, self._ended = defaultdict(list), {}, set()
        self._time_left.round_begins(round_)

    def phase_begins(self, phase: Phase) -> None:
        """Take note of what is done before trials train."""
        self.phase = phase
        self._time_left.phase_begins(phase)

    def epochs_ended(self, epochs: Mapping[Key, int]) -> None:
        """Take note of how far trials are."""
        if any(n > self._epochs.get(key, 0) for key, n in epochs.items()):
            self.phase = None
        self._epochs |= epochs
        self._time_left.epochs_ended(epochs)

    def trial_ended(self, spec: TrialSpec, result: TrialResult, *, resumed: bool) -> None:
        """Take note of a result."""
        self.n_done += 1
        self.n_failed += result.error is not None
        self.n_trials = max(self.n_trials, self.n_done)
        self._ended.add(spec.key)
        if not resumed:
            self.phase = None
        self._time_left.trial_ended(spec, result, resumed=resumed)
        if result.epochs:
            self._epochs[spec.key] = result.epochs[-1].epoch
        self._score(spec, result)

    def search_ended(self, ending: SearchEnding) -> None:
        """Take note of the end."""
        self.ending, self.phase = ending, None

    def _score(self, spec: TrialSpec, result: TrialResult) -> None:
        if self.search.metric is None:
            return
        scores = self._scores[spec.candidate.index]
        # A callable `scoring` may call its only metric otherwise than the one that decides.
        known = result.test_scores.get(self.search.metric, result.test_scores.get("score"))
        scores.append(self.search.error_score if known is None else known)
        if len(scores) < self.search.n_trials_a_candidate:
            return
        own = Best(spec.candidate, fmean(scores), 0 if spec.budget is None else spec.budget.amount)
        if math.isfinite(own.score) and (self.best is None or _key(own) > _key(self.best)):
            self.best = own

    @property
    def n_epochs(self) -> int:
        """How many epochs of those that are planned for the round have ended, those that were not needed included."""
        planned = {} if self.round is None else self.round.epochs
        return sum(n if key in self._ended else min(self._epochs.get(key, 0), n) for key, n in planned.items())

    @property
    def n_epochs_planned(self) -> int:
        """How many there may be."""
        return 0 if self.round is None else sum(self.round.epochs.values())

    @property
    def seconds(self) -> float:
        """Since it began."""
        return self._clock() - self._start

    @property
    def seconds_left(self) -> float | None:
        """About; None as long as there is too little to go by, and once there is nothing to come."""
        return None if self.ending is not None else self._time_left.seconds_left


def _key(best: Best) -> tuple[Any, ...]:
    return best.budget, best.score
