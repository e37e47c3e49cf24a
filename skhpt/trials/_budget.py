"""How far a trial goes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Budget:
    """How much of a search's resource a trial may use: epochs, samples, trees.

    Parameters
    ----------
    amount : int
        Counted from the beginning: a candidate that was trained for 3 epochs and is asked for with 9 trains for 6 more,
        or for 9 if it has to start over.
    rung : int, default=0
        Which round of its halving the trial belongs to. Two rungs may have the same amount.
    last : bool, default=True
        Whether nothing can follow. If not, a training that can go on is paused, and not closed.
    bracket : int or None, default=None
        Which halving of several the trial belongs to; None where there is only one.
    """

    amount: int
    rung: int = 0
    last: bool = True
    bracket: int | None = None
