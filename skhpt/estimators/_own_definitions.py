"""What a model has of the user's own: names, classes, functions, and state that Keras does not know."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from typing import Any

import keras

from skhpt._compat.backend import has_hidden_state
from skhpt._compat.keras import snake_case
from skhpt._compat.keras_objects import compile_config, history_of, layers_of


def stable_names(model: keras.Model) -> dict[str, str]:
    """For outputs of a model with several whose names Keras made up, names that are the same in every process.

    Returns
    -------
    dict of str to str
        From ``dense_7`` to ``output_0``, the place among the outputs. The longest names are first: no name comes
        before one that begins with it.
    """
    outputs = getattr(model, "outputs", None) or []
    if len(outputs) < 2:
        return {}
    made_up = {
        name: f"output_{place}"
        for place, (name, output) in enumerate(zip(model.output_names, outputs, strict=True))
        if re.fullmatch(rf"{snake_case(type(history_of(output).operation).__name__)}(_\d+)?", name)
    }
    return dict(sorted(made_up.items(), key=lambda item: -len(item[0])))


def unregistered_objects(model: keras.Model) -> dict[str, Any]:
    """The classes and functions in a model, by name, that Keras would not find when it reads the model."""
    registered = list(keras.saving.get_custom_objects().values())
    return {what.__name__: what for what in _own_definitions(model) if what not in registered}


def _own_definitions(model: keras.Model) -> set[Any]:
    """The classes and functions in a model that are not Keras'."""
    config = compile_config(model)
    layers = layers_of(model)
    activations = (getattr(layer, "activation", None) for layer in layers)
    parts = [
        *layers,
        *activations,
        getattr(model, "optimizer", None),
        *keras.tree.flatten([config.get("loss"), config.get("metrics")]),
    ]
    definitions = {part if inspect.isroutine(part) or isinstance(part, type) else type(part) for part in parts}
    return {what for what in definitions if not what.__module__.startswith(("keras.", "builtins", "functools"))}


def has_unknown_state(model: keras.Model) -> bool:
    """Whether a model that was trained has, or may have, a state that is in none of the variables that Keras knows."""
    own_code = _own_definitions(model) or any(isinstance(layer, keras.layers.Lambda) for layer in layers_of(model))
    return bool(own_code) and has_hidden_state(model)


class CustomObjects:
    """Classes and functions that Keras gets to know, by their names, when this is unpickled; until `forget`.

    A pickle holds what is needed to read it: put before a model, this lets Keras find what is in it.
    """

    def __init__(self, objects: Mapping[str, Any]) -> None:
        self._objects = dict(objects)
        self._before: dict[str, Any] = {}

    def __getstate__(self) -> dict[str, Any]:
        return {"objects": self._objects}

    def __setstate__(self, state: dict[str, Any]) -> None:
        known = keras.saving.get_custom_objects()
        self._objects = state["objects"]
        self._before = {name: known[name] for name in self._objects if name in known}
        known.update(self._objects)

    def forget(self) -> None:
        """Let Keras know what it knew before."""
        known = keras.saving.get_custom_objects()
        for name in self._objects:
            known.pop(name, None)
        known.update(self._before)
