"""The steps of a lane on TensorFlow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from skhpt.fused._lane_steps import LaneSteps
from skhpt.fused._vectorised import Number


class TensorFlowSteps(LaneSteps):
    """As of `LaneSteps`."""

    def _number(self, setting: Any) -> Number:
        return Number(setting)

    def _stepped(self, values: Sequence[Any], batch: tuple[Any, Any, Any]) -> list[list[Any]]:
        X, y, sample_weight = batch
        model, weights = self._model, values[0]
        variables = [*self._variables, model.metrics_variables]
        scope = self._scope(variables, values)
        with scope:
            with tf.GradientTape() as tape:
                tape.watch(weights)
                y_pred = self._call(X, training=True)
                loss = model._compute_loss(x=X, y=y, y_pred=y_pred, sample_weight=sample_weight, training=True)
                scaled = model.optimizer.scale_loss(loss)
            self._track(loss, X)
            gradients = tape.gradient(scaled, weights)
            model.optimizer.apply_gradients(zip(gradients, self._variables[0], strict=True))
            self._update_metrics(y, y_pred, sample_weight)
        return scope.current(variables)
