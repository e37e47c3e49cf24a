"""Which models one program can train."""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterator
from typing import Any

import keras
import numpy as np

from skhpt.estimators import variables_of, without_loading_tensorflow
from skhpt.fused._knobs import knobs_of, turned
from skhpt.fused._passage import WIDTHS

_NAMES = {"name", "keras_history", "input_layers", "output_layers"}  # where a configuration has names of layers


def signature(model: keras.Model, birth: Hashable) -> Hashable:
    """A key that two models have in common only if a step of training is the same function of their variables.

    Parameters
    ----------
    model : keras.Model
        Built and compiled.
    birth : hashable
        What the model was built from but for the seed. Two models of the same birth are the same anyway; of different
        ones it can only be told if all of their parts are Keras' own, whose configurations are complete.
    """
    shapes = tuple((tuple(v.shape), v.dtype) for part in variables_of(model) for v in part)
    return shapes, description_of(model) or ("birth", birth)


def description_of(model: keras.Model, *, widths: bool = True) -> str | None:
    """Everything that decides what a step does, of a model that is all Keras' own; else None.

    Knobs that are turned are part of it only as such: what they are turned to may be an input of the program.

    Parameters
    ----------
    model : keras.Model
        Built and compiled.
    widths : bool, default=True
        Whether it says how wide layers are. Without, it is the same for models that one wide model may have room for.
    """
    knobs = knobs_of(model)
    with turned(knobs, [0.5] * len(knobs)):
        return _description(model, widths)


@without_loading_tensorflow()
def _description(model: keras.Model, widths: bool) -> str | None:
    if type(model) not in (keras.Sequential, keras.Model) and type(model).__module__.partition(".")[0] != "keras":
        return None
    if not all(_is_keras_own(part) for part in _parts(model)):
        return None
    try:
        layers, compiled = model.get_config(), dict(model.get_compile_config())
    except (NotImplementedError, TypeError, ValueError):
        return None
    if not widths:
        layers = _without_widths(layers)
    compiled["optimizer"] = _optimizer_config(model.optimizer)
    outputs = model.output_names if len(model.outputs) > 1 else None  # the logs have them
    inputs = [tensor.name for tensor in model.inputs] if len(model.inputs) > 1 else None  # rows go to them by name
    named = [*model._flatten_layers(), *getattr(model, "operations", ())]  # operations have names too
    numbers = {part.name: f"layer {number}" for number, part in enumerate(named)}
    return json.dumps([_anonymous(layers, numbers), compiled, inputs, outputs], sort_keys=True, default=repr)


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


def _parts(model: keras.Model) -> Iterator[Any]:
    yield model.optimizer
    config = model._compile_config.config
    compiled = keras.tree.flatten([config.get(name) for name in ("loss", "metrics", "weighted_metrics")])
    for part in (*compiled, *model._flatten_layers()):
        yield part
        # The functions that it is made of, and what it was adapted to, which is in no variable.
        yield from (v for v in getattr(part, "__dict__", {}).values() if callable(v) or _is_array(v))


def _is_keras_own(part: Any) -> bool:
    if part is None or isinstance(part, (str, int, float, keras.Variable)):
        return True
    if isinstance(part, keras.layers.Lambda) or _is_array(part):
        return False
    definition = part if isinstance(getattr(part, "__module__", None), str) else type(part)
    return str(definition.__module__).startswith("keras.")


def _is_array(value: Any) -> bool:
    return isinstance(value, np.ndarray) or bool(keras.ops.is_tensor(value))


def _optimizer_config(optimizer: Any) -> Any:
    """All but the learning rate, if that is a variable; each lane has its own value of it."""
    config = {name: value for name, value in optimizer.get_config().items() if name != "name"}
    if isinstance(optimizer._learning_rate, keras.Variable):
        config = {**config, "learning_rate": "a variable"}
    exceptions = {name: repr(value) for name, value in vars(optimizer).items() if "exclude" in name}
    return type(optimizer).__name__, config, exceptions


def _anonymous(config: Any, numbers: dict[str, str], *, is_name: bool = False) -> Any:
    """Layers by their places instead of their names, and without what only their variables have from."""
    if isinstance(config, dict):
        kept = {key: entry for key, entry in config.items() if key != "seed" and not key.endswith("initializer")}
        return {str(key): _anonymous(entry, numbers, is_name=key in _NAMES) for key, entry in kept.items()}
    if isinstance(config, (list, tuple)):
        return [_anonymous(entry, numbers, is_name=is_name) for entry in config]
    return numbers.get(config, config) if is_name and isinstance(config, str) else config
