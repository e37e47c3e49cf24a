"""How a search stands, from what listeners are told."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from skhpt.trials import (
    Budget,
    Candidate,
    RoundBeginning,
    SearchBeginning,
    SearchEnding,
    TrialResult,
    TrialSpec,
)

Key = tuple[int, int, int]

_LEAST_PART = 0.02  # of the work, before which most of the time went into getting ready


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
        # In a later rung a trial takes longer, by about as much as its budget is larger.
        self._work = float(sum(round_.n_candidates * amount_of(round_.budget) for round_ in search.rounds))
        self._work *= search.n_trials_a_candidate
        self._done = self._resumed = 0.0

    def round_begins(self, round_: RoundBeginning) -> None:
        """Take note of a new round."""
        self.round = round_
        self._scores, self._epochs, self._ended = defaultdict(list), {}, set()

    def epochs_ended(self, epochs: Mapping[Key, int]) -> None:
        """Take note of how far trials are."""
        self._epochs |= epochs

    def trial_ended(self, spec: TrialSpec, result: TrialResult, *, resumed: bool) -> None:
        """Take note of a result."""
        self.n_done += 1
        self.n_failed += result.error is not None
        self.n_trials = max(self.n_trials, self.n_done)
        self._ended.add(spec.key)
        self._done += amount_of(spec.budget)
        if resumed:
            self._resumed += amount_of(spec.budget)
        if result.epochs:
            self._epochs[spec.key] = result.epochs[-1].epoch
        self._score(spec, result)

    def search_ended(self, ending: SearchEnding) -> None:
        """Take note of the end."""
        self.ending = ending

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
        if self.ending is not None:
            return None
        done = self._done + self._half_done
        worked = done - self._resumed
        if worked <= _LEAST_PART * (self._work - self._resumed):
            return None
        return max(self._work - done, 0.0) * self.seconds / worked

    @property
    def _half_done(self) -> float:
        """The work that went into trials that have not ended."""
        if self.round is None:
            return 0.0
        budgets = {spec.key: amount_of(spec.budget) for spec in self.round.specs if spec.key in self._epochs}
        return sum(
            budget * min(self._epochs[key] / self.round.epochs[key], 1.0)
            for key, budget in budgets.items()
            if key in self.round.epochs and key not in self._ended
        )


def amount_of(budget: Budget | None) -> int:
    """What a trial costs, next to others."""
    return 1 if budget is None else budget.amount


def _key(best: Best) -> tuple[Any, ...]:
    return best.budget, best.score
