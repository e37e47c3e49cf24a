"""Targets whose rows have different lengths, of which there is no array."""

from __future__ import annotations

from typing import Any

import numpy as np


def check_even_rows(y: Any, owner: str) -> None:
    """Raise if the rows of a target have different shapes.

    Parameters
    ----------
    y : array-like
        The target as the user gives it.
    owner : str
        The class of the estimator.

    Raises
    ------
    ValueError
        With two of the shapes, and how to pad them.

    Examples
    --------
    >>> check_even_rows([[1, 2], [3, 4]], "KerasRegressor")
    >>> check_even_rows([[1, 2], [3]], "KerasRegressor")
    Traceback (most recent call last):
        ...
    ValueError: The rows of y must have one shape, as KerasRegressor trains on an array of them. Got rows of shape (2,)
    and (1,) instead. Pad them, for example by keras.utils.pad_sequences(y, padding='post', dtype='float32'). A
    BaseWrapper trains on padded rows with a loss of your own, which can leave the padding out.
    """
    if not isinstance(y, (list, tuple)) and getattr(y, "dtype", None) != np.dtype(object):
        return
    rows = np.ravel(y) if isinstance(y, np.ndarray) else y
    shapes = list(dict.fromkeys(_shape(row) for row in rows if isinstance(row, (list, tuple, np.ndarray))))
    if len(shapes) > 1:
        raise ValueError(
            f"The rows of y must have one shape, as {owner} trains on an array of them. Got rows of shape {shapes[0]} "
            f"and {shapes[1]} instead. Pad them, for example by keras.utils.pad_sequences(y, padding='post', "
            f"dtype='float32'). A BaseWrapper trains on padded rows with a loss of your own, which can leave the "
            f"padding out."
        )


def _shape(row: Any) -> tuple[int, ...]:
    try:
        return np.shape(row)
    except ValueError:  # its own rows have different lengths
        return (len(row),)
