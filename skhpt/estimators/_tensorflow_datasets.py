"""What takes TensorFlow in dealing with a `tf.data.Dataset`, which Keras takes on every backend.

To be imported once there is one: whoever made it has loaded TensorFlow.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf


def is_endless(dataset: tf.data.Dataset) -> bool:
    """Whether it is known to have no end."""
    return bool(dataset.cardinality() == tf.data.INFINITE_CARDINALITY)


def with_targets(dataset: tf.data.Dataset, encode: Callable[[npt.NDArray[Any]], Any], example: Any) -> tf.data.Dataset:
    """The same dataset, with the targets of each batch encoded.

    Parameters
    ----------
    dataset : tf.data.Dataset
        Of batches (X, y) or (X, y, sample_weight).
    encode : callable
        From the y of a batch to an array, or a tuple of them.
    example : ndarray or tuple of ndarray
        What it makes of one batch: TensorFlow must know shapes and types beforehand.
    """
    flat = keras.tree.flatten(example)

    def encode_flat(y: npt.NDArray[Any]) -> list[Any]:
        return [np.asarray(part, dtype=e.dtype) for part, e in zip(keras.tree.flatten(encode(y)), flat, strict=True)]

    def encode_batch(X: Any, y: tf.Tensor, *weights: tf.Tensor) -> tuple[Any, ...]:
        parts = tf.numpy_function(encode_flat, [y], [entry.dtype for entry in flat])
        shaped = [tf.ensure_shape(part, (None, *entry.shape[1:])) for part, entry in zip(parts, flat, strict=True)]
        return (X, keras.tree.pack_sequence_as(example, shaped), *weights)

    return dataset.map(encode_batch)
