"""A parameter that is one of several things in an order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Steps:
    """One of several values in an order, each of which is as far from the next as all others are.

    Samplers see its place among them, and may guess from one value at its neighbours.

    Parameters
    ----------
    values : sequence
        At least one.

    Raises
    ------
    ValueError
        If there is none.

    Examples
    --------
    >>> units = Steps((16, 32, 64, 128))
    >>> units.size, units.place(0.3), units.unit(1)
    (4, 1, 0.375)
    """

    values: Sequence[Any]

    def __post_init__(self) -> None:
        if not self.values:
            raise ValueError("there must be at least one value: got none")

    @property
    def size(self) -> int:
        """How many there are."""
        return len(self.values)

    def place(self, unit: float) -> int:
        """The place of the value that a unit from 0 to 1 falls on."""
        return min(int(unit * self.size), self.size - 1)

    def unit(self, place: float) -> float:
        """The middle of what falls on the value at a place."""
        return (place + 0.5) / self.size

    def snapped(self, units: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """For each of an array of units the middle of what it falls on."""
        places = np.clip(np.floor(np.asarray(units, dtype=float) * self.size), 0, self.size - 1)
        return np.asarray((places + 0.5) / self.size)
