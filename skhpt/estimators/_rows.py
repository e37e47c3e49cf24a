"""The rows that a model is trained on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Rows:
    """What a model is trained on.

    Parameters
    ----------
    X, y : ndarray of shape (n_rows, ...)
        As the model takes them.
    sample_weight : ndarray of shape (n_rows,) or None
        Weights in the loss.
    """

    X: npt.NDArray[Any]
    y: npt.NDArray[Any]
    sample_weight: npt.NDArray[Any] | None = None

    def __len__(self) -> int:
        return len(self.X)

    @property
    def arrays(self) -> tuple[npt.NDArray[Any], ...]:
        return (self.X, self.y) if self.sample_weight is None else (self.X, self.y, self.sample_weight)

    def take(self, numbers: npt.NDArray[np.int64]) -> Rows:
        """Some of the rows, by number."""
        return Rows(*(array[numbers] for array in self.arrays))
