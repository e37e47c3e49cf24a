"""What is traced for one lane and one batch: Keras' own steps, without touching the model's variables."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any

import keras
import numpy.typing as npt
from keras import ops

from skhpt.estimators import variables_of
from skhpt.fused._knobs import Knob, turned
from skhpt.fused._scope import LaneScope
from skhpt.fused._unknown import UnknownNumber


class LaneSteps(ABC):
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
        self.knows_all_variables = True

    @abstractmethod
    def _stepped(self, values: Sequence[Any], batch: tuple[Any, Any, Any]) -> list[list[Any]]:
        """The values of all variables, those of the metrics last, after a step of training."""

    @abstractmethod
    def _number(self, setting: Any) -> UnknownNumber:
        """What stands for a knob's value."""

    def train(self, *lane: Any) -> list[Any]:
        """What `keras.Model.train_step` does, for one lane."""
        *values, settings, metrics, batch = lane
        values.append(metrics)
        with self._turned(settings):
            new = self._stepped(values, self._structure.pack(batch))
        if self._halts:
            with self._scope([self._model.metrics_variables], [metrics]):
                goes_on = ops.isfinite(self._model._loss_tracker.result())
            new = [
                [ops.where(goes_on, after, before) for after, before in zip(part, before_it, strict=True)]
                for part, before_it in zip(new, values, strict=True)
            ]
        *changed, metrics = new
        return [*changed, settings, metrics]

    def evaluate(self, *lane: Any) -> list[Any]:
        """What `keras.Model.test_step` does, for one lane."""
        *values, settings, metrics, batch = lane
        values.append(metrics)
        X, y, sample_weight = self._structure.pack(batch)
        variables = [*self._variables, self._model.metrics_variables]
        scope = self._scope(variables, values)
        with self._turned(settings), scope:
            y_pred = self._call(X, training=False)
            loss = self._model._compute_loss(x=X, y=y, y_pred=y_pred, sample_weight=sample_weight, training=False)
            self._track(loss, X)
            self._update_metrics(y, y_pred, sample_weight)
        *changed, metrics = scope.current(variables)
        return [*changed, settings, metrics]

    def predict(self, *lane: Any) -> Any:
        """What the model of one lane puts out."""
        *values, batch = lane
        with self._scope(self._variables[:2], values):
            return self._call(self._structure.inputs(batch), training=False)

    def metric_results(self, metrics: list[Any]) -> Any:
        """What the metrics of one lane have come to."""
        with self._scope([self._model.metrics_variables], [metrics]):
            return self._model.get_metrics_result()

    def _scope(self, variables: Sequence[Any], values: Sequence[Any]) -> LaneScope:
        return LaneScope(variables, values, self._meet_stranger)

    def _meet_stranger(self) -> None:
        self.knows_all_variables = False

    def _turned(self, settings: Sequence[Any]) -> AbstractContextManager[None]:
        return turned(self._knobs, [self._number(setting) for setting in settings])

    def _call(self, X: Any, *, training: bool) -> Any:
        return self._model(X, training=training) if self._model._call_has_training_arg else self._model(X)

    def _track(self, loss: Any, X: Any) -> None:
        self._model._loss_tracker.update_state(loss, sample_weight=ops.shape(keras.tree.flatten(X)[0])[0])

    def _update_metrics(self, y: Any, y_pred: Any, sample_weight: Any) -> None:
        if self._model._compile_metrics is not None:
            self._model._compile_metrics.update_state(y, y_pred, sample_weight=sample_weight)


def fresh_metrics(model: keras.Model) -> list[npt.NDArray[Any]]:
    """The variables of the metrics as an epoch begins."""
    model.reset_metrics()
    return [variable.numpy() for variable in model.metrics_variables]
