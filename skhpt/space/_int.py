"""Integers in a range."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from numbers import Integral
from typing import Any

import numpy as np
import numpy.typing as npt

from skhpt._compat.sklearn import Interval, validate_parameter_constraints
from skhpt.space._bounds import check_bounds
from skhpt.space._dimension import Dimension

_LARGEST = 2**53  # up to here a float, which logarithms are computed in, holds every integer
_CONSTRAINTS = {
    "low": [Interval(Integral, -_LARGEST, _LARGEST, closed="both")],
    "high": [Interval(Integral, -_LARGEST, _LARGEST, closed="both")],
    "step": [Interval(Integral, 1, None, closed="left")],
    "log": ["boolean"],
}


@dataclass(frozen=True, repr=False)
class Int(Dimension):
    """Integers from `low` up to `high`, both included.

    Parameters
    ----------
    low, high : int
        The least and the greatest. Where no number of steps leads from one to the other, the greatest value is the
        last one below `high`.
    step : int, default=1
        What each value is greater than the one before by; on a log scale, what it is multiplied by, from 2 on. There, 1
        stands for all integers.
    log : bool, default=False
        Draw as often from 4 to 7 as from 8 to 15 or 16 to 31: the probability of k is proportional to
        ``log((k + 1) / k)``. With a step all values are equally likely.

    Raises
    ------
    ValueError
        If `low` is above `high`, or on a log scale not positive, or if an argument is none of the above.

    See Also
    --------
    Float : Numbers with a fraction.

    Notes
    -----
    The values are those of ``hp.Int`` in KerasTuner (where `log` is ``sampling="log"``), and so are the probabilities.

    Examples
    --------
    >>> Int(8, 64, step=8).values()
    range(8, 65, 8)
    >>> Int(2, 32, step=2, log=True).values()
    (2, 4, 8, 16, 32)
    >>> Int(1, 1000, log=True).rvs(size=5, random_state=0)
    [44, 139, 64, 43, 18]
    """

    low: int
    high: int
    step: int = field(default=1, kw_only=True)
    log: bool = field(default=False, kw_only=True)

    def __post_init__(self) -> None:
        validate_parameter_constraints(_CONSTRAINTS, vars(self), caller_name="Int")
        for name in ("low", "high", "step"):
            object.__setattr__(self, name, int(getattr(self, name)))
        object.__setattr__(self, "log", bool(self.log))
        check_bounds(self, self.low, self.high, log=self.log)

    @property
    def arguments(self) -> tuple[Sequence[Any], Mapping[str, Any]]:
        step = {} if self.step == 1 else {"step": self.step}
        return [self.low, self.high], step | ({"log": True} if self.log else {})

    @property
    def n_values(self) -> int:
        values = self.values()
        return len(values)

    def values(self) -> Sequence[int]:
        if not (self.log and self.step > 1):
            return range(self.low, self.high + 1, self.step)
        powers = [self.low]
        while powers[-1] * self.step <= self.high:
            powers.append(powers[-1] * self.step)
        return tuple(powers)

    def draw_index(self, rng: np.random.RandomState) -> int:
        if self.is_even:
            return super().draw_index(rng)
        # The integer part of what is log-uniform up to, and without, high + 1.
        drawn = int(self.low * ((self.high + 1) / self.low) ** rng.random_sample())
        return min(drawn, self.high) - self.low

    def weights(self) -> npt.NDArray[np.float64]:
        if self.is_even:
            return super().weights()
        weights: npt.NDArray[np.float64] = np.log1p(1 / np.arange(self.low, self.high + 1))
        return weights

    @property
    def is_even(self) -> bool:
        return not self.log or self.step > 1 or self.low == self.high
