"""Rows in memory as TensorFlow is fed with them."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from typing import Any, cast

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from skhpt.estimators._order import Order
from skhpt.trials import RowView, is_large


def endless_batches(arrays: tuple[Any, ...], n_rows: int, order: Order, batch_size: int) -> tf.data.Dataset:
    """Batches of one epoch after the other, without end.

    Keras takes ``steps_per_epoch`` batches an epoch from it. The rows stay in place and are gathered by number; the
    order of an epoch is computed when that epoch comes up.

    Parameters
    ----------
    arrays : tuple of ndarray or RowView of shape (n_rows, ...), or of lists or dicts of them
        What a batch consists of: X, perhaps y, perhaps sample weights. Where one is large, the caller has to keep them
        for as long as there is to be another batch.
    n_rows : int
        The length of each of them.
    order : callable
        From the epoch, counted from 0, to an array of shape (n_rows,) of row numbers. TensorFlow keeps it for as long
        as the process lives, so it should hold nothing large.
    batch_size : int
        Rows a batch; the last batch of an epoch has what is left.

    Returns
    -------
    tf.data.Dataset
    """
    gather = _gathering(arrays)

    def rows_of(epoch: tf.Tensor) -> tf.data.Dataset:
        rows = tf.ensure_shape(tf.numpy_function(order, [epoch], tf.int64), (n_rows,))
        return tf.data.Dataset.from_tensor_slices(rows).batch(batch_size)

    return (
        # `Dataset.counter()` would leave a function behind in the process for each data set.
        tf.data.Dataset.range(tf.int64.max).flat_map(rows_of).map(gather).prefetch(2)
    )


def batches(arrays: tuple[Any, ...], n_rows: int, batch_size: int) -> tf.data.Dataset:
    """Batches of all rows in their order.

    Parameters
    ----------
    arrays, n_rows, batch_size
        As for `endless_batches`.
    """
    return tf.data.Dataset.range(n_rows).batch(batch_size).map(_gathering(arrays)).prefetch(1)


def _gathering(arrays: tuple[Any, ...]) -> Callable[[tf.Tensor], Any]:
    """What makes a batch of row numbers."""
    arrays = keras.tree.lists_to_tuples(arrays)  # a list would become one tensor in a dataset
    flat = tf.nest.flatten(arrays)
    if any(isinstance(array, RowView) or is_large(array) for array in flat):
        return _gathering_outside(arrays, flat)
    tensors = tf.nest.map_structure(tf.constant, arrays)
    return lambda rows: tf.nest.map_structure(lambda tensor: tf.gather(tensor, rows), tensors)


def _gathering_outside(arrays: tuple[Any, ...], flat: Sequence[Any]) -> Callable[[tf.Tensor], Any]:
    """The same by NumPy, so that TensorFlow needs no copy of all rows."""
    known = [weakref.ref(array) for array in flat]  # TensorFlow keeps the function as long as the process lives
    structure = tf.nest.map_structure(lambda array: None, arrays)
    specs = [tf.TensorSpec((None, *array.shape[1:]), tf.as_dtype(array.dtype)) for array in flat]

    def take(rows: npt.NDArray[np.int64]) -> list[Any]:
        return [cast(Any, array())[rows] for array in known]

    def gather(rows: tf.Tensor) -> Any:
        taken = tf.numpy_function(take, [rows], [spec.dtype for spec in specs])
        shaped = [tf.ensure_shape(part, spec.shape) for part, spec in zip(taken, specs, strict=True)]
        return tf.nest.pack_sequence_as(structure, shaped)

    return gather
