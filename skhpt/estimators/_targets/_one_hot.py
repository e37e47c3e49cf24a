"""One-hot encoded classes: a target with a column for each class, and exactly one 1 in each row."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import issparse

from skhpt.estimators._outputs import is_binary


def one_hot_columns(y: Any) -> npt.NDArray[Any] | None:
    """A one-hot encoded target as an array; None if `y` is anything else.

    Parameters
    ----------
    y : array-like
        A target as a user gives it.

    Examples
    --------
    >>> one_hot_columns([[0, 1], [1, 0]]).argmax(axis=1)
    array([1, 0])
    >>> one_hot_columns([[0, 1], [1, 1]]) is None  # labels, of which a row may have several
    True
    """
    try:
        columns = y.toarray() if issparse(y) else np.asarray(y)
    except (TypeError, ValueError):  # rows of different lengths
        return None
    if columns.ndim != 2 or columns.shape[1] < 2 or not len(columns) or columns.dtype.kind not in "buif":
        return None
    ones = columns == 1
    is_one_hot = (ones | (columns == 0)).all() and (np.count_nonzero(ones, axis=1) == 1).all()
    return columns if is_one_hot else None


def is_for_labels(loss: Any) -> bool:
    """Whether a loss says that the columns of a target are labels of their own, of which a row may have several.

    Parameters
    ----------
    loss : object
        The parameter `loss` of an estimator: a binary loss of Keras' says so, and losses for several outputs.
    """
    losses = list(loss.values() if isinstance(loss, dict) else loss if isinstance(loss, (list, tuple)) else [loss])
    return len(losses) > 1 or any(map(is_binary, losses))
