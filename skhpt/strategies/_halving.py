"""Successive halving: many candidates on a small budget, the best of them on more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from skhpt.strategies._base import Strategy
from skhpt.strategies._report import Report
from skhpt.strategies._request import Request
from skhpt.trials import Candidate, Round


class Rungs(Protocol):
    """How many candidates of a halving get how much."""

    def rungs(self) -> Sequence[Round]:
        """Candidates and budget of each rung."""

    def n_survivors(self, n_candidates: int) -> int:
        """How many of so many candidates would go on after the last rung."""


class HalvingStrategy(Strategy):
    """Asks for all candidates on a small budget, and again and again for the best of those on a larger one.

    A survivor stays the candidate that it was, under its index. Who survives, and in which order the survivors are
    asked for, is what scikit-learn decides: ties go as NumPy's sort leaves them, and a missing score counts as the
    worst.

    Parameters
    ----------
    settings : iterable of mapping of str to object
        The parameters of each candidate, without what the budget stands for.
    schedule : HalvingSchedule or Bracket
        How many candidates get how much.
    first_index : int, default=0
        The index of the first candidate.

    References
    ----------
    K. Jamieson and A. Talwalkar, Non-stochastic Best Arm Identification and Hyperparameter Optimization, AISTATS 2016.
    https://arxiv.org/abs/1502.07943

    Examples
    --------
    >>> from skhpt.strategies import HalvingSchedule
    >>> schedule = HalvingSchedule(n_candidates=3, factor=3, min_resources=2, max_resources=6)
    >>> strategy = HalvingStrategy([{"units": 8}, {"units": 16}, {"units": 32}], schedule)
    >>> for request, score in zip(strategy.ask(), [0.1, 0.3, 0.2]):
    ...     strategy.tell(Report(request.candidate.index, score))
    >>> [(request.candidate.params, request.budget.amount) for request in strategy.ask()]
    [({'units': 16}, 6)]
    """

    def __init__(self, settings: Iterable[Mapping[str, Any]], schedule: Rungs, first_index: int = 0) -> None:
        self._schedule = schedule
        self._rungs = schedule.rungs()
        self._begin(0, [Candidate(index, params) for index, params in enumerate(settings, first_index)])

    def _begin(self, rung: int, candidates: list[Candidate]) -> None:
        self._rung = rung
        self._alive = candidates
        self._scores: dict[int, float] = {}
        self._untold = set() if self.is_done else {candidate.index for candidate in candidates}

    def ask(self) -> list[Request]:
        budget = self._rungs[self._rung].budget
        return [Request(candidate, budget) for candidate in self._alive if candidate.index in self._untold]

    def tell(self, report: Report) -> None:
        self._untold.remove(report.candidate)
        self._scores[report.candidate] = report.score
        if not self._untold:
            self._begin(self._rung + 1, self._survivors())

    @property
    def is_done(self) -> bool:
        return self._rung >= len(self._rungs)

    @property
    def rung(self) -> int:
        """Which rung it asks for, from 0."""
        return self._rung

    @property
    def n_remaining(self) -> int:
        """How many candidates are left: in the end, those that a further rung would have."""
        return len(self._alive)

    def plan(self) -> Sequence[Round]:
        return self._rungs

    def _survivors(self) -> list[Candidate]:
        """The best candidates of the rung that has ended, the best of all last."""
        scores = np.array([self._scores[candidate.index] for candidate in self._alive])
        # NaNs are sorted to the end, where the best belong. NumPy's default sort, as in scikit-learn, decides ties.
        order = np.roll(np.argsort(scores), np.count_nonzero(np.isnan(scores)))
        later = self._rungs[self._rung + 1 :]
        n_survivors = later[0].n_candidates if later else self._schedule.n_survivors(len(self._alive))
        return [self._alive[place] for place in order[-n_survivors:]]
