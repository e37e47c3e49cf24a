"""The target of a search, as its folds and its scores need it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from sklearn.base import is_classifier
from sklearn.model_selection import check_cv

from skhpt._compat.flat_scorers import scorer_of_flat_targets
from skhpt.evaluation import network_step
from skhpt.trials import numbered_folds


def read_target(estimator: Any, y: Any) -> tuple[Any, int | None]:
    """Read a target for all trials of a search.

    Parameters
    ----------
    estimator : estimator
        Of the search.
    y : array-like or None
        The target.

    Returns
    -------
    y : array-like or None
        One-hot encoded classes as classes, if a `KerasClassifier` is to learn them; any other target as it is.
    n_columns : int or None
        For how many classes the target had columns; 0 if its columns are something else. None if the estimator reads
        its target by itself.
    """
    network = network_step(estimator)
    return (y, None) if y is None or not hasattr(network, "_read_whole") else network._read_whole(y)


def read_as_fitted(estimator: Any, y: Any) -> Any:
    """Read a target as a fitted estimator has read its own."""
    network = network_step(estimator)
    return network._as_classes(y) if hasattr(network, "_as_classes") else y


def scorer_for(scorer: Any, y: Any) -> Any:
    """A scorer that takes a target of this shape.

    Parameters
    ----------
    scorer : callable
        Metrics of scikit-learn's take no more than two axes. In its place comes one that makes a single axis of all
        that follow the rows.
    y : array-like or None
        The target.
    """
    return scorer_of_flat_targets(scorer) if _n_axes(y) > 2 else scorer


def _n_axes(y: Any) -> int:
    try:
        return int(np.asarray(y).ndim)
    except ValueError:  # rows of different lengths
        return 0


class OuterFolds:
    """A splitter of an outer cross-validation: it splits one-hot encoded classes by the classes, and numbers its folds.

    Parameters
    ----------
    cv : int, splitter, iterable or None
        As for `sklearn.model_selection.cross_validate`.
    estimator : estimator
        That is fitted on the folds.
    y : array-like or None
        The target, as of `read_target`.
    """

    def __init__(self, cv: Any, estimator: Any, y: Any) -> None:
        self._cv, self._y = check_cv(cv, y, classifier=is_classifier(estimator)), y

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name in ("_cv", "_y"):  # which a copy lacks at first
            raise AttributeError(name)
        return getattr(self._cv, name)

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        """The number of folds."""
        return int(self._cv.get_n_splits(X, self._y, groups))

    def split(self, X: Any, y: Any = None, groups: Any = None) -> Iterator[tuple[Any, Any]]:
        """The folds."""
        yield from numbered_folds(self._cv.split(X, self._y, groups))
