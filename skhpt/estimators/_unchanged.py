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
        if np.shape(X)[1:] != self.row_shape_:
            raise ValueError(
                f"y has rows of shape {np.shape(X)[1:]}, but was of rows of shape {self.row_shape_} before."
            )
        return X
