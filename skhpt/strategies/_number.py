"""A parameter that is a number."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Number:
    """All numbers between two, or all integers.

    A sampler whose model has one length for all parameters sees it as a number from 0 to 1, its `unit`.

    Parameters
    ----------
    low, high : float
        The least and the greatest, both included.
    log : bool, default=False
        Whether equal ratios, and not equal differences, are equally far apart.
    is_int : bool, default=False
        Whether it is an integer.

    Raises
    ------
    ValueError
        If there is no such number.

    Examples
    --------
    >>> rate = Number(1e-4, 1e-2, log=True)
    >>> rate.size, round(rate.value(0.5), 6), round(rate.unit(1e-3), 6)
    (inf, 0.001, 0.5)
    >>> layers = Number(1, 4, is_int=True)
    >>> layers.size, layers.value(0.3), layers.unit(2)
    (4, 2, 0.375)
    """

    low: float
    high: float
    log: bool = False
    is_int: bool = False

    def __post_init__(self) -> None:
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low <= self.high):
            raise ValueError(f"low must be at most high, and both finite: got low={self.low} and high={self.high}")
        if self.log and self.low <= 0:
            raise ValueError(f"low must be above 0 where log=True: got low={self.low}")

    @property
    def size(self) -> float:
        """How many there are."""
        if self.low == self.high:
            return 1
        return self.high - self.low + 1 if self.is_int else math.inf

    def value(self, unit: float) -> float:
        """The number at a unit from 0 to 1, of integers the nearest."""
        least, most = self._ends
        between = least + unit * (most - least)
        value = math.exp(between) if self.log else between
        if self.is_int:
            value = round(value)
        return min(max(value, self.low), self.high)  # a logarithm and its inverse may miss them by the last digit

    def unit(self, value: float) -> float:
        """Where a number stands from 0 to 1; an integer in the middle of what is its own."""
        least, most = self._ends
        if least == most:
            return 0.5
        return ((math.log(value) if self.log else value) - least) / (most - least)

    def snapped(self, units: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """For each of an array of units the unit of its integer."""
        least, most = self._ends
        between = least + np.asarray(units, dtype=float) * (most - least)
        values = np.clip(np.round(np.exp(between) if self.log else between), self.low, self.high)
        return np.asarray(((np.log(values) if self.log else values) - least) / (most - least))

    @property
    def _ends(self) -> tuple[float, float]:
        """What the units 0 and 1 stand for: each integer has half a step on either side."""
        margin = 0.5 if self.is_int else 0.0
        low, high = self.low - margin, self.high + margin
        return (math.log(low), math.log(high)) if self.log else (low, high)
