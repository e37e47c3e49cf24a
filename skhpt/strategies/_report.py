"""What a strategy is told."""

from __future__ import annotations

from dataclasses import dataclass


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
