"""What a model holds besides its variables, that a callback may change."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np

from skhpt._compat.keras_objects import compile_config, layers_of, loss_arguments

_PLAIN = (str, int, float, bool, complex, type(None), np.ndarray, np.generic)
_OF_A_CALL = {
    "_called", "built", "history", "predict_function", "stop_training", "test_function", "train_function",
}  # fmt: skip
"""What Keras itself sets as it trains or evaluates."""

_OF_VARIABLES = ("regularizer", "constraint", "trainable")


class ModelSettings:
    """The attributes of a model's parts at a point in time: numbers, functions, regularizers, who is trained.

    Keras reads them while it traces the training, before the first batch. Whoever changes them later changes nothing in
    a training that is under way, but all that is traced after it.

    Parameters
    ----------
    model : keras.Model
        Built and compiled.
    """

    def __init__(self, model: keras.Model) -> None:
        self._model = model
        self._optimizer = model.optimizer
        self._attributes = [(part, dict(_attributes(part))) for part in _parts(model)]
        self._variables = [
            (variable, {name: getattr(variable, name, None) for name in _OF_VARIABLES}) for variable in model.weights
        ]

    def changes(self) -> set[str]:
        """The names of those that are others now."""
        changed = {
            name
            for part, before in self._attributes
            for name, value in dict(_attributes(part)).items()
            if name in before and not _same_value(before[name], value)
        }
        for variable, values in self._variables:
            changed |= {name for name, value in values.items() if getattr(variable, name, None) is not value}
        if self._model.optimizer is not self._optimizer:
            changed.add("optimizer")
        return changed

    def restore(self) -> None:
        """Have them as they were; but for a new optimizer, with which nobody goes on."""
        for part, before in self._attributes:
            vars(part).update({name: before[name] for name in dict(_attributes(part)) if name in before})
        for variable, values in self._variables:
            for name, value in values.items():
                if getattr(variable, name, None) is not value:
                    setattr(variable, name, value)


def _parts(model: keras.Model) -> Iterator[Any]:
    """Its layers, its optimizer and its losses, and the regularizers, cells and schedules that these hold."""
    config = compile_config(model)
    losses = [loss for loss in keras.tree.flatten(config.get("loss")) if hasattr(loss, "__dict__")]
    for part in (*layers_of(model), model.optimizer, *losses):
        yield part
        for value in list(vars(part).values()):
            if isinstance(value, _HELD):
                yield value


_HELD = (
    keras.regularizers.Regularizer, keras.constraints.Constraint, keras.optimizers.schedules.LearningRateSchedule,
    keras.optimizers.Optimizer,
)  # fmt: skip


def _attributes(part: Any) -> Iterator[tuple[str, Any]]:
    for name, value in vars(part).items():
        if name in _OF_A_CALL:
            continue
        if isinstance(value, dict) and value is loss_arguments(part):
            yield name, dict(value)
        elif isinstance(value, _PLAIN) or callable(value):
            yield name, value


def _same_value(value: Any, other: Any) -> bool:
    if value is other:
        return True
    if type(value) is not type(other) or not isinstance(value, (*_PLAIN, dict)):
        return False
    return bool(np.array_equal(value, other)) if isinstance(value, np.ndarray) else bool(value == other)
