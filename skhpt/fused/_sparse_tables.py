"""Sparse rows where programs read them, of which each batch is made dense by the program itself.

A table of sparse rows is a tuple of five arrays, a dense one an array. XLA has to know all shapes, so each row is read
as far as the fullest row reaches; what is beyond its end is a zero.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from keras import ops
from scipy.sparse import csr_array, vstack

from skhpt.trials import RowView

_LARGEST_INT32 = 2**31 - 1


def is_sparse(table: Any) -> bool:
    """Whether a table that was put where a program reads it holds sparse rows."""
    return isinstance(table, tuple)


def sparse_table(rows: Any) -> tuple[npt.NDArray[Any], ...] | None:
    """The five arrays; None of rows that are not sparse.

    Parameters
    ----------
    rows : ndarray or RowView
        The rows.

    Returns
    -------
    values, columns : ndarray of shape (n_values + 1,)
        Of all rows, one row after the other, and then a zero.
    starts : ndarray of shape (n_rows + 1,)
        Where the values of each row begin; those of the last one end at the last entry.
    reach : ndarray of shape (n_most,)
        The numbers from 0 to below the number of values in the fullest row.
    empty : ndarray of shape (0, n_features)
        Says how many features there are.

    Examples
    --------
    >>> view = RowView(csr_array([[0.0, 7.0], [0.0, 0.0], [8.0, 9.0]]))
    >>> [part.tolist() for part in sparse_table(view)]
    [[7.0, 8.0, 9.0, 0.0], [1, 0, 1, 0], [0, 1, 1, 3], [0, 1], []]
    """
    if not (isinstance(rows, RowView) and rows.is_sparse):
        return None
    stored = rows.stored
    index = np.int32 if stored.nnz < _LARGEST_INT32 else np.int64
    most = int(np.diff(stored.indptr).max(initial=0))
    return (
        np.append(stored.data, np.zeros(1, rows.dtype)),
        np.append(stored.indices, 0).astype(np.int32),
        stored.indptr.astype(index),
        np.arange(most, dtype=index),
        np.empty((0, rows.shape[1]), rows.dtype),
    )


def dense_rows(table: tuple[Any, ...], numbers: Any) -> Any:
    """Some of the rows, dense: within a program.

    Parameters
    ----------
    table : tuple of tensor
        Of `sparse_table`, where the program reads it.
    numbers : tensor of shape (n_views, n_rows)
        Which rows.

    Returns
    -------
    tensor of shape (n_views, n_rows, n_features)
    """
    values, columns, starts, reach, empty = table
    rows = ops.reshape(numbers, (-1,))
    first, end = ops.take(starts, rows, axis=0), ops.take(starts, rows + 1, axis=0)
    places = ops.expand_dims(first, 1) + reach
    places = ops.where(places < ops.expand_dims(end, 1), places, ops.shape(values)[0] - 1)
    found = ops.take(columns, places, axis=0)
    n_rows, n_features = ops.shape(rows)[0], empty.shape[1]
    row_of_each = ops.zeros_like(found) + ops.expand_dims(ops.cumsum(ops.ones_like(rows)) - 1, 1)
    cells = ops.stack([row_of_each, found], axis=-1)
    dense = ops.scatter(cells, ops.take(values, places, axis=0), (n_rows, n_features))
    return ops.reshape(dense, (*ops.shape(numbers), n_features))


def joined(arrays: list[Any]) -> Any:
    """Arrays or views of rows, one after the other; sparse if one of them is."""
    if not any(isinstance(array, RowView) and array.is_sparse for array in arrays):
        return np.concatenate(arrays)
    parts = [array.stored if isinstance(array, RowView) else array for array in arrays]
    return RowView(vstack([csr_array(part) for part in parts], format="csr"))
