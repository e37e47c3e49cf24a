"""A model in which models of the same architecture have room that differ in the widths of their layers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import keras

from skhpt._compat.keras_objects import compile_config, learning_rate_of
from skhpt.estimators import ModelState, faithful_copy, fresh_metric_names, seeded, without_loading_tensorflow
from skhpt.exceptions import CannotFuseError
from skhpt.fused._architecture import widths_of
from skhpt.fused._axis import Axes, Axis, Length, Widths, is_padded
from skhpt.fused._live import LIVE, Live, LiveDropout, LiveSpatialDropout
from skhpt.fused._passage import WIDTHS, passage
from skhpt.fused._room import Room
from skhpt.fused._settings import settings_of
from skhpt.fused._wide_state import WideState

_BY_WEIGHT = (
    keras.optimizers.Adadelta, keras.optimizers.Adagrad, keras.optimizers.Adam, keras.optimizers.Adamax,
    keras.optimizers.AdamW, keras.optimizers.Lion, keras.optimizers.RMSprop, keras.optimizers.SGD,
)  # fmt: skip
"""Optimizers that leave a weight at 0 whose gradients are 0, and know of others only the norms of their gradients, to
which zeros add nothing."""


class WideModel:
    """A model that is as wide as the widest of others in each of its layers.

    A narrow model stands in it as its first units or filters, among weights that are 0. They stay 0, as what goes into
    them and what comes back to them is 0: by itself where activations make 0 of 0, otherwise by layers in between.

    Parameters
    ----------
    model : keras.Model
        One of them: built and compiled, of Keras' own parts.
    room : Room
        For models of which widths.

    Attributes
    ----------
    model : keras.Model
        Built and compiled.
    room : Room
        As given.

    Raises
    ------
    CannotFuseError
        If a narrow model would not learn just what it does by itself.
    """

    def __init__(self, model: keras.Model, room: Room) -> None:
        _check_optimizer(model.optimizer)
        self.room = room
        widening = _Widening(model, room)
        self.model = widening.model
        self._kernels = [
            ([Length.along(n, axis) for n, axis in zip(shape, axes, strict=True)], n_times)
            for shape, axes, n_times in widening.kernels
        ]
        self._state = WideState(self.model, widening.axes)
        self._state.check(model, widths_of(model))

    def widths_of(self, state: ModelState) -> Widths:
        """The widths of the model that a state is of."""
        return tuple(
            width if like is None else self._state.width(state, like)
            for width, like in zip(self.room.widths, self.room.like, strict=True)
        )

    def n_products(self, widths: Widths) -> int:
        """How many numbers a model of these widths multiplies for a row."""
        return sum(n_times * math.prod(length.of(widths) for length in shape) for shape, n_times in self._kernels)

    def padded(self, state: ModelState, widths: Widths) -> ModelState:
        """The state of a model of these widths as this one has it."""
        return self._state.padded(state, widths)

    def cropped(self, state: ModelState, widths: Widths) -> ModelState:
        """The state of a model of these widths, out of what this one has."""
        return self._state.cropped(state, widths)


class _Widening:
    """Builds the wide model.

    Attributes
    ----------
    model : keras.Model
        The wide one.
    axes : dict of int to Axes
        By the id of a variable along which models differ.
    kernels : list of (shape, Axes, int)
        What is multiplied, and how often for each row.
    """

    def __init__(self, model: keras.Model, room: Room) -> None:
        layers = [layer for layer in model.layers if type(layer) in WIDTHS]
        self._own: dict[Any, Axis | None] = {layer: room.axis(number) for number, layer in enumerate(layers)}
        self._passed: dict[int, tuple[Any, Axis | None]] = {}  # by the id of a tensor, which is kept for that
        self._twins: dict[Any, tuple[Any, Axis | None]] = {}  # with the axis where they were first called
        self.axes: dict[int, Axes] = {}
        self.kernels: list[tuple[Sequence[int], Axes, int]] = []
        with seeded(0), fresh_metric_names(), without_loading_tensorflow():
            self.model = self._widened(model)
            _compile_alike(self.model, model)
        in_order = [self._twins[layer][0] for layer in model.layers if layer in self._twins]
        if in_order != [layer for layer in self.model.layers if layer in in_order]:
            raise CannotFuseError("its layers, with those in between, stand in another order")
        if any(is_padded(self._axis(tensor)) for tensor in self.model.outputs):
            raise CannotFuseError("what the model puts out has a width that differs")

    def _widened(self, model: keras.Model) -> keras.Model:
        if not isinstance(model, keras.Sequential):
            return keras.models.clone_model(model, clone_function=_itself, call_function=self._call)
        tensor = inputs = keras.Input(batch_shape=model.inputs[0].shape, dtype=model.inputs[0].dtype)
        for layer in model.layers:
            tensor = self._call(layer, tensor)
        return keras.Model(inputs, tensor)

    def _call(self, layer: Any, *args: Any, **kwargs: Any) -> Any:
        """Call what a layer of the narrow model becomes, and find out how models pass it."""
        # A mask is as wide as what it was made from, whose width does not differ: nothing that makes one has a rule.
        without_mask = {name: value for name, value in kwargs.items() if name != "mask"}
        inputs = [
            tensor for tensor in keras.tree.flatten([args, without_mask]) if isinstance(tensor, keras.KerasTensor)
        ]
        axes = [self._axis(tensor) for tensor in inputs]
        passed = passage(layer, self._own.get(layer), axes, [tensor.shape for tensor in inputs])
        twin = self._twin(layer, passed.axis)
        if not isinstance(twin, keras.layers.Layer):
            return twin(*args, **kwargs)  # an operation, which has no variables
        outputs = twin(*args, **kwargs)
        _set_alike(twin, layer)
        self._note(twin, {LIVE: (passed.axis,), **passed.variables})
        if type(layer) in WIDTHS:
            self.kernels += [
                (variable.shape, self.axes[id(variable)], _n_places(layer, inputs, outputs))
                for variable in twin.trainable_variables
            ]
        if passed.leaks:
            live = Live(twin.dtype_policy)
            outputs = live(outputs)
            self._note(live, {LIVE: (passed.axis,)})
        for tensor in keras.tree.flatten(outputs):
            self._passed[id(tensor)] = (tensor, passed.axis)
        return outputs

    def _axis(self, tensor: Any) -> Axis | None:
        return self._passed[id(tensor)][1] if id(tensor) in self._passed else None

    def _twin(self, layer: Any, axis: Axis | None) -> Any:
        """What a layer becomes, which is the same wherever it is called."""
        if layer not in self._twins:
            self._twins[layer] = self._made(layer, axis), axis
        twin, first_axis = self._twins[layer]
        if isinstance(layer, keras.layers.Dropout) and axis != first_axis:
            raise CannotFuseError(f"{type(layer).__name__} is used in places of different widths")
        return twin

    def _made(self, layer: Any, axis: Axis | None) -> Any:
        config = layer.get_config()
        if isinstance(layer, keras.layers.Dropout) and is_padded(axis):
            config.pop("data_format", None)
            kind = LiveDropout if type(layer) is keras.layers.Dropout else LiveSpatialDropout
            return kind.from_config(config)
        if (own := self._own.get(layer)) is not None:
            config[WIDTHS[type(layer)]] = own[0].size
        return type(layer).from_config(config)

    def _note(self, twin: Any, of_variables: Any) -> None:
        """Note the axes of a layer's variables."""
        for variable in twin.variables:
            axes = of_variables.get(variable.name, (None,) * len(variable.shape))
            if self.axes.setdefault(id(variable), axes) != axes:
                raise CannotFuseError(f"{type(twin).__name__} is used in places of different widths")


def _n_places(layer: Any, inputs: Sequence[Any], outputs: Any) -> int:
    """For how many places of a row a layer does the same: of an image, or of a sequence."""
    if isinstance(layer, keras.layers.Embedding):
        return 0  # it multiplies nothing
    (before, *_), after = inputs, outputs
    shape = before.shape if isinstance(layer, keras.layers.RNN) else after.shape
    return math.prod(size or 1 for size in shape[1:-1]) if len(shape) > 2 else 1


def _set_alike(twin: Any, layer: Any) -> None:
    """Give a layer's variables what was set on those of another: in no configuration stands what was set later."""
    own = [variable for variable in twin.weights if variable.name != LIVE]
    for variable, other in zip(own, layer.weights, strict=True):
        variable.regularizer, variable.constraint = other.regularizer, other.constraint
        if variable.trainable != other.trainable:
            variable.trainable = other.trainable


def _compile_alike(wide: keras.Model, model: keras.Model) -> None:
    """Compile a model with the same losses and metrics as another, and with an optimizer that does the same."""
    arguments = compile_config(model)
    metrics = {name: faithful_copy(arguments.get(name)) for name in ("metrics", "weighted_metrics")}
    optimizer = _made_again(model.optimizer)
    wide.compile(**arguments | metrics | {"optimizer": optimizer})
    optimizer.build(wide.trainable_variables)
    if settings_of(optimizer) != settings_of(model.optimizer):
        raise CannotFuseError(f"the optimizer {type(optimizer).__name__} can't be made again")


def _made_again(optimizer: Any) -> Any:
    """A new optimizer by the configuration of one of Keras' own, with the same schedule of its learning rate."""
    config = optimizer.get_config()
    if isinstance(learning_rate_of(optimizer), keras.optimizers.schedules.LearningRateSchedule):
        config["learning_rate"] = learning_rate_of(optimizer)
    return type(optimizer).from_config(config)


def _itself(layer: Any) -> Any:
    return layer


def _check_optimizer(optimizer: Any) -> None:
    name = type(optimizer).__name__
    if type(optimizer) not in _BY_WEIGHT:
        raise CannotFuseError(f"the optimizer {name} may take all of a layer's weights into account at once")
    if getattr(optimizer, "epsilon", None) == 0:
        raise CannotFuseError(f"the optimizer {name} has an epsilon of 0, by which it would divide what is 0")
    if any(value for attribute, value in vars(optimizer).items() if "exclude" in attribute):
        raise CannotFuseError(f"the optimizer {name} leaves weights out of its decay")
