"""What a row of each class weighs in the loss."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.utils.class_weight import compute_class_weight


class ClassWeights:
    """The weights of classes, learnt from the rows of a fit.

    Parameters
    ----------
    class_weight : dict, list of dict, or "balanced"
        As for `KerasClassifier`.
    y : ndarray of shape (n_rows,) or (n_rows, n_outputs)
        The labels of the fit.
    classes : ndarray of shape (n_classes,), or sequence of them
        All labels; of each column if y has several.

    Raises
    ------
    ValueError
        If there is not a dict for each column, or one that names other labels instead of those of y.

    Examples
    --------
    >>> y = np.array([0, 0, 0, 1])
    >>> ClassWeights("balanced", y, np.array([0, 1])).of(np.array([1, 0])).round(2)
    array([2.  , 0.67])
    """

    def __init__(self, class_weight: Any, y: npt.NDArray[Any], classes: Any) -> None:
        columns = _columns(y)
        self._classes = [classes] if y.ndim == 1 else list(classes)
        given = class_weight if isinstance(class_weight, list) else [class_weight] * len(columns)
        if isinstance(class_weight, list) == (y.ndim == 1) and class_weight != "balanced":
            raise ValueError(
                f"class_weight must be {'a dict' if y.ndim == 1 else 'a list of dicts, one for each column of y'}. "
                f"Got {class_weight!r} instead."
            )
        if len(given) != len(columns):
            raise ValueError(
                f"class_weight must have {len(columns)} dicts, one for each column of y. Got {len(given)}."
            )
        self._weights = [_weights(*each) for each in zip(given, columns, self._classes, strict=True)]

    def of(self, y: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """The weight of each row, the product over the columns: an array of shape (n_rows,)."""
        parts = zip(self._weights, self._classes, _columns(y), strict=True)
        return np.asarray(np.prod([weights[np.searchsorted(classes, y)] for weights, classes, y in parts], axis=0))


def _columns(y: npt.NDArray[Any]) -> list[npt.NDArray[Any]]:
    return [y] if y.ndim == 1 else list(y.T)


def _weights(given: Any, y: npt.NDArray[Any], classes: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The weight of each class. A dict may name classes that these rows lack, as folds do, and leave others at 1."""
    if given == "balanced":
        present = np.unique(y)
        balanced = dict(zip(present.tolist(), compute_class_weight("balanced", classes=present, y=y), strict=True))
        return np.array([balanced.get(label, 1.0) for label in classes.tolist()])
    unknown = [label for label in given if label not in set(classes.tolist())]
    missing = [label for label in classes.tolist() if label not in given]
    if unknown and missing:
        raise ValueError(f"The classes, {missing}, are not in class_weight. It names {unknown}, which y does not have.")
    return np.array([float(given.get(label, 1.0)) for label in classes.tolist()])
