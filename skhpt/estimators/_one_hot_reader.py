"""The part of a classifier that reads one-hot encoded targets as classes."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import numpy.typing as npt

from skhpt.estimators._built import Built
from skhpt.estimators._targets import is_for_labels, one_hot_columns


class OneHotReader(Built):
    """Reads a target with exactly one 1 in each row as the classes of the numbers of its columns."""

    # Of a search's target: for how many classes it had columns; 0 where they are something else, None if not known.
    _known_one_hot: int | None = None
    _one_hot = 0  # the same of the target of this fit

    def _read_target(self, y: npt.NDArray[Any], *, reset: bool) -> npt.NDArray[Any]:
        if reset:
            self._one_hot = self._n_one_hot(y)
            return y.argmax(axis=1) if self._one_hot and y.ndim == 2 else y
        return np.asarray(self._as_classes(y))

    def _n_one_hot(self, y: Any) -> int:
        """For how many classes a new target has columns, of which each row has one; 0 where it is something else.

        Whether a target is one-hot encoded depends on all its rows and on the parameter `loss`, and not on the model:
        the folds of a search, and what a builder is told, depend on it in turn.
        """
        known, labels = self._known_one_hot, self._call.labels
        if known and isinstance(y, np.ndarray) and y.ndim == 1:  # of a search, which has read it
            return known if np.isin(y, np.arange(known)).all() else 0
        columns = one_hot_columns(y)
        if columns is None or known == 0 or not _is_ours(type(self).target_encoder):
            return 0
        n = columns.shape[1]
        if labels is not None:
            return n if np.ndim(labels) == 1 and np.array_equal(np.unique(labels), np.arange(n)) else 0
        return 0 if is_for_labels(self._call.parameters.settings["loss"]) else n

    def _read_whole(self, y: Any) -> tuple[Any, int | None]:
        super()._read_whole(y)
        n = self._n_one_hot(y)
        return (cast(npt.NDArray[Any], one_hot_columns(y)).argmax(axis=1), n) if n else (y, 0)

    def _as_classes(self, y: Any) -> Any:
        """A one-hot encoded target as the classes that this estimator was fitted to; any other target as it is."""
        classes = getattr(self, "classes_", None)
        if not isinstance(classes, np.ndarray) or (columns := one_hot_columns(y)) is None:
            return y
        return columns.argmax(axis=1) if np.array_equal(classes, np.arange(columns.shape[1])) else y


def _is_ours(encoder: Any) -> bool:
    """Whether a property `target_encoder` is no user's own, which may know better what a target means."""
    return str(getattr(getattr(encoder, "fget", None), "__module__", "")).startswith("skhpt.")
