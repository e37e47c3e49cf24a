"""Numbers of a model, its optimizer and its loss that candidates may differ in and yet share a program."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import keras

from skhpt.fused._live import LiveDropout, LiveSpatialDropout

_DROPOUT = (
    keras.layers.Dropout,
    keras.layers.SpatialDropout1D,
    keras.layers.SpatialDropout2D,
    keras.layers.SpatialDropout3D,
    LiveDropout,
    LiveSpatialDropout,
)
_OF_OPTIMIZER = {
    keras.optimizers.Adam: ("beta_1", "beta_2", "epsilon", "weight_decay"),
    keras.optimizers.AdamW: ("beta_1", "beta_2", "epsilon", "weight_decay"),
    keras.optimizers.RMSprop: ("rho", "momentum", "epsilon", "weight_decay"),
    keras.optimizers.SGD: ("momentum", "weight_decay"),
}
_OF_REGULARIZER = {
    keras.regularizers.L1: ("l1",),
    keras.regularizers.L2: ("l2",),
    keras.regularizers.L1L2: ("l1", "l2"),
}


@dataclass(frozen=True)
class Knob:
    """A number that a step of training reads, and which is not 0: at 0, Keras leaves out what it is for.

    Parameters
    ----------
    owner : object
        A layer, a regularizer, an optimizer or a loss.
    name : str
        Of the attribute.
    """

    owner: Any
    name: str

    @property
    def value(self) -> float:
        """As it is set."""
        return float(getattr(self.owner, self.name))

    def turn(self, value: Any) -> None:
        """Set it, to a number or to what stands for one in a program."""
        vars(self.owner)[self.name] = value
        if self.name in getattr(self.owner, "_fn_kwargs", ()):  # what a loss hands on to its function
            self.owner._fn_kwargs[self.name] = value


def knobs_of(model: keras.Model) -> list[Knob]:
    """The knobs of a built and compiled model, in an order that is the same for all of its architecture."""
    if any(variable.dtype != "float32" for variable in model.trainable_variables):
        return []  # what Keras makes of a number and such a variable depends on the number's own type
    return [Knob(owner, name) for owner, name in _places(model) if getattr(owner, name, None)]


def _places(model: keras.Model) -> Iterator[tuple[Any, str]]:
    regularizers = [variable.regularizer for variable in model.trainable_variables]
    for layer in model._flatten_layers():
        if type(layer) in _DROPOUT:
            yield layer, "rate"
        regularizers.append(layer.activity_regularizer)
    # One that is used in several places counts in each: in a copy of the model, each place has one of its own.
    for regularizer in regularizers:
        yield from ((regularizer, name) for name in _OF_REGULARIZER.get(type(regularizer), ()))
    yield from ((model.optimizer, name) for name in _OF_OPTIMIZER.get(type(model.optimizer), ()))
    for loss in keras.tree.flatten(model.loss):
        if "label_smoothing" in getattr(loss, "_fn_kwargs", ()):
            yield loss, "label_smoothing"


@contextmanager
def turned(knobs: Sequence[Knob], values: Sequence[Any]) -> Iterator[None]:
    """Have the knobs at other values for a while."""
    before = [knob.value for knob in knobs]
    for knob, value in zip(knobs, values, strict=True):
        knob.turn(value)
    try:
        yield
    finally:
        for knob, value in zip(knobs, before, strict=True):
            knob.turn(value)
