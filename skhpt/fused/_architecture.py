"""What models have in common that differ in the widths of their layers."""

from __future__ import annotations

import json
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from skhpt._compat.keras_objects import compile_config, layers_of
from skhpt.estimators import without_loading_tensorflow
from skhpt.fused._axis import Widths
from skhpt.fused._passage import WIDTHS
from skhpt.fused._settings import settings_of

_NAMES = {"name", "keras_history", "input_layers", "output_layers"}  # where a configuration has names of layers


@dataclass(frozen=True)
class Architecture:
    """A model of Keras' own parts, by its configuration.

    It only tells who may be packed: whether a packed lane trains as its own model does is looked at when it is.

    Parameters
    ----------
    key : hashable
        What models have in common that may be packed together.
    numbers : tuple of float
        In which they may differ, in the order in which they come.
    widths : Widths
        Those of its layers, in which they may differ too.
    """

    key: Hashable
    numbers: tuple[float, ...]
    widths: Widths


@without_loading_tensorflow()
def architecture_of(model: keras.Model) -> Architecture | None:
    """The architecture of a built and compiled model; None if it has parts that are not Keras' own."""
    if type(model) not in (keras.Sequential, keras.Model) and type(model).__module__.partition(".")[0] != "keras":
        return None
    layers = layers_of(model)
    if not all(map(_is_keras_own, layers)):
        return None
    compiled = {name: value for name, value in compile_config(model).items() if name != "optimizer"}
    variables = [(variable.regularizer, variable.constraint, variable.trainable) for variable in model.weights]
    settings = [settings_of(part) for part in (compiled, variables, model.optimizer)]
    if None in settings:
        return None
    try:
        config = _without_widths(model.get_config())
    except (NotImplementedError, TypeError, ValueError):
        return None
    outputs = model.output_names if len(model.outputs) > 1 else None  # the logs have them
    named = [*layers, *getattr(model, "operations", ())]  # operations have names too
    places = {part.name: f"layer {number}" for number, part in enumerate(named)}
    described = json.dumps([_anonymous(config, places), outputs], sort_keys=True, default=repr)
    numbers: list[float] = []
    key = _without_numbers([json.loads(described), *settings], numbers)
    return Architecture(key, tuple(numbers), widths_of(model))


def widths_of(model: keras.Model) -> Widths:
    """The widths of a model's layers."""
    return tuple(getattr(layer, WIDTHS[type(layer)]) for layer in model.layers if type(layer) in WIDTHS)


def _without_numbers(value: Any, numbers: list[float]) -> Hashable:
    """The same with a mark for each number that is not 0: at 0, Keras leaves out what it is for."""
    if isinstance(value, float) and value:
        numbers.append(value)
        return "a number"
    if isinstance(value, dict):
        return tuple((name, _without_numbers(entry, numbers)) for name, entry in value.items())
    return tuple(_without_numbers(entry, numbers) for entry in value) if isinstance(value, (list, tuple)) else value


def _without_widths(config: dict[str, Any]) -> Any:
    """The layers of a model, without what follows from their widths."""
    named = {kind.__name__: name for kind, name in WIDTHS.items()}

    def of_layer(layer: dict[str, Any]) -> dict[str, Any]:
        width = named.get(layer["class_name"])
        return {**layer, "config": {key: value for key, value in layer["config"].items() if key != width}}

    return _without_shapes({**config, "layers": [of_layer(layer) for layer in config["layers"]]})


def _without_shapes(config: Any) -> Any:
    """Without those of the tensors between layers."""
    if isinstance(config, dict):
        of_tensor = {"shape"} if "keras_history" in config else set()
        needless = {"build_config"} | of_tensor
        return {key: _without_shapes(entry) for key, entry in config.items() if key not in needless}
    return [_without_shapes(entry) for entry in config] if isinstance(config, (list, tuple)) else config


def _is_keras_own(layer: Any) -> bool:
    """Whether a layer and its parts are Keras' own, and it holds no arrays, which no configuration has."""
    if isinstance(layer, keras.layers.Lambda):
        return False
    held = [value for value in vars(layer).values() if callable(value) or _is_array(value)]
    return all(_is_of_keras(part) for part in (layer, *held))


def _is_of_keras(part: Any) -> bool:
    definition = part if isinstance(getattr(part, "__module__", None), str) else type(part)
    is_variable = isinstance(part, keras.Variable)
    return is_variable or (not _is_array(part) and str(definition.__module__).startswith("keras."))


def _is_array(value: Any) -> bool:
    return isinstance(value, np.ndarray) or bool(keras.ops.is_tensor(value))


def _anonymous(config: Any, places: dict[str, str], *, is_name: bool = False) -> Any:
    """Layers by their places instead of their names, and without what only their variables have from."""
    if isinstance(config, dict):
        kept = {key: entry for key, entry in config.items() if key != "seed" and not key.endswith("initializer")}
        return {str(key): _anonymous(entry, places, is_name=key in _NAMES) for key, entry in kept.items()}
    if isinstance(config, (list, tuple)):
        return [_anonymous(entry, places, is_name=is_name) for entry in config]
    return places.get(config, config) if is_name and isinstance(config, str) else config
