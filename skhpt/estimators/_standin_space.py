"""Stand-ins for `skhpt.space.Int` and `skhpt.space.Float`, to be deleted when there is a `skhpt.space`."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from sklearn.utils import check_random_state


@dataclass(frozen=True)
class Int:
    """An integer from `low` to `high`, both included."""

    low: int
    high: int
    step: int = 1
    log: bool = False

    def rvs(self, size: Any = None, random_state: Any = None) -> int:
        rng = check_random_state(random_state)
        if self.log:
            return int(self.low * math.pow((self.high + 1) / self.low, rng.uniform()))
        return int(self.low + self.step * rng.randint((self.high - self.low) // self.step + 1))


@dataclass(frozen=True)
class Float:
    """A number from `low` to `high`."""

    low: float
    high: float
    step: float | None = None
    log: bool = False

    def rvs(self, size: Any = None, random_state: Any = None) -> float:
        rng = check_random_state(random_state)
        if self.log:
            return float(self.low * math.pow(self.high / self.low, rng.uniform()))
        if self.step is None:
            return float(rng.uniform(self.low, self.high))
        return float(self.low + self.step * rng.randint(int((self.high - self.low) / self.step + 1e-8) + 1))
