"""Layers of a network that is wider than the networks of its lanes: which of their entries are a lane's own."""

from __future__ import annotations

import math
from typing import Any

import keras
from keras import ops

LIVE = "live"
"""The name of variables that only wide models have: 1 for each entry of an axis that is the lane's own."""


class Live(keras.layers.Layer):
    """Sets the entries to 0 that are not the lane's own."""

    def __init__(self, dtype: Any = None) -> None:
        super().__init__(dtype=dtype)
        self.supports_masking = True

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """As any layer of Keras."""
        self.live = _live_of(self, input_shape)

    def call(self, inputs: Any) -> Any:
        """As any layer of Keras."""
        return ops.where(self.live > 0, inputs, ops.zeros_like(inputs))

    def compute_output_shape(self, input_shape: Any) -> Any:
        """As any layer of Keras."""
        return input_shape


class LiveDropout(keras.layers.Dropout):
    """Drops what the dropout of the lane's own network drops.

    The k-th of the random numbers that are drawn under a seed is the same however many are drawn. A narrow network
    draws fewer for each row, so the wide one has to deal them out likewise.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.built = False  # older versions build a dropout at once

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """As any layer of Keras."""
        self.live = _live_of(self, input_shape)
        super().build(input_shape)

    def call(self, inputs: Any, training: bool = False) -> Any:
        """As of Keras' layer. What is not the lane's own must be 0 already."""
        if not training or not self.rate:
            return inputs
        shape = self._shape_of_numbers(ops.shape(inputs))
        scales = ops.reshape(self._dealt_out(shape, inputs.dtype), shape)
        return ops.where(scales > 0, inputs * scales, ops.zeros_like(inputs))

    def _shape_of_numbers(self, shape: tuple[Any, ...]) -> tuple[Any, ...]:
        return shape

    def _dealt_out(self, shape: tuple[Any, ...], dtype: Any) -> Any:
        """What dropout makes of a 1 in each entry: of shape (n_rows, width)."""
        n_rows = math.prod(shape[:-1])
        ones = ops.ones((n_rows * shape[-1],), dtype)
        dropped = keras.random.dropout(ones, self.rate, seed=self.seed_generator)
        live = ops.cast(self.live, "int32")
        own = ops.maximum(ops.cumsum(live) - 1, 0)
        return ops.take(dropped, ops.arange(n_rows)[:, None] * ops.sum(live) + own[None])


class LiveSpatialDropout(LiveDropout):
    """The same for the dropout of whole channels."""

    def _shape_of_numbers(self, shape: tuple[Any, ...]) -> tuple[Any, ...]:
        return (shape[0], *[1] * (len(shape) - 2), shape[-1])


def _live_of(layer: keras.layers.Layer, input_shape: tuple[int | None, ...]) -> keras.Variable:
    """The variable of a layer that says what is the lane's own: all, until it is told otherwise."""
    return layer.add_weight(shape=input_shape[-1:], initializer="ones", trainable=False, name=LIVE)
