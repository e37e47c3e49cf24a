"""Tensors of many lanes, with a first axis of lanes."""

from __future__ import annotations

import tensorflow as tf

Stack = list[list[tf.Tensor]]
"""The parts of a `ModelState`, each with a first axis of lanes."""


def select(lanes: tf.Tensor, stack: Stack, other: Stack) -> Stack:
    """Some lanes from one stack, the rest from the other."""

    def of_one(tensor: tf.Tensor, others: tf.Tensor) -> tf.Tensor:
        return tf.where(tf.reshape(lanes, [-1, *[1] * (tensor.shape.rank - 1)]), tensor, others)

    selected: Stack = tf.nest.map_structure(of_one, stack, other)
    return selected


def put_back(tensor: tf.Tensor, lanes: slice, new: tf.Tensor) -> tf.Tensor:
    """A tensor with other values for a range of lanes."""
    return tf.concat([tensor[: lanes.start], new, tensor[lanes.stop :]], axis=0)
