"""The interface between a search strategy and the loop that drives it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from skhpt.trials import Candidate


@dataclass(frozen=True)
class Request:
    """A candidate that the strategy wants to see evaluated, on all folds.

    Parameters
    ----------
    candidate : Candidate
        The setting.
    """

    candidate: Candidate


@dataclass(frozen=True)
class Report:
    """What became of a request.

    Parameters
    ----------
    candidate : int
        The index of the candidate.
    score : float
        Its mean over folds and repeats by the metric that the search selects by, higher is better; NaN if
        there is none.
    """

    candidate: int
    score: float


@dataclass(frozen=True)
class Round:
    """Requests that a strategy makes at one time, counted before anything runs.

    Parameters
    ----------
    n_candidates : int
        How many.
    """

    n_candidates: int


class Strategy(ABC):
    """Decides which candidates are evaluated. A replay of its reports restores its state.

    The loop calls `ask` and `tell` by turns until `is_done`: a strategy never sees folds, data or time, and so can
    be tested, resumed and simulated without a fit.
    """

    @abstractmethod
    def ask(self) -> list[Request]:
        """The requests that can be made now; every one must be told before the next call."""

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
