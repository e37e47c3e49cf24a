"""The encoder that does nothing."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin


class Unchanged(TransformerMixin, BaseEstimator):
    """Hands on data as they are, of whatever kind.

    (scikit-learn's `FunctionTransformer` takes no dict of arrays.)
    """

    def fit(self, X: Any, y: Any = None) -> Self:
        return self

    def transform(self, X: Any) -> Any:
        return X

    def inverse_transform(self, X: Any) -> Any:
        return X


class UnchangedTarget(Unchanged):
    """The same for a target, of which each row must have the shape that it had in `fit`."""

    def fit(self, X: Any, y: Any = None) -> Self:
        self.row_shape_ = np.shape(X)[1:]
        return self

    def transform(self, X: Any) -> Any:
        check_target_shape(np.shape(X), self.row_shape_)
        return X

    def describe(self) -> dict[str, Any]:
        """What `restore` needs."""
        return {"row_shape": self.row_shape_}

    def restore(self, description: dict[str, Any]) -> Self:
        """Become what `describe` described."""
        self.row_shape_ = tuple(description["row_shape"])
        return self


def check_target_shape(shape: tuple[int, ...], row_shape: tuple[int, ...]) -> None:
    """Raise if a target of this shape does not have rows as they were in `fit`."""
    if shape[1:] != row_shape:
        expected = f"y should have rows of shape {row_shape}, as in `fit`" if row_shape else "y should be a 1d array"
        raise ValueError(f"{expected}, got an array of shape {shape} instead.")
