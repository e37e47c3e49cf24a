"""Feeding rows to Keras in an order of our own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf


def endless_batches(
    arrays: tuple[npt.NDArray[Any], ...], order: Callable[[int], npt.NDArray[np.int64]], batch_size: int
) -> tf.data.Dataset:
    """Batches of one epoch after the other, without end.

    Keras takes ``steps_per_epoch`` batches an epoch from it. The rows stay in place and are gathered by number; the
    order of an epoch is computed when that epoch comes up.

    Parameters
    ----------
    arrays : tuple of ndarray of shape (n_rows, ...)
        What a batch consists of: X, y and perhaps sample weights.
    order : callable
        From the epoch, counted from 0, to an array of shape (n_rows,) of row numbers.
    batch_size : int
        Rows a batch; the last batch of an epoch has what is left.

    Returns
    -------
    tf.data.Dataset
    """
    tensors = tuple(tf.constant(array) for array in arrays)

    def rows_of(epoch: tf.Tensor) -> tf.data.Dataset:
        rows = tf.ensure_shape(tf.numpy_function(order, [epoch], tf.int64), (len(arrays[0]),))
        return tf.data.Dataset.from_tensor_slices(rows).batch(batch_size)

    return (
        tf.data.Dataset.counter()
        .flat_map(rows_of)
        .map(lambda rows: tuple(tf.gather(tensor, rows) for tensor in tensors))
        .prefetch(2)
    )
