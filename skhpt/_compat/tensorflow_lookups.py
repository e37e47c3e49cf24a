"""The lookup tables of TensorFlow in which Keras' preprocessing layers have their vocabulary, on every backend."""

from __future__ import annotations

from typing import Any

import numpy.typing as npt
import tensorflow as tf


def made_of(table: tf.lookup.StaticHashTable) -> tuple[Any, ...]:
    """What a table is made of, as the arguments of `made_from`."""
    keys, values = table.export()
    dtypes = table.key_dtype.name, table.value_dtype.name
    return keys.numpy(), values.numpy(), table._default_value.numpy(), *dtypes


def made_from(
    keys: npt.NDArray[Any], values: npt.NDArray[Any], default: Any, key_dtype: str, value_dtype: str
) -> tf.lookup.StaticHashTable:
    """A new table."""
    entries = tf.lookup.KeyValueTensorInitializer(keys, values, key_dtype, value_dtype)
    return tf.lookup.StaticHashTable(entries, default)
