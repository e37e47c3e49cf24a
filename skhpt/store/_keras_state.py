"""What objects of Keras' hold: their configurations do not tell all of what they do, as the delta of a Huber loss."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from functools import cache
from typing import Any

import numpy as np

from skhpt._compat.keras_objects import (
    ADDED_BY_TENSORFLOW,
    BOOKKEEPING,
    GIVEN_SEED,
    OF_MODELS,
    VARIABLES,
    compile_config,
    layers_of,
)
from skhpt.store._source import is_librarys

_BACKENDS = {"keras", "tensorflow", "jax", "jaxlib", "torch", "wrapt"}
_NOTHING = object()


def held(value: Any) -> dict[str, Any]:
    """What an object of Keras' holds besides its configuration and its weights.

    Parameters
    ----------
    value : object
        Has ``get_config``.

    Returns
    -------
    dict of str to object
        Of a layer or a model, what all its layers hold, and what it is compiled with; of others their attributes.
    """
    if type(value).__name__ == "SeedGenerator":  # whose state its seed tells, unless it is drawn at random
        return {}
    if not _is_layer(value):
        return _attributes(value, BOOKKEEPING | VARIABLES, _ids(getattr(value, "variables", ())))
    layers = layers_of(value)
    others = _ids([*layers, *value.variables])
    told = {"layers": [about for layer in layers if (about := _of_layer(layer, others))]}
    return told | (_compiled(value) if getattr(value, "compiled", False) else {})


def _is_layer(value: Any) -> bool:
    """Whether this is a layer or a model of Keras', which need not be loaded to say no."""
    return any(cls.__name__ == "Layer" and cls.__module__.startswith("keras.") for cls in type(value).__mro__)


def _of_layer(layer: Any, others: Container[int]) -> dict[str, Any]:
    kind = "Model" if hasattr(layer, "compiled") else "Layer"
    known = _names_of(next(cls for cls in reversed(type(layer).__mro__) if cls.__name__ == kind))
    attributes = _attributes(layer, known | OF_MODELS if kind == "Model" else known, others)
    if not is_librarys(type(layer)):
        return {"class": type(layer)} | _named(layer, attributes)
    # Of these the configuration tells all but what others have written.
    attributes = {name: attribute for name, attribute in attributes.items() if not _is_keras_or_plain(attribute)}
    return _named(layer, attributes) if attributes else {}


def _named(layer: Any, attributes: dict[str, Any]) -> dict[str, Any]:
    """In the form of a configuration, as the name may be made up."""
    return {"class_name": type(layer).__name__, "config": {"name": layer.name} | attributes}


@cache
def _names_of(base: type) -> set[str]:
    """The attributes that all layers have, or all models."""
    return set(vars(base(name="any"))) - {"activity_regularizer"}


def _compiled(model: Any) -> dict[str, Any]:
    return _unwrapped({**compile_config(model), "loss": model.loss, "optimizer": model.optimizer})  # type: ignore[no-any-return]


def _attributes(value: Any, known: Container[str], others: Container[int]) -> dict[str, Any]:
    is_own = not is_librarys(type(value))
    attributes = {
        name: _unwrapped(attribute, others, drops_internals=not is_own)
        for name, attribute in getattr(value, "__dict__", {}).items()
        if name not in known and not name.startswith(ADDED_BY_TENSORFLOW)
    }
    if GIVEN_SEED in attributes:  # what was given, while the other may be drawn at random
        attributes.pop("seed", None)
    return {name: attribute for name, attribute in attributes.items() if attribute is not _NOTHING}


def _unwrapped(value: Any, others: Container[int] = (), *, drops_internals: bool = False) -> Any:
    """With lists and dicts of Python's own, whatever the backend has made of them; without what is told elsewhere."""
    if isinstance(value, Mapping):
        entries = {key: _unwrapped(entry, others, drops_internals=drops_internals) for key, entry in value.items()}
        return {key: entry for key, entry in entries.items() if entry is not _NOTHING}
    if isinstance(value, (list, tuple)):
        parts = [_unwrapped(entry, others, drops_internals=drops_internals) for entry in value]
        return [part for part in parts if part is not _NOTHING]
    if isinstance(value, re.Pattern):
        return sorted(value.pattern.split("|"))  # which an optimizer makes of a set of names
    return _NOTHING if id(value) in others or (drops_internals and _is_internal(value)) else value


def _is_internal(value: Any) -> bool:
    """Whether an attribute is no more than a tool of Keras' or the backend's: no tensor, and nothing to configure."""
    if type(value).__module__.partition(".")[0] not in _BACKENDS:
        return False
    return type(value).__name__ == "KerasTensor" or not any(
        hasattr(value, name) for name in ("get_config", "__array__", "__wrapped__")
    )


def _is_keras_or_plain(value: Any) -> bool:
    if isinstance(value, (Mapping, list)):
        return all(map(_is_keras_or_plain, value.values() if isinstance(value, Mapping) else value))
    if value is None or isinstance(value, (bool, int, float, str, np.generic)):
        return True
    if hasattr(value, "__array__"):
        return False
    return is_librarys(value if hasattr(value, "__code__") or isinstance(value, type) else type(value))


def _ids(values: Any) -> set[int]:
    return {id(value) for value in values}
