"""Numbers in a range."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from numbers import Real
from typing import Any

import numpy as np

from skhpt._compat.sklearn import Interval, validate_parameter_constraints
from skhpt.space._bounds import check_bounds
from skhpt.space._dimension import Dimension
from skhpt.space._steps import Steps

_CONSTRAINTS = {
    "low": [Interval(Real, None, None, closed="neither")],
    "high": [Interval(Real, None, None, closed="neither")],
    "step": [Interval(Real, 0, None, closed="neither"), None],
    "log": ["boolean"],
}


@dataclass(frozen=True, repr=False)
class Float(Dimension):
    """Numbers from `low` up to `high`, both included.

    Parameters
    ----------
    low, high : float
        The least and the greatest. Where no number of steps leads from one to the other, the greatest value is the
        last one below `high`.
    step : float, default=None
        What each value is greater than the one before by; on a log scale, what it is multiplied by, which is more than
        1. None is any number in the range. With a step all values are equally likely.
    log : bool, default=False
        Draw as many values between 0.001 and 0.01 as between 0.01 and 0.1.

    Raises
    ------
    ValueError
        If `low` is above `high`, or on a log scale not positive, or if an argument is none of the above.

    See Also
    --------
    Int : Integers.

    Notes
    -----
    Steps are counted in decimals, as they are written: ``Float(0, 1, step=0.1)`` has eleven values, among them 0.3 and
    1.0. (``hp.Float`` of KerasTuner, which the meaning of a step on a log scale comes from, has ten of them.)

    Examples
    --------
    >>> list(Float(0, 0.5, step=0.1).values())
    [0.0, 0.1, 0.2, 0.3, 0.4, 0.5]
    >>> list(Float(0.001, 1, step=10, log=True).values())
    [0.001, 0.01, 0.1, 1.0]
    >>> [round(rate, 5) for rate in Float(1e-5, 1e-1, log=True).rvs(size=4, random_state=0)]
    [0.00157, 0.00726, 0.00258, 0.00151]
    >>> Float(1e-5, 1e-1).n_values
    inf
    """

    low: float
    high: float
    step: float | None = field(default=None, kw_only=True)
    log: bool = field(default=False, kw_only=True)

    def __post_init__(self) -> None:
        validate_parameter_constraints(_CONSTRAINTS, vars(self), caller_name="Float")
        for name in ("low", "high"):
            object.__setattr__(self, name, float(getattr(self, name)))
        object.__setattr__(self, "step", None if self.step is None else float(self.step))
        object.__setattr__(self, "log", bool(self.log))
        check_bounds(self, self.low, self.high, log=self.log)
        if self.log and self.step is not None and self.step <= 1:
            raise ValueError(
                "The 'step' parameter of Float must be above 1 with log=True, where each value is the one before times "
                f"the step. Got {self.step} instead."
            )

    @property
    def arguments(self) -> tuple[Sequence[Any], Mapping[str, Any]]:
        step = {} if self.step is None else {"step": self.step}
        return [self.low, self.high], step | ({"log": True} if self.log else {})

    @property
    def n_values(self) -> int | float:
        if self.low == self.high:
            return 1
        return math.inf if self.step is None else len(self.values())

    def values(self) -> Sequence[float]:
        if self.low == self.high:
            return (self.low,)
        if self.step is None:
            raise ValueError(f"{self!r} has infinitely many values. Give it a step to have them in a list.")
        return Steps(self.low, self.high, self.step, log=self.log)

    def _draw(self, rng: np.random.RandomState) -> float:
        if self.is_finite:
            return float(super()._draw(rng))
        low, high = (math.log(self.low), math.log(self.high)) if self.log else (self.low, self.high)
        drawn = low + (high - low) * float(rng.random_sample())
        # A logarithm and its inverse may miss the bounds by the last digit.
        return min(max(math.exp(drawn) if self.log else drawn, self.low), self.high)
