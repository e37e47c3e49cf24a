"""The rows that a model is trained on or evaluated with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from skhpt.trials import RowView, is_large


@dataclass(frozen=True)
class Rows:
    """Inputs, targets and weights.

    Parameters
    ----------
    X : ndarray or RowView of shape (n_rows, ...), or list or dict of them
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

    @property
    def are_large(self) -> bool:
        """Whether they are to be read a batch at a time, and not all at once."""
        return any(isinstance(array, RowView) or is_large(array) for array in keras.tree.flatten((self.X, self.y)))

    def take(self, numbers: npt.NDArray[np.int64]) -> Rows:
        """Some of the rows, by number."""
        X, y, sample_weight = (take_rows(part, numbers) for part in (self.X, self.y, self.sample_weight))
        return Rows(X, y, sample_weight)

    def few(self) -> Rows:
        """The first two, or fewer, as arrays."""
        numbers = np.arange(min(2, len(self)))
        return Rows(*(gathered(part, numbers) for part in (self.X, self.y, self.sample_weight)))

    def in_memory(self) -> Rows:
        """The same rows, as arrays."""
        return Rows(*(in_memory(part) for part in (self.X, self.y, self.sample_weight)))


def take_rows(part: Any, numbers: npt.NDArray[np.int64]) -> Any:
    """Some rows of an array, or of each array in a list or dict; None stays None. Of a large one, a view."""
    return None if part is None else keras.tree.map_structure(lambda array: _taken(array, numbers), part)


def gathered(part: Any, numbers: npt.NDArray[np.int64]) -> Any:
    """Some rows as `take_rows`, always as arrays."""
    return None if part is None else keras.tree.map_structure(lambda array: array[numbers], part)


def in_memory(part: Any) -> Any:
    """All rows, as arrays."""
    return None if part is None else keras.tree.map_structure(np.asarray, part)


def _taken(array: Any, numbers: npt.NDArray[np.int64]) -> Any:
    if isinstance(array, RowView):
        return array.take(numbers)
    return RowView(array, numbers) if is_large(array) else array[numbers]
