"""The encoder that does nothing."""

from __future__ import annotations

from typing import Any, Self

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
