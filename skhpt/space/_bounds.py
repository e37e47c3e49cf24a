"""What bounds of numbers have to be."""

from __future__ import annotations

from typing import Any


def check_bounds(owner: Any, low: float, high: float, *, log: bool) -> None:
    """Raise if there is nothing between the bounds, or no logarithm of them.

    Parameters
    ----------
    owner : object
        Whose bounds they are.
    low, high : float
        Both included.
    log : bool
        Whether they are those of a log scale.
    """
    name = type(owner).__name__
    if low > high:
        raise ValueError(f"The 'high' parameter of {name} must be at least low={low}. Got {high} instead.")
    if log and low <= 0:
        raise ValueError(f"The 'low' parameter of {name} must be positive with log=True. Got {low} instead.")
