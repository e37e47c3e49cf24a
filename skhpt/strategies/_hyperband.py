"""Hyperband: several halvings, from many candidates on little to few on all there is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from skhpt.strategies._base import Strategy
from skhpt.strategies._halving import HalvingStrategy
from skhpt.strategies._hyperband_schedule import HyperbandSchedule
from skhpt.strategies._report import Report
from skhpt.strategies._request import Request
from skhpt.trials import Round


class HyperbandStrategy(Strategy):
    """Asks for the rungs of all brackets that have the same budget at one time.

    A bracket waits until the others have come to what it begins with, and all end together. So brackets share each of
    their rungs' rounds: more trials run side by side than if one bracket followed another, or if all began together,
    where the few that get most in the beginning would keep the others waiting. What each bracket does is not
    changed by the others.

    Parameters
    ----------
    settings : iterable of mapping of str to object
        The parameters of the candidates, those of the first bracket first.
    schedule : HyperbandSchedule
        How many candidates get how much.

    References
    ----------
    L. Li, K. Jamieson, G. DeSalvo, A. Rostamizadeh and A. Talwalkar, Hyperband: A Novel Bandit-Based Approach to
    Hyperparameter Optimization, JMLR 18, 2018. https://jmlr.org/papers/v18/16-558.html

    Examples
    --------
    >>> strategy = HyperbandStrategy([{"units": n} for n in range(5)], HyperbandSchedule(max_resources=3, factor=3))
    >>> for request in strategy.ask():
    ...     strategy.tell(Report(request.candidate.index, score=request.candidate.params["units"]))
    >>> [(request.candidate.index, request.budget.bracket, request.budget.amount) for request in strategy.ask()]
    [(2, 1, 3), (3, 0, 3), (4, 0, 3)]
    """

    def __init__(self, settings: Iterable[Mapping[str, Any]], schedule: HyperbandSchedule) -> None:
        self._brackets = schedule.brackets()
        self._halvings: list[HalvingStrategy] = []
        self._homes: dict[int, int] = {}
        all_settings = iter(settings)
        for place, bracket in enumerate(self._brackets):
            own, first = list(islice(all_settings, bracket.n_candidates)), len(self._homes)
            self._halvings.append(HalvingStrategy(own, bracket, first))
            self._homes |= dict.fromkeys(range(first, first + len(own)), place)
        self._round = 0

    def ask(self) -> list[Request]:
        return [request for place in self._current() for request in self._halvings[place].ask()]

    def tell(self, report: Report) -> None:
        place = self._homes[report.candidate]
        if place not in self._current():  # it waits, or has been told all of this round
            raise KeyError(report.candidate)
        self._halvings[place].tell(report)
        if not self._current():
            self._round += 1

    @property
    def is_done(self) -> bool:
        return self._round >= len(self._brackets)

    def plan(self) -> Sequence[Round]:
        return [
            replace(bracket.rungs()[round_ - place], joins=place > 0)
            for round_ in range(len(self._brackets))
            for place, bracket in enumerate(self._brackets[: round_ + 1])
        ]

    def _current(self) -> list[int]:
        """The places of the brackets that still have something to ask for in this round: one more begins in each."""
        if self.is_done:
            return []
        return [place for place, halving in enumerate(self._halvings) if halving.rung == self._round - place]
