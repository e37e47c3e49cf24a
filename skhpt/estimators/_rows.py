"""The rows that a model is trained on or evaluated with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Rows:
    """Inputs, targets and weights.

    Parameters
    ----------
    X : ndarray of shape (n_rows, ...), or list or dict of them
        As the model takes them.
    y : ndarray of shape (n_rows, ...), tuple of them, or None
        An array for each output of the model; None for a model that needs no target.
    sample_weight : ndarray of shape (n_rows,) or None
        Weights in the loss.
    """

    X: Any
    y: Any = None
    sample_weight: npt.NDArray[Any] | None = None

    def __len__(self) -> int:
        return len(keras.tree.flatten(self.X)[0])

    @property
    def arrays(self) -> tuple[Any, ...]:
        """What `keras.Model.fit` takes for data: X, X and y, or all three."""
        given = (self.X, self.y, self.sample_weight)
        return given if self.sample_weight is not None else given[: 1 if self.y is None else 2]

    def take(self, numbers: npt.NDArray[np.int64]) -> Rows:
        """Some of the rows, by number."""
        X, y, sample_weight = (take_rows(part, numbers) for part in (self.X, self.y, self.sample_weight))
        return Rows(X, y, sample_weight)


def take_rows(part: Any, numbers: npt.NDArray[np.int64]) -> Any:
    """Some rows of an array, or of each array in a list or dict; None stays None."""
    return None if part is None else keras.tree.map_structure(lambda array: array[numbers], part)
