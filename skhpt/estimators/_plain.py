"""Values as JSON, and back, without ever running code that was read."""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable
from typing import Any

import keras
import numpy as np

# What parameters may be instances or classes of. A model or a layer would come back without its weights.
_KINDS = (
    keras.callbacks.Callback,
    keras.constraints.Constraint,
    keras.initializers.Initializer,
    keras.losses.Loss,
    keras.metrics.Metric,
    keras.optimizers.Optimizer,
    keras.optimizers.schedules.LearningRateSchedule,
    keras.regularizers.Regularizer,
)


class NotPlainError(TypeError):
    """A value that JSON can't hold: a function, a class or an object of the user's."""


def to_plain(value: Any) -> Any:
    """From a value to what `json` can write.

    Parameters
    ----------
    value : object
        None, a number, text, an array of them, a list, tuple or dict of such, a Keras object or one of Keras' classes.

    Returns
    -------
    object
        Whatever is not JSON's own kind is a dict of one key, which says what it is.

    Raises
    ------
    NotPlainError
        If it is anything else.

    Examples
    --------
    >>> to_plain((1, float("nan")))
    {'tuple': [1, {'float': 'nan'}]}
    >>> from_plain(to_plain({"sizes": (1, 2)}))
    {'sizes': (1, 2)}
    """
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else {"float": str(value)}
    if isinstance(value, (np.ndarray, np.generic)):
        return _array_to_plain(value)
    if isinstance(value, np.dtype):
        return {"dtype": value.str}
    if isinstance(value, list):
        return [to_plain(entry) for entry in value]
    if isinstance(value, tuple):
        return {"tuple": [to_plain(entry) for entry in value]}
    if isinstance(value, dict):
        return {"dict": [[to_plain(key), to_plain(entry)] for key, entry in value.items()]}
    if isinstance(value, type) and value.__module__.startswith("keras.") and issubclass(value, _KINDS):
        return {"class": f"{value.__module__}:{value.__qualname__}"}
    return _object_to_plain(value)


def from_plain(plain: Any) -> Any:
    """Back from what `to_plain` returned.

    Raises
    ------
    ValueError
        If `plain` names a class that is not Keras', or is of no known kind.
    """
    if isinstance(plain, list):
        return [from_plain(entry) for entry in plain]
    if not isinstance(plain, dict):
        return plain
    ((kind, content),) = plain.items()
    if kind not in _READERS:
        raise ValueError(f"A value of unknown kind {kind!r} was stored: by a later version of skhpt?")
    return _READERS[kind](content)


def _array_to_plain(value: Any) -> dict[str, Any]:
    if value.dtype.kind == "O" and not all(isinstance(entry, (str, int, float, bool)) for entry in value.ravel()):
        raise NotPlainError("an array of objects")
    return {"array": {"dtype": value.dtype.str, "shape": list(value.shape), "values": to_plain(value.ravel().tolist())}}


def _array_from_plain(content: dict[str, Any]) -> Any:
    array = np.array(from_plain(content["values"]), dtype=content["dtype"]).reshape(content["shape"])
    return array if array.ndim else array[()]


def _object_to_plain(value: Any) -> dict[str, Any]:
    """A configured object of Keras', such as an optimizer, as Keras writes it in its own files."""
    if not (type(value).__module__.startswith("keras.") and isinstance(value, _KINDS)):
        raise NotPlainError(repr(value))
    try:
        return {"keras": keras.saving.serialize_keras_object(value)}
    except (TypeError, ValueError, NotImplementedError):
        raise NotPlainError(repr(value)) from None


def _class_from_plain(name: str) -> Any:
    module, _, qualified = name.partition(":")
    found = getattr(importlib.import_module(module), qualified, None) if module.startswith("keras.") else None
    if not (isinstance(found, type) and issubclass(found, _KINDS)):
        raise ValueError(f"Only Keras' classes of optimizers, losses and the like are read back, not {name!r}.")
    return found


_READERS: dict[str, Callable[[Any], Any]] = {
    "float": float,
    "array": _array_from_plain,
    "dtype": np.dtype,
    "tuple": lambda entries: tuple(from_plain(entry) for entry in entries),
    "dict": lambda items: {from_plain(key): from_plain(entry) for key, entry in items},
    "class": _class_from_plain,
    "keras": lambda config: keras.saving.deserialize_keras_object(config, safe_mode=True),
}
