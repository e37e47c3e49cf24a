"""The steps of a lane on JAX."""

from __future__ import annotations

from typing import Any

import jax

from skhpt.fused._lane_steps import LaneSteps, Values


class JaxSteps(LaneSteps):
    """As of `LaneSteps`."""

    def _stepped(self, values: Values, batch: tuple[Any, Any, Any]) -> Values:
        X, y, sample_weight = batch
        loss, y_pred, gradients, values = self._tracer.run("train", self._forward_and_back, values, *batch)
        values = self._tracer.run("optimizer", self._updated, values, gradients)
        new: Values = self._tracer.run("metrics", self._tracked, values, loss, X, y, y_pred, sample_weight)
        return new

    def _forward_and_back(self, values: Values, X: Any, y: Any, sample_weight: Any) -> Any:
        weights, *rest = values

        def loss_of(weights: list[Any]) -> tuple[Any, Any]:
            loss, scaled, y_pred, new = self._forward([weights, *rest], X, y, sample_weight)
            return scaled, (loss, y_pred, new[1:])

        gradients, (loss, y_pred, rest) = jax.grad(loss_of, has_aux=True)(weights)
        # As in Keras' own step on JAX, what a layer may assign to a weight is gone after the step.
        return loss, y_pred, gradients, [weights, *rest]
