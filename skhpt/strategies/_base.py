"""The interface between a search strategy and the loop that drives it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from skhpt.strategies._report import Report
from skhpt.strategies._request import Request
from skhpt.trials import Round


class Strategy(ABC):
    """Decides which candidates are evaluated. A replay of its reports restores its state.

    The loop calls `ask` and `tell` by turns until `is_done`: a strategy never sees folds, data or time, and so can
    be tested, resumed and simulated without a fit.
    """

    @abstractmethod
    def ask(self) -> list[Request]:
        """The requests that can be made now; every one must be told before others can.

        Their budgets are of one amount: a round has one set of splits.
        """

    @abstractmethod
    def tell(self, report: Report) -> None:
        """Take in the outcome of one request. The loop tells in the order of the requests."""

    @property
    @abstractmethod
    def is_done(self) -> bool:
        """Whether there is nothing left to ask for."""

    @abstractmethod
    def plan(self) -> Sequence[Round]:
        """What would be asked for in all, as far as it is known before the first report."""
