"""A parameter that is a number."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Number:
    """All numbers between two, or those at equal steps.

    A sampler whose model has one length for all parameters sees it as a number from 0 to 1, its `unit`.

    Parameters
    ----------
    low, high : float
        The least and the greatest, both included.
    log : bool, default=False
        Whether equal ratios, and not equal differences, are equally far apart.
    step : float or None, default=None
        The difference of neighbours, counted from `low`; None is 1 for integers, and any for others.
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
    >>> units = Number(16, 64, step=16, is_int=True)
    >>> units.size, units.value(0.3), units.unit(32)
    (4, 32, 0.375)
    """

    low: float
    high: float
    log: bool = False
    step: float | None = None
    is_int: bool = False

    def __post_init__(self) -> None:
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low <= self.high):
            raise ValueError(f"low must be at most high, and both finite: got low={self.low} and high={self.high}")
        if self.log and self.low <= 0:
            raise ValueError(f"low must be above 0 where log=True: got low={self.low}")
        if self.step is not None and self.step <= 0:
            raise ValueError(f"step must be above 0: got step={self.step}")
        if self.log and self.step is not None and not (self.is_int and self.step == 1):
            raise ValueError(f"log=True takes no step: got step={self.step}")

    @property
    def size(self) -> float:
        """How many there are; infinity if they are not at steps."""
        if self.low == self.high:
            return 1
        # An inexact quotient such as (0.3 - 0.1) / 0.1 = 1.9999999999999998 must not cost the last step.
        return math.inf if self._step is None else 1 + math.floor((self.high - self.low) / self._step + 1e-9)

    def value(self, unit: float) -> float:
        """The number at a unit from 0 to 1, of those at steps the nearest."""
        if self._step is None:
            return self._between(unit)
        if self.log:  # each integer has the ratios from half a step below to half a step above
            return self.at(round(self._between(unit, margin=0.5) - self.low))
        return self.at(math.floor(unit * self.size))

    def unit(self, value: float) -> float:
        """Where a number stands from 0 to 1; of those at steps in the middle of what is its own."""
        if self.low == self.high:
            return 0.5
        if self._step is None:
            return self._place(value)
        if self.log:
            return self._place(value, margin=0.5)
        return (self.index(value) + 0.5) / self.size

    def snapped(self, units: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """For each of an array of units the unit of its number, where numbers are at steps."""
        units = np.asarray(units, dtype=float)
        if not self.log:
            return (np.clip(np.floor(units * self.size), 0, self.size - 1) + 0.5) / self.size
        least, most = math.log(self.low - 0.5), math.log(self.high + 0.5)
        values = np.clip(np.round(np.exp(least + units * (most - least))), self.low, self.high)
        return np.asarray((np.log(values) - least) / (most - least))

    def at(self, index: int) -> float:
        """The number so many steps above the lowest; beyond the last one, the last."""
        step = self._step or 0
        value = self.low + min(max(index, 0), int(self.size) - 1) * step
        return int(value) if self.is_int else float(value)

    def index(self, value: float) -> int:
        """How many steps a number is above the lowest."""
        return round((value - self.low) / self._step) if self._step else 0

    @property
    def _step(self) -> float | None:
        return 1 if self.is_int and self.step is None else self.step

    def _between(self, unit: float, margin: float = 0.0) -> float:
        low, high = self.low - margin, self.high + margin
        if self.log:
            low, high = math.log(low), math.log(high)
        between = low + unit * (high - low)
        return between if not self.log else min(max(math.exp(between), self.low - margin), self.high + margin)

    def _place(self, value: float, margin: float = 0.0) -> float:
        low, high = self.low - margin, self.high + margin
        if self.log:
            low, high, value = math.log(low), math.log(high), math.log(value)
        return (value - low) / (high - low)
