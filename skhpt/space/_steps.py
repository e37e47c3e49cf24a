"""Numbers at equal distances, or of equal ratios."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

_ROUNDING = 1e-8  # of a step on a log scale: KerasTuner's, so that its values are ours


class Steps(Sequence[float]):
    """Numbers from one to another, computed as they are asked for: there may be millions.

    They are computed in decimals, so that three steps of 0.1 lead to 0.3, as they were written.

    Parameters
    ----------
    low, high : float
        Both included, if steps lead to `high`.
    step : float
        What is added or, on a log scale, multiplied by.
    log : bool
        Which of both.

    Examples
    --------
    >>> list(Steps(0.1, 0.35, 0.1, log=False))
    [0.1, 0.2, 0.3]
    """

    def __init__(self, low: float, high: float, step: float, *, log: bool) -> None:
        self._low, self._step = Decimal(repr(low)), Decimal(repr(step))
        self._high, self._log = high, log
        if log:
            self._n_values = math.floor(math.log(high / low) / math.log(step) + _ROUNDING) + 1
        else:
            self._n_values = int((Decimal(repr(high)) - self._low) // self._step) + 1

    def __len__(self) -> int:
        return self._n_values

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self._at(place) for place in range(*index.indices(len(self)))]
        return self._at(range(len(self))[index])

    def _at(self, place: int) -> float:
        exact = self._low * self._step**place if self._log else self._low + self._step * place
        return min(float(exact), self._high)
