"""What a strategy plans."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Round:
    """Requests that a strategy makes at one time, counted before anything runs.

    Parameters
    ----------
    n_candidates : int
        How many.
    """

    n_candidates: int
