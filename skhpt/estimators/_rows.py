"""The rows that a model is trained on or evaluated with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from scipy.sparse import issparse

from skhpt.estimators._text import TEXT
from skhpt.trials import RowView, is_large


@dataclass(frozen=True)
class Rows:
    """Inputs, targets and weights.

    Parameters
    ----------
    X : ndarray or RowView of shape (n_rows, ...), or list or dict of them
        As the model takes them, but for text as an array of Python's strings.
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
    def are_batched(self) -> bool:
        """Whether Keras is given batches of them: of many or sparse rows, and of text, of which it takes no array."""
        arrays = [array for array in keras.tree.flatten((self.X, self.y)) if array is not None]
        return any(isinstance(array, RowView) or is_large(array) or array.dtype == TEXT for array in arrays)

    def take(self, numbers: npt.NDArray[np.int64]) -> Rows:
        """Some of the rows, by number."""
        X, y, sample_weight = (take_rows(part, numbers) for part in (self.X, self.y, self.sample_weight))
        return Rows(X, y, sample_weight)

    def few(self, n_rows: int = 2) -> Rows:
        """The first ones, or fewer, as arrays."""
        numbers = np.arange(min(n_rows, len(self)))
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
    """All rows, as arrays; sparse ones as a sparse matrix."""
    return None if part is None else keras.tree.map_structure(_in_memory, part)


def as_stored(part: Any) -> Any:
    """Sparse rows as a sparse matrix, for code of the user's own; others as they are."""

    def stored(array: Any) -> Any:
        return array.stored if isinstance(array, RowView) and array.is_sparse else array

    return keras.tree.map_structure(stored, part)


def in_view(part: Any) -> Any:
    """Sparse matrices, as code of the user's own makes them, as views that are made dense a batch at a time."""
    return keras.tree.map_structure(lambda array: RowView(array.tocsr()) if issparse(array) else array, part)


def _in_memory(array: Any) -> Any:
    return array.stored if isinstance(array, RowView) else np.asarray(array)


def _taken(array: Any, numbers: npt.NDArray[np.int64]) -> Any:
    if isinstance(array, RowView):
        return array.take(numbers)
    return RowView(array, numbers) if is_large(array) else array[numbers]
