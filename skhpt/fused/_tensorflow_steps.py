"""The steps of a lane on TensorFlow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

from skhpt.fused._lane_steps import LaneSteps, Values
from skhpt.fused._scope import LaneScope


class TensorFlowSteps(LaneSteps):
    """As of `LaneSteps`."""

    def _stepped(self, values: Values, batch: tuple[Any, Any, Any]) -> Values:
        weights = values[0]
        with tf.GradientTape() as tape:
            tape.watch(weights)
            loss, scaled, y_pred, values = self._tracer.run("train", self._forward, values, *batch)
        gradients = self._tracer.run("gradient", lambda: tape.gradient(scaled, weights))
        values = self._tracer.run("optimizer", self._updated, values, gradients)
        X, y, sample_weight = batch
        new: Values = self._tracer.run("metrics", self._tracked, values, loss, X, y, y_pred, sample_weight)
        return new

    def _scope(self, variables: Sequence[Any], values: Sequence[Any]) -> LaneScope:
        return LaneScope(variables, values, self._meet_stranger, _assigned)


def _assigned(variable: keras.Variable, before: tf.Tensor, value: Any) -> Any:
    """What is assigned to a variable, as it is read then: without the way in which it was computed.

    To the gradient, TensorFlow's variable is what it was before: what is read of it afterwards counts as well.
    """
    value = tf.stop_gradient(tf.convert_to_tensor(value))
    return value + (before - tf.stop_gradient(before)) if variable.trainable else value
