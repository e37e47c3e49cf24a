"""Which rows a training evaluates after each epoch instead of learning from them."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
import numpy.typing as npt

from skhpt.exceptions import ValidationSplitWarning

Split = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]


def split_validation(
    validation_split: Any, X: npt.NDArray[Any], y: npt.NDArray[Any] | None, *, groups: Any = None, labels: bool
) -> Split | None:
    """The rows to train on and the rows to evaluate.

    Parameters
    ----------
    validation_split : float or splitter
        A fraction of the rows, which Keras takes from the end; or a splitter of scikit-learn, of whose splits the first
        is taken.
    X : ndarray of shape (n_rows, ...)
        The rows.
    y : ndarray of shape (n_rows,) or (n_rows, n_outputs), or None
        Their targets.
    groups : array-like of shape (n_rows,), default=None
        For the splitter.
    labels : bool
        Whether y holds labels, so that there is to be a warning of a class that either part lacks.

    Returns
    -------
    tuple of ndarray of int, or None
        The numbers of the rows of both parts; None if all are to be trained on.

    Raises
    ------
    ValueError
        If nothing would be left to train on.

    Examples
    --------
    >>> split_validation(0.4, np.zeros((5, 1)), np.zeros(5), labels=False)
    (array([0, 1, 2]), array([3, 4]))
    """
    if isinstance(validation_split, (str, type)):
        raise TypeError(
            f"validation_split must be a float or an instance of a splitter. Got {validation_split!r} instead."
        )
    if hasattr(validation_split, "split"):
        training, held_out = (_numbers(rows, len(X)) for rows in next(iter(validation_split.split(X, y, groups))))
    elif validation_split:
        training, held_out = np.split(np.arange(len(X)), [math.floor(len(X) * (1 - validation_split))])
    else:
        return None
    if not len(training):
        raise ValueError(f"validation_split={validation_split} leaves no rows to train on.")
    if labels:
        _warn_of_unseen_classes(validation_split, np.asarray(y), {"training": training, "validation": held_out})
    return training, held_out


def _numbers(rows: Any, n_rows: int) -> npt.NDArray[np.int64]:
    """Rows by number: a splitter of the user's own may name them by a mask, from the end or in a list."""
    return np.arange(n_rows)[rows if isinstance(rows, np.ndarray) else list(rows)]


def _warn_of_unseen_classes(validation_split: Any, labels: npt.NDArray[Any], parts: dict[str, Any]) -> None:
    for part, rows in parts.items():
        if missing := sorted(set(labels.tolist()) - set(labels[rows].tolist()), key=str):
            classes = f"{'class' if len(missing) == 1 else 'classes'} {', '.join(map(repr, missing))}"
            warnings.warn(
                f"validation_split={validation_split} leaves the {part} part without {classes}. "
                f"Shuffle the rows first, or give a stratified splitter, such as "
                f"StratifiedShuffleSplit(1, test_size=0.2, random_state=0).",
                ValidationSplitWarning,
                stacklevel=3,
            )
