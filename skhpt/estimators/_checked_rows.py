"""Rows as models take them: arrays of numbers or text, and views of sparse matrices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from scipy.sparse import issparse

from skhpt.estimators._column_errors import naming_columns
from skhpt.estimators._text import as_text, is_missing
from skhpt.trials import RowView


def checked_numbers(check: Callable[[Any], Any], X: Any, name: str = "X") -> npt.NDArray[Any] | RowView:
    """Rows of numbers, with errors that name the column.

    Parameters
    ----------
    check : callable
        A check of scikit-learn's, from rows to an array or to a sparse matrix in the CSR format.
    X : array-like, sparse matrix or RowView
        The rows.
    name : str, default="X"
        What they are called in code.

    Returns
    -------
    ndarray or RowView
        A view of what is sparse, which is made dense a batch at a time, and of what was a view before.
    """
    if isinstance(X, RowView):
        pieces = [X.stored] if X.is_sparse else X.pieces()
        dtypes = [naming_columns(check, piece, name).dtype for piece in pieces]
        return X.astype(dtypes[-1])
    rows = naming_columns(check, X, name)
    if not issparse(rows):
        return np.asarray(rows)
    # Sparse columns of pandas, of which scikit-learn leaves booleans as they are.
    return RowView(rows, dtype=keras.backend.floatx() if rows.dtype.kind == "b" else None)


def checked_text(X: Any, name: str = "X", *, expected: bool | None = None) -> npt.NDArray[np.object_] | None:
    """Rows of text as an array of Python's strings; None if they are no text.

    Parameters
    ----------
    X : array-like
        The rows.
    name : str, default="X"
        What they are called in code.
    expected : bool or None, default=None
        Whether they were text in `fit`; None in `fit`.

    Raises
    ------
    ValueError
        If a text is missing, or there is none where `fit` had text.
    """
    text = None if expected is False or isinstance(X, RowView) else as_text(X)
    if text is None:
        if expected:
            raise ValueError(f"{name} must hold text, as it did in `fit`. Got {type(X).__name__} without.")
        return None
    if len(missing := np.argwhere(is_missing(text))):
        row, *column = missing[0].tolist()
        of = f" of column {X.columns[column[0]]!r}" if column and hasattr(X, "columns") else ""
        raise ValueError(f"Input {name} contains NaN. Row {row}{of} has no text. Give it one, such as an empty one.")
    return text
