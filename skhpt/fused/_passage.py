"""What each kind of layer makes of an axis on which networks differ: exactly, or not at all."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np

from skhpt._compat.keras import existing
from skhpt.exceptions import CannotFuseError
from skhpt.fused._axis import Axes, Axis, Part, is_padded

_OF_UNITS = (keras.layers.Dense, keras.layers.GRU, keras.layers.LSTM, keras.layers.SimpleRNN)
_OF_FILTERS = (keras.layers.Conv1D, keras.layers.Conv2D, keras.layers.Conv3D)
WIDTHS: dict[type, str] = {
    **dict.fromkeys(_OF_UNITS, "units"),
    **dict.fromkeys(_OF_FILTERS, "filters"),
    keras.layers.Embedding: "output_dim",
}
"""The layers that have a width, and what they call it."""

_GATES = {keras.layers.GRU: 3, keras.layers.LSTM: 4, keras.layers.SimpleRNN: 1}
_BY_ENTRY = (
    *(getattr(keras.layers, f"{kind}Pooling{n}D") for kind in ("Average", "Max") for n in (1, 2, 3)),
    *(getattr(keras.layers, f"Global{kind}Pooling{n}D") for kind in ("Average", "Max") for n in (1, 2, 3)),
    *(getattr(keras.layers, f"{name}{n}D") for name in ("Cropping", "UpSampling", "ZeroPadding") for n in (1, 2, 3)),
    keras.layers.ELU, keras.layers.Identity, keras.layers.LeakyReLU, keras.layers.ReLU,
    keras.layers.Dropout,
    keras.layers.SpatialDropout1D, keras.layers.SpatialDropout2D, keras.layers.SpatialDropout3D,
)  # fmt: skip
"""Layers without weights that make 0 of what is 0 in all rows, and of each entry something by itself."""

_OF_SEVERAL = (
    keras.layers.Add, keras.layers.Average, keras.layers.Maximum, keras.layers.Minimum, keras.layers.Multiply,
    keras.layers.Subtract,
)  # fmt: skip
_ACTIVATIONS = (
    "celu", "elu", "exponential", "gelu", "hard_shrink", "hard_sigmoid", "hard_silu", "hard_tanh", "leaky_relu",
    "linear", "log_sigmoid", "mish", "relu", "relu6", "selu", "sigmoid", "silu", "soft_shrink", "softplus", "softsign",
    "sparse_plus", "sparse_sigmoid", "squareplus", "tanh", "tanh_shrink",
)  # fmt: skip
_BY_ENTRY_FUNCTIONS = set(existing(keras.activations, *_ACTIVATIONS))
_REGULARIZERS = (keras.regularizers.L1, keras.regularizers.L2, keras.regularizers.L1L2)
_CONSTRAINTS = (
    keras.constraints.MaxNorm, keras.constraints.MinMaxNorm, keras.constraints.NonNeg, keras.constraints.UnitNorm,
)  # fmt: skip


@dataclass(frozen=True)
class Passage:
    """How networks of different widths pass a layer.

    Parameters
    ----------
    axis : Axis or None
        The last one of what the layer puts out.
    variables : mapping of str to Axes
        The axes of the layer's variables, by name, as far as networks differ in them.
    leaks : bool
        Whether it puts out anything but 0 where a network has no entries of its own.
    """

    axis: Axis | None = None
    variables: Mapping[str, Axes] = field(default_factory=dict)
    leaks: bool = False


def passage(layer: Any, own: Axis | None, inputs: Sequence[Axis | None], shapes: Sequence[Any]) -> Passage:
    """How networks of different widths pass a layer.

    Parameters
    ----------
    layer : keras.layers.Layer or keras.Operation
        Of one of the networks.
    own : Axis or None
        Of the width of the layer itself; None if it has none.
    inputs : sequence of Axis or None
        The last axes of what goes into it.
    shapes : sequence of tuple
        The shapes of that.

    Raises
    ------
    CannotFuseError
        If what it does to a narrow network in a wide one is not just what it does to the narrow one.
    """
    if not any(map(is_padded, (own, *inputs))):
        return Passage()
    rule = next((rule for kinds, rule in _RULES if type(layer) in kinds), None)
    if rule is None:
        raise CannotFuseError(f"{type(layer).__name__} works across an axis whose width differs")
    result = rule(layer, own, inputs, shapes)
    _check_penalties(layer, result)
    return result


def _check_penalties(layer: Any, result: Passage) -> None:
    """Raise for regularizers and constraints to which zeros beside the weights make a difference."""
    of_cell = vars(getattr(layer, "cell", layer))  # of a recurrent layer: all but the activity regularizer
    for name, value in [*of_cell.items(), *vars(layer).items()]:
        known = {"regularizer": _REGULARIZERS, "constraint": _CONSTRAINTS}.get(name.rpartition("_")[2])
        if known is not None and value is not None and type(value) not in known:
            raise CannotFuseError(f"{type(value).__name__} works across an axis whose width differs")
        # To JAX, the slope of |x| at 0 is 1: zeros would not stay zeros.
        if getattr(value, "l1", 0) and keras.backend.backend() == "jax":
            raise CannotFuseError("on JAX an L1 penalty moves what is 0")
    if result.leaks and getattr(layer, "activity_regularizer", None) is not None:
        raise CannotFuseError(f"an activity regularizer would count what {_name(layer.activation)} makes of 0")


def _check_by_entry(activation: Callable[..., Any]) -> None:
    if activation not in _BY_ENTRY_FUNCTIONS:
        raise CannotFuseError(f"the activation {_name(activation)} works across an axis whose width differs")


def _unlike_zero(activation: Callable[..., Any]) -> bool:
    """Whether an activation, of each entry by itself, makes something else of 0."""
    _check_by_entry(activation)
    return bool(np.any(keras.ops.convert_to_numpy(activation(keras.ops.zeros(1)))))


def _name(activation: Any) -> str:
    return getattr(activation, "__name__", type(activation).__name__)


def _check_channels_last(layer: Any) -> None:
    if getattr(layer, "data_format", "channels_last") != "channels_last":
        raise CannotFuseError(f"{type(layer).__name__} has its channels first")


def _into_units(layer: Any, own: Axis | None, inputs: Sequence[Axis | None], shapes: Sequence[Any]) -> Passage:
    """Dense layers and convolutions."""
    (axis,) = inputs
    if getattr(layer, "groups", 1) != 1 or getattr(layer, "lora_rank", None):
        raise CannotFuseError(f"{type(layer).__name__} has groups of channels, or a low rank")
    _check_channels_last(layer)
    leaks = is_padded(own) and _unlike_zero(layer.activation)
    before = [None] * (len(getattr(layer, "kernel_size", ())))
    return Passage(own, {"kernel": (*before, axis, own), "bias": (own,)}, leaks)


def _into_embedding(layer: Any, own: Axis | None, inputs: Sequence[Axis | None], shapes: Sequence[Any]) -> Passage:
    if layer.mask_zero or any(map(is_padded, inputs)):
        raise CannotFuseError("Embedding has mask_zero, or embeds what a layer of another width puts out")
    return Passage(own, {"embeddings": (None, own)})


def _into_memory(layer: Any, own: Axis | None, inputs: Sequence[Axis | None], shapes: Sequence[Any]) -> Passage:
    """Recurrent layers: what is 0 in their state stays 0, as each gate only scales it."""
    axis, name = inputs[0], type(layer).__name__
    if len(inputs) > 1 or layer.return_state or layer.dropout or layer.recurrent_dropout:
        raise CannotFuseError(f"{name} is given a state, returns its own, or draws for dropout by its width")
    _check_by_entry(getattr(layer, "recurrent_activation", layer.activation))
    if is_padded(own) and _unlike_zero(layer.activation):
        raise CannotFuseError(f"{name} remembers what {_name(layer.activation)} makes of 0")
    gates = None if own is None else own * _GATES[type(layer)]
    bias = (None, gates) if getattr(layer, "reset_after", False) else (gates,)
    return Passage(own, {"kernel": (axis, gates), "recurrent_kernel": (own, gates), "bias": bias})


def _by_entry(layer: Any, own: Axis | None, inputs: Sequence[Axis | None], shapes: Sequence[Any]) -> Passage:
    _check_channels_last(layer)
    if getattr(layer, "noise_shape", None) is not None:
        raise CannotFuseError(f"{type(layer).__name__} has a noise_shape")
    if getattr(layer, "threshold", 0):
        raise CannotFuseError(f"{type(layer).__name__} has a threshold")
    return Passage(inputs[0])


def _activated(layer: Any, own: Axis | None, inputs: Sequence[Axis | None], shapes: Sequence[Any]) -> Passage:
    return Passage(inputs[0], leaks=_unlike_zero(layer.activation))


def _normalised(layer: Any, own: Axis | None, inputs: Sequence[Axis | None], shapes: Sequence[Any]) -> Passage:
    """Batch normalisation: with no scale and no shift of its own, what is 0 in all rows is left at 0."""
    (axis,) = inputs
    if layer.axis not in (-1, len(shapes[0]) - 1):
        raise CannotFuseError("BatchNormalization is along another axis than the last")
    if not layer.epsilon:
        raise CannotFuseError("BatchNormalization has an epsilon of 0, by which it would divide what is 0")
    return Passage(axis, dict.fromkeys(("gamma", "beta", "moving_mean", "moving_variance"), (axis,)))


def _flattened(layer: Any, own: Axis | None, inputs: Sequence[Axis | None], shapes: Sequence[Any]) -> Passage:
    _check_channels_last(layer)
    axis, shape = inputs[0] or (), shapes[0]
    if None in shape[1:]:
        raise CannotFuseError("Flatten has rows of any length before it")
    return Passage(axis * math.prod(shape[1:-1]))


def _of_several(layer: Any, own: Axis | None, inputs: Sequence[Axis | None], shapes: Sequence[Any]) -> Passage:
    if len(set(inputs)) > 1:
        raise CannotFuseError(f"{type(layer).__name__} has inputs of different widths")
    return Passage(inputs[0])


def _joined(layer: Any, own: Axis | None, inputs: Sequence[Axis | None], shapes: Sequence[Any]) -> Passage:
    if layer.axis not in (-1, len(shapes[0]) - 1):
        return _of_several(layer, own, inputs, shapes)
    if any(shape[-1] is None for shape in shapes):
        raise CannotFuseError("Concatenate has inputs of any width")
    every = ((Part(shape[-1]),) if axis is None else axis for axis, shape in zip(inputs, shapes, strict=True))
    return Passage(tuple(part for axis in every for part in axis))


_RULES: list[tuple[Any, Callable[..., Passage]]] = [
    ({keras.layers.Dense, *_OF_FILTERS}, _into_units),
    ({keras.layers.Embedding}, _into_embedding),
    (_GATES, _into_memory),
    (_BY_ENTRY, _by_entry),
    ({keras.layers.Activation}, _activated),
    ({keras.layers.BatchNormalization}, _normalised),
    ({keras.layers.Flatten}, _flattened),
    (_OF_SEVERAL, _of_several),
    ({keras.layers.Concatenate}, _joined),
]
