"""What a strategy plans to ask for at one time."""

from __future__ import annotations

from dataclasses import dataclass

from skhpt.trials._budget import Budget


@dataclass(frozen=True)
class Round:
    """Requests of one kind that a strategy makes at one time, counted before anything runs.

    Parameters
    ----------
    n_candidates : int
        How many.
    budget : Budget or None, default=None
        That of each.
    joins : bool, default=False
        Whether they are made together with those that stand before them in the plan.
    """

    n_candidates: int
    budget: Budget | None = None
    joins: bool = False
