"""Every candidate once: what grid search and randomized search do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from skhpt.strategies._base import Strategy
from skhpt.strategies._report import Report
from skhpt.strategies._request import Request
from skhpt.trials import Candidate, Round


class ExhaustiveStrategy(Strategy):
    """Asks for each candidate once, all at the same time.

    Parameters
    ----------
    settings : iterable of mapping of str to object
        The parameters of each candidate, in the order in which results are shown.

    Examples
    --------
    >>> strategy = ExhaustiveStrategy([{"units": 16}, {"units": 32}])
    >>> [request.candidate.params for request in strategy.ask()]
    [{'units': 16}, {'units': 32}]
    >>> strategy.is_done
    False
    """

    def __init__(self, settings: Iterable[Mapping[str, Any]]) -> None:
        self._candidates = [Candidate(index, params) for index, params in enumerate(settings)]
        self._untold = {candidate.index for candidate in self._candidates}

    def ask(self) -> list[Request]:
        return [Request(candidate) for candidate in self._candidates if candidate.index in self._untold]

    def tell(self, report: Report) -> None:
        self._untold.remove(report.candidate)

    @property
    def is_done(self) -> bool:
        return not self._untold

    def plan(self) -> Sequence[Round]:
        return [Round(len(self._candidates))]
