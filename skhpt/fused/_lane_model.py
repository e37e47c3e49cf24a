"""The model of one lane, as callbacks see it."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from skhpt._compat.keras_objects import TRAINABLE
from skhpt.estimators import ModelState, variables_of
from skhpt.exceptions import CannotFuseError
from skhpt.fused._model_settings import ModelSettings

_CONTENT = (
    keras.callbacks.CSVLogger,
    keras.callbacks.EarlyStopping,
    keras.callbacks.History,
    keras.callbacks.LearningRateScheduler,
    keras.callbacks.ReduceLROnPlateau,
    keras.callbacks.TensorBoard,
    keras.callbacks.TerminateOnNaN,
)
"""Callbacks of Keras' own that ask their model for no more than `LaneModel` has."""


def is_content(callback: keras.callbacks.Callback) -> bool:
    """Whether a callback is one of them. Others get a real model, and may change it."""
    is_known = isinstance(callback, _CONTENT) and type(callback).__module__.startswith("keras.")
    return is_known and not getattr(callback, "histogram_freq", 0)  # TensorBoard's, of the weights of each layer


_BEFORE_THE_FIRST_BATCH = ("on_train_begin", "on_epoch_begin")  # when Keras looks at what is to be trained
_TOO_LATE = TRAINABLE  # to Keras, it makes no difference afterwards


class LaneModel:
    """Stands for a `keras.Model` where a callback wants its weights, its learning rate, or to stop it.

    Other callbacks get that model itself, which is given the state of their lane before each call and read after it.

    Parameters
    ----------
    model : keras.Model
        Of the lane's candidate, which other lanes of it share.
    state : ModelState
        The lane's. Its lists are replaced, and never its arrays.
    """

    def __init__(self, model: keras.Model, state: ModelState) -> None:
        self._model = model
        self._variables = variables_of(model)
        self._places = _places(model)
        self._introduced: list[keras.callbacks.Callback] = []
        self.state = state
        self.changed = False
        self.stop_training = False
        self.optimizer = _LaneOptimizer(self)

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        """Of which callbacks read the names and the directions."""
        metrics: list[keras.metrics.Metric] = self._model.metrics
        return metrics

    def get_weights(self) -> list[npt.NDArray[Any]]:
        """As of `keras.Model`."""
        return [self.state.parts[part][place].copy() for part, place in self._places]

    def set_weights(self, weights: list[npt.NDArray[Any]]) -> None:
        """As of `keras.Model`."""
        for (part, place), value in zip(self._places, weights, strict=True):
            self.write(part, place, value)

    def write(self, part: int, place: int, value: Any) -> None:
        """Give a variable another value."""
        values = self.state.parts[part]
        values[place] = np.asarray(value, dtype=values[place].dtype)
        self.changed = True

    def call(self, callback: keras.callbacks.Callback, hook: str, *arguments: Any) -> None:
        """Call one of a callback's hooks."""
        if is_content(callback):
            self._introduce(callback, self)
            getattr(callback, hook)(*arguments)
            return
        self._model.stop_training = self.stop_training
        self.state.put_into(self._variables)
        before = ModelSettings(self._model)
        try:
            self._introduce(callback, self._model)
            getattr(callback, hook)(*arguments)
            changes = before.changes() - (set() if hook in _BEFORE_THE_FIRST_BATCH else _TOO_LATE)
            if changes or self._model.train_function is not None:
                raise CannotFuseError(f"the callback {type(callback).__name__} changes how the model is trained")
        finally:
            before.restore()
            self._model.train_function = None
        self.stop_training = self._model.stop_training
        self._take_back(ModelState.of(self._variables))

    def _introduce(self, callback: keras.callbacks.Callback, model: Any) -> None:
        """Set a callback's model, once: it may keep something of it."""
        if any(callback is known for known in self._introduced):
            return
        self._introduced.append(callback)
        if model is self and isinstance(callback, keras.callbacks.TensorBoard):
            self.state.put_into(self._variables)
            callback.set_model(self._model)  # of which it writes the configuration
            keras.callbacks.Callback.set_model(callback, self)
        else:
            callback.set_model(model)

    def forget(self, kind: type) -> None:
        """Set the model of callbacks of a class once more before they are called again."""
        self._introduced = [known for known in self._introduced if type(known) is not kind]

    def _take_back(self, state: ModelState) -> None:
        for part, (old, new) in enumerate(zip(self.state.parts[:3], state.parts[:3], strict=True)):
            for place, (before, after) in enumerate(zip(old, new, strict=True)):
                if not np.array_equal(before, after, equal_nan=after.dtype.kind == "f"):
                    self.write(part, place, after)


class _LaneOptimizer:
    """The part of a `keras.optimizers.Optimizer` that callbacks use."""

    def __init__(self, model: LaneModel) -> None:
        self._model = model
        optimizer = model._model.optimizer
        variables = optimizer.variables
        self._place = next((p for p, v in enumerate(variables) if v is optimizer._learning_rate), None)
        self._schedule: Any = optimizer._learning_rate  # or the variable itself
        self._iterations = next(p for p, v in enumerate(variables) if v is optimizer.iterations)

    # So that it counts as one to `isinstance`: TensorBoard writes the learning rate of nothing else.
    __class__: Any = property(lambda self: keras.optimizers.Optimizer)

    @property
    def iterations(self) -> Any:
        """How many steps were taken."""
        return self._model.state.optimizer[self._iterations]

    @property
    def learning_rate(self) -> Any:
        """In force now."""
        values = self._model.state.optimizer
        return self._schedule(values[self._iterations]) if self._place is None else values[self._place]

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        if self._place is None:
            # In the words of Keras, which refuses it too.
            raise TypeError(
                "This optimizer was created with a `LearningRateSchedule` object as its `learning_rate` constructor "
                "argument, hence its learning rate is not settable. If you need the learning rate to be settable, you "
                "should instantiate the optimizer with a float `learning_rate` argument."
            )
        self._model.write(2, self._place, value)


def _places(model: keras.Model) -> list[tuple[int, int]]:
    """Where each of the model's weights stands in a `ModelState`: which part, and at which place."""
    where = {
        id(variable): (part, place)
        for part, variables in enumerate(variables_of(model))
        for place, variable in enumerate(variables)
    }
    return [where[id(variable)] for variable in model.weights]
