"""The steps of a lane on JAX."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax

from skhpt.fused._lane_steps import LaneSteps
from skhpt.fused._unknown import UnknownNumber


class Number(UnknownNumber):
    """A value in place of a number, with what is left of it to 1.

    JAX computes to half of Python's digits, to which 1 - 0.999 is not the same.
    """

    def __init__(self, value_and_rest: Any) -> None:
        self._value, self._rest = value_and_rest[0], value_and_rest[1]

    def __jax_array__(self) -> jax.Array:
        value: jax.Array = self._value
        return value

    def __rsub__(self, number: float) -> jax.Array:
        rest: jax.Array = self._rest if number == 1 else number - self._value
        return rest

    def __mul__(self, other: Any) -> Any:
        return self._value * other

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Any:
        return self._value / other

    def __rtruediv__(self, number: float) -> Any:
        return number / self._value


class JaxSteps(LaneSteps):
    """As of `LaneSteps`."""

    def _number(self, setting: Any) -> Number:
        return Number(setting)

    def _stepped(self, values: Sequence[Any], batch: tuple[Any, Any, Any]) -> list[list[Any]]:
        X, y, sample_weight = batch
        weights, others, optimizer, metrics = values
        model, variables = self._model, [*self._variables, self._model.metrics_variables]

        def loss_of(weights: list[Any]) -> tuple[Any, Any]:
            with self._scope([variables[0], variables[1], variables[3]], [weights, others, metrics]) as scope:
                y_pred = self._call(X, training=True)
                loss = model._compute_loss(x=X, y=y, y_pred=y_pred, sample_weight=sample_weight, training=True)
            # As in Keras' own step on JAX, what a layer may assign to a weight is gone after it.
            kept = scope.current([variables[1], variables[3]])
            return model.optimizer.scale_loss(loss), (loss, y_pred, *kept)

        gradients, (loss, y_pred, others, metrics) = jax.grad(loss_of, has_aux=True)(weights)
        scope = self._scope(variables, [weights, others, optimizer, metrics])
        with scope:
            self._track(loss, X)
            model.optimizer.apply_gradients(zip(gradients, variables[0], strict=True))
            self._update_metrics(y, y_pred, sample_weight)
        return scope.current(variables)
