"""What is traced for one lane and one batch: Keras' own steps, without touching the model's variables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import keras
import tensorflow as tf

from skhpt.estimators import variables_of
from skhpt.fused._knobs import Knob, turned
from skhpt.fused._vectorised import Number


class LaneSteps:
    """The steps of a model, with the values of its variables as arguments and results.

    Parameters
    ----------
    model : keras.Model
        Built and compiled. It is left as it is.
    structure : object
        Of the data: packs the parts of a batch.
    knobs : sequence of Knob
        Those of the model of which each lane has a value of its own.
    halts : bool
        Whether a lane stays as it is for the rest of an epoch in which its loss is not finite any more.
    """

    def __init__(self, model: keras.Model, structure: Any, knobs: Sequence[Knob], *, halts: bool) -> None:
        self._model, self._structure, self._knobs, self._halts = model, structure, knobs, halts
        self._variables = list(variables_of(model))

    def train(self, *lane: Any) -> list[Any]:
        """What `keras.Model.train_step` does, for one lane."""
        *values, settings, metrics, batch = lane
        values.append(metrics)
        model, weights = self._model, values[0]
        X, y, sample_weight = self._structure.pack(batch)
        variables = [*self._variables, model.metrics_variables]
        with self._turned(settings), _scope(variables, values) as scope:
            goes_on = tf.math.is_finite(model._loss_tracker.result()) if self._halts else None
            with tf.GradientTape() as tape:
                tape.watch(weights)
                y_pred = self._call(X, training=True)
                loss = model._compute_loss(x=X, y=y, y_pred=y_pred, sample_weight=sample_weight, training=True)
            self._track(loss, X)
            gradients = tape.gradient(loss, weights)
            model.optimizer.apply_gradients(zip(gradients, self._variables[0], strict=True))
            self._update_metrics(y, y_pred, sample_weight)
        new = _current(scope, variables)
        if goes_on is not None:
            new = tf.nest.map_structure(lambda after, before: tf.where(goes_on, after, before), new, values)
        *changed, metrics = new
        return [*changed, settings, metrics]

    def evaluate(self, *lane: Any) -> list[Any]:
        """What `keras.Model.test_step` does, for one lane."""
        *values, settings, metrics, batch = lane
        values.append(metrics)
        X, y, sample_weight = self._structure.pack(batch)
        variables = [*self._variables, self._model.metrics_variables]
        with self._turned(settings), _scope(variables, values) as scope:
            y_pred = self._call(X, training=False)
            loss = self._model._compute_loss(x=X, y=y, y_pred=y_pred, sample_weight=sample_weight, training=False)
            self._track(loss, X)
            self._update_metrics(y, y_pred, sample_weight)
        *changed, metrics = _current(scope, variables)
        return [*changed, settings, metrics]

    def _turned(self, settings: Sequence[tf.Tensor]) -> AbstractContextManager[None]:
        return turned(self._knobs, [Number(setting) for setting in settings])

    def predict(self, *lane: Any) -> Any:
        """What the model of one lane puts out."""
        *values, batch = lane
        with _scope(self._variables[:2], values):
            return self._call(self._structure.inputs(batch), training=False)

    def _call(self, X: Any, *, training: bool) -> Any:
        return self._model(X, training=training) if self._model._call_has_training_arg else self._model(X)

    def _track(self, loss: tf.Tensor, X: Any) -> None:
        self._model._loss_tracker.update_state(loss, sample_weight=tf.shape(tf.nest.flatten(X)[0])[0])

    def _update_metrics(self, y: Any, y_pred: Any, sample_weight: Any) -> None:
        if self._model._compile_metrics is not None:
            self._model._compile_metrics.update_state(y, y_pred, sample_weight=sample_weight)

    def metric_results(self, metrics: list[tf.Tensor]) -> Any:
        """What the metrics of one lane have come to."""
        with _scope([self._model.metrics_variables], [metrics]):
            return self._model.get_metrics_result()


@contextmanager
def _scope(variables: Sequence[Sequence[keras.Variable]], values: Sequence[Sequence[tf.Tensor]]) -> Iterator[Any]:
    """Let Keras read and change these values in place of the variables."""
    pairs = [pair for some, theirs in zip(variables, values, strict=True) for pair in zip(some, theirs, strict=True)]
    with keras.StatelessScope(state_mapping=pairs, collect_losses=True) as scope:
        yield scope


def _current(scope: Any, variables: Sequence[Sequence[keras.Variable]]) -> list[list[tf.Tensor]]:
    return [[scope.get_current_value(variable) for variable in part] for part in variables]
