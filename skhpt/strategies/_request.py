"""What a strategy asks for."""

from __future__ import annotations

from dataclasses import dataclass

from skhpt.trials import Budget, Candidate


@dataclass(frozen=True)
class Request:
    """A candidate that the strategy wants to see evaluated, on all folds.

    Parameters
    ----------
    candidate : Candidate
        The setting.
    budget : Budget or None, default=None
        How far to train it; None is as far as it says itself.
    """

    candidate: Candidate
    budget: Budget | None = None
