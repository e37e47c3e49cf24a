"""What is traced for one lane and one batch: Keras' own steps, without touching the model's variables."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import keras
import numpy.typing as npt
from keras import ops

from skhpt._compat.keras_objects import compiled_metrics, computed_loss, loss_tracker, takes_training
from skhpt.estimators import get_keras_mask, set_keras_mask, variables_of
from skhpt.fused._scope import LaneScope
from skhpt.fused._trace import Tracer

Values = list[list[Any]]  # of all variables: weights, others, the optimizer's and the metrics'


class LaneSteps(ABC):
    """The steps of a model, with the values of its variables as arguments and results.

    Parameters
    ----------
    model : keras.Model
        Built and compiled. It is left as it is.
    structure : object
        Of the data: packs the parts of a batch.
    tracer : Tracer
        Runs the sections of each step.
    halts : bool
        Whether a lane stays as it is for the rest of an epoch in which its loss is not finite any more.
    """

    def __init__(self, model: keras.Model, structure: Any, tracer: Tracer, *, halts: bool = False) -> None:
        self._model, self._structure, self._tracer, self._halts = model, structure, tracer, halts
        self._variables = [*variables_of(model), model.metrics_variables]
        self.knows_all_variables = True

    @abstractmethod
    def _stepped(self, values: Values, batch: tuple[Any, Any, Any]) -> Values:
        """The values of all variables after a step of training."""

    def train(self, *lane: Any) -> list[Any]:
        """What `keras.Model.train_step` does, for one lane."""
        *values, constants, metrics, batch = lane
        values.append(metrics)
        with self._tracer.with_constants(constants):
            new = self._stepped(values, self._structure.pack(batch))
        if self._halts:
            with self._scope(self._variables[3:], [metrics]):
                goes_on = ops.isfinite(loss_tracker(self._model).result())
            new = [
                [ops.where(goes_on, after, before) for after, before in zip(part, before_it, strict=True)]
                for part, before_it in zip(new, values, strict=True)
            ]
        *changed, metrics = new
        return [*changed, constants, metrics]

    def evaluate(self, *lane: Any) -> list[Any]:
        """What `keras.Model.test_step` does, for one lane."""
        *values, constants, metrics, batch = lane
        values.append(metrics)
        X, y, sample_weight = self._structure.pack(batch)
        with self._tracer.with_constants(constants):
            loss, y_pred, masks, values = self._tracer.run("test", self._tested, values, X, y, sample_weight)
            keras.tree.map_structure_up_to(y_pred, _set_mask, y_pred, masks)
            *changed, metrics = self._tracer.run("metrics", self._tracked, values, loss, X, y, y_pred, sample_weight)
        return [*changed, constants, metrics]

    def predict(self, *lane: Any) -> Any:
        """What the model of one lane puts out."""
        *values, constants, batch = lane
        with self._tracer.with_constants(constants):
            return self._tracer.run("test", self._outputs, values, self._structure.inputs(batch), is_part=True)

    def metric_results(self, metrics: list[Any], constants: list[Any]) -> Any:
        """What the metrics of one lane have come to."""
        with self._tracer.with_constants(constants):
            return self._tracer.run("results", self._results, metrics)

    def _forward(self, values: Values, X: Any, y: Any, sample_weight: Any) -> tuple[Any, Any, Any, Values]:
        """The loss, as the optimizer scales it, the outputs and all values after a forward pass in training."""
        variables = self._variables[: len(values)]
        with self._scope(variables, values) as scope:
            y_pred = self._call(X, training=True)
            loss = computed_loss(self._model, x=X, y=y, y_pred=y_pred, sample_weight=sample_weight, training=True)
            scaled = self._model.optimizer.scale_loss(loss)
        return loss, scaled, y_pred, scope.current(variables)

    def _updated(self, values: Values, gradients: Sequence[Any]) -> Values:
        """All values after the optimizer's update."""
        with LaneScope(self._variables, values, self._meet_stranger) as scope:
            self._model.optimizer.apply_gradients(zip(gradients, self._variables[0], strict=True))
        new: Values = scope.current(self._variables)
        return new

    def _tracked(self, values: Values, loss: Any, X: Any, y: Any, y_pred: Any, sample_weight: Any) -> Values:
        """All values after the metrics' update."""
        with LaneScope(self._variables, values, self._meet_stranger) as scope:
            loss_tracker(self._model).update_state(loss, sample_weight=ops.shape(keras.tree.flatten(X)[0])[0])
            if (metrics := compiled_metrics(self._model)) is not None:
                metrics.update_state(y, y_pred, sample_weight=sample_weight)
        new: Values = scope.current(self._variables)
        return new

    def _tested(self, values: Values, X: Any, y: Any, sample_weight: Any) -> tuple[Any, Any, Any, Values]:
        """The loss, the outputs, their masks and all values after a forward pass in inference."""
        variables = self._variables[: len(values)]
        with self._scope(variables, values) as scope:
            y_pred = self._call(X, training=False)
            loss = computed_loss(self._model, x=X, y=y, y_pred=y_pred, sample_weight=sample_weight, training=False)
        masks = keras.tree.map_structure(get_keras_mask, y_pred)
        return loss, y_pred, masks, scope.current(variables)

    def _outputs(self, values: Values, X: Any) -> Any:
        with self._scope(self._variables[:2], values):
            return self._call(X, training=False)

    def _results(self, metrics: list[Any]) -> Any:
        with self._scope(self._variables[3:], [metrics]):
            return self._model.get_metrics_result()

    def _scope(self, variables: Sequence[Any], values: Sequence[Any]) -> LaneScope:
        return LaneScope(variables, values, self._meet_stranger)

    def _meet_stranger(self) -> None:
        self.knows_all_variables = False

    def _call(self, X: Any, *, training: bool) -> Any:
        return self._model(X, training=training) if takes_training(self._model) else self._model(X)


def _set_mask(output: Any, mask: Any) -> None:
    """A section on JAX hands on arrays, and not what Keras has noted of them."""
    if mask is not None:
        set_keras_mask(output, mask)


def fresh_metrics(model: keras.Model) -> list[npt.NDArray[Any]]:
    """The variables of the metrics as an epoch begins."""
    model.reset_metrics()
    return [variable.numpy() for variable in model.metrics_variables]
