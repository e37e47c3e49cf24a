"""Rows of text, for models that begin with `TextVectorization` or `StringLookup`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import issparse

from skhpt.exceptions import ModelError

TEXT = np.dtype(object)
"""The type of validated rows of text."""
_READ_TEXT = (
    keras.layers.HashedCrossing,
    keras.layers.Hashing,
    keras.layers.StringLookup,
    keras.layers.TextVectorization,
)


def as_text(X: Any) -> npt.NDArray[np.object_] | None:
    """Rows of text as an array of Python's strings; None if there is anything else in them but missing values.

    Parameters
    ----------
    X : array-like
        An array, a list, or a table or column of pandas or polars.

    Examples
    --------
    >>> as_text(["a b", "c"])
    array(['a b', 'c'], dtype=object)
    >>> as_text(pd.DataFrame({"text": ["a b"], "price": [1.0]})) is None
    True
    """
    kind = getattr(getattr(X, "dtype", None), "kind", "O")
    if kind not in ("O", "T", "U") or not hasattr(X, "__getitem__") or isinstance(X, (str, bytes, Mapping)):
        return None
    if issparse(X) or not _is_text(_cells(X[:1])):  # a table of a million rows need not be made an array to be told
        return None
    cells = _cells(X)
    return cells if _is_text(cells) and any(isinstance(cell, str) for cell in cells.flat) else None


def is_text(rows: Any) -> bool:
    """Whether validated rows, or one of several inputs, are text."""
    return any(array.dtype == TEXT for array in keras.tree.flatten(rows))


def is_missing(cells: npt.NDArray[np.object_]) -> npt.NDArray[np.bool_]:
    """Where cells hold no text."""
    return np.asarray(pd.isna(cells), bool)


def takes_text(model: keras.Model) -> bool:
    """Whether a model may take text. A class of the user's own may, for all that is known."""
    if inputs := getattr(model, "inputs", None):
        return any(tensor.dtype == "string" for tensor in inputs)
    layers = getattr(model, "layers", None) if isinstance(model, keras.Sequential) else None
    return not layers or isinstance(layers[0], _READ_TEXT) or not type(layers[0]).__module__.startswith("keras.")


class NoTextTakenError(ValueError):
    """A model takes no text, but got some."""


def check_text(model: keras.Model) -> None:
    """Raise if a model can't be given text.

    Raises
    ------
    NoTextTakenError
        If it takes none.
    ModelError
        If it takes some, on a backend that knows no text.
    """
    if not takes_text(model):
        raise NoTextTakenError("X holds text, and the model takes numbers.")
    if (backend := keras.backend.backend()) != "tensorflow":
        raise ModelError(
            f"X holds text, and Keras runs on {backend}, on which models take numbers only. Make numbers of the text "
            f"in a step of a pipeline before the network, for example with TfidfVectorizer, or set "
            f"KERAS_BACKEND=tensorflow."
        )


def keras_dtype(array: Any) -> str:
    """The type of an array by Keras' name."""
    return "string" if array.dtype == TEXT else str(array.dtype.name)


def _cells(X: Any) -> npt.NDArray[np.object_]:
    try:
        return np.asarray(X, dtype=object)
    except (TypeError, ValueError):
        return np.empty(0, dtype=object)


def _is_text(cells: npt.NDArray[np.object_]) -> bool:
    values: list[Any] = cells.ravel().tolist() if cells.ndim else [cells]
    return all(isinstance(value, str) or (np.ndim(value) == 0 and pd.isna(value)) for value in values)
