"""What a strategy plans."""

from __future__ import annotations

from dataclasses import dataclass

from skhpt.trials import Budget


@dataclass(frozen=True)
class Round:
    """Requests that a strategy makes at one time, counted before anything runs.

    Parameters
    ----------
    n_candidates : int
        How many.
    budget : Budget or None, default=None
        That of each.
    """

    n_candidates: int
    budget: Budget | None = None
