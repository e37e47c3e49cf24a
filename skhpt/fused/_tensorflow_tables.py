"""Rows where TensorFlow's programs read them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from skhpt.fused._sparse_tables import dense_rows, is_sparse, sparse_table
from skhpt.trials import RowView, is_large

_ALIGNMENT = 64  # bytes; TensorFlow copies what does not begin at such an address


def put(rows: npt.NDArray[Any] | RowView) -> tf.Tensor | tuple[tf.Tensor, ...]:
    """An array, or the rows of a view, where TensorFlow computes; those of a sparse one as a sparse table.

    `tf.constant` would make two copies of a large array on its way, and a view would be a third. Here there is one,
    which its rows are cast into; none, where memory that can be written to is as TensorFlow needs it.
    """
    if (table := sparse_table(rows)) is not None:
        return tuple(map(tf.constant, table))
    if not (isinstance(rows, RowView) or is_large(rows)) or rows.dtype.kind not in "iuf":
        return tf.constant(np.asarray(rows))
    view = rows if isinstance(rows, RowView) else RowView(rows)
    array = view.base if view.is_whole and _is_ready(view.base) else _aligned(view)
    return tf.identity(tf.experimental.dlpack.from_dlpack(array.__dlpack__()))  # moves it where there is a GPU


def rows_spec(array: Any) -> tf.TensorSpec:
    """What an array or a tensor looks like, for any number of rows."""
    return tf.TensorSpec((None, *array.shape[1:]), tf.as_dtype(array.dtype))


def gathered(tables: Any, numbers: Sequence[tf.Tensor], views: tf.Tensor) -> list[list[tf.Tensor]]:
    """The rows of one batch, of each lane.

    Parameters
    ----------
    tables : list of list of table
        As `put` returns them.
    numbers : sequence of tensor of shape (n_views, n_rows)
        Which rows of the inputs, of the targets and of the weights.
    views : tensor of shape (n_lanes,)
        The view of each lane.
    """

    def rows_of(table: Any, rows: tf.Tensor) -> tf.Tensor:
        if is_sparse(table):
            return tf.gather(dense_rows(table, rows), views)
        return tf.gather(table, tf.gather(rows, views))

    return [[rows_of(table, rows) for table in part] for part, rows in zip(tables, numbers, strict=True)]


def _is_ready(array: npt.NDArray[Any]) -> bool:
    return array.flags.c_contiguous and array.flags.writeable and array.ctypes.data % _ALIGNMENT == 0


def _aligned(view: RowView) -> npt.NDArray[Any]:
    n_bytes = math.prod(view.shape) * view.dtype.itemsize
    memory = np.empty(n_bytes + _ALIGNMENT, np.uint8)
    start = -memory.ctypes.data % _ALIGNMENT
    array: npt.NDArray[Any] = memory[start : start + n_bytes].view(view.dtype).reshape(view.shape)
    view.copy_to(array)
    return array
