"""Rows in memory as TensorFlow is fed with them."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from skhpt.estimators._order import Order


def endless_batches(arrays: tuple[Any, ...], n_rows: int, order: Order, batch_size: int) -> tf.data.Dataset:
    """Batches of one epoch after the other, without end.

    Keras takes ``steps_per_epoch`` batches an epoch from it. The rows stay in place and are gathered by number; the
    order of an epoch is computed when that epoch comes up.

    Parameters
    ----------
    arrays : tuple of ndarray of shape (n_rows, ...), or of lists or dicts of them
        What a batch consists of: X, perhaps y, perhaps sample weights.
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
    # A list would become one tensor in a dataset.
    tensors = tf.nest.map_structure(tf.constant, keras.tree.lists_to_tuples(arrays))

    def rows_of(epoch: tf.Tensor) -> tf.data.Dataset:
        rows = tf.ensure_shape(tf.numpy_function(order, [epoch], tf.int64), (n_rows,))
        return tf.data.Dataset.from_tensor_slices(rows).batch(batch_size)

    return (
        # `Dataset.counter()` would leave a function behind in the process for each data set.
        tf.data.Dataset.range(tf.int64.max)
        .flat_map(rows_of)
        .map(lambda rows: tf.nest.map_structure(lambda tensor: tf.gather(tensor, rows), tensors))
        .prefetch(2)
    )
