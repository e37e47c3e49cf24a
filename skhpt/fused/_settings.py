"""The settings of Keras' own objects, as keys."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import Any

import keras
import numpy as np

from skhpt._compat.keras_objects import ADDED_BY_TENSORFLOW, BOOKKEEPING

_PLAIN = (str, int, float, bool, type(None))
_SKIPPED = BOOKKEEPING | {"name"}


def settings_of(thing: Any, *, of_any_class: bool = False) -> Hashable | None:
    """A key that two objects have in common only if they compute the same, whatever their variables hold.

    Keras' own classes do what their attributes say. What a user's class does, only a trace can tell.

    Parameters
    ----------
    thing : object
        An optimizer, a loss, a regularizer, a constraint, ...
    of_any_class : bool, default=False
        Whether it may be of a user's class: where the two are made one after the other, by the same class.

    Returns
    -------
    hashable or None
        None where that can't be told.

    Examples
    --------
    >>> one, two = keras.losses.Huber(delta=1.0), keras.losses.Huber(delta=2.0)
    >>> settings_of(one) == settings_of(keras.losses.Huber()), settings_of(one) == settings_of(two)
    (True, False)
    >>> settings_of(lambda y_true, y_pred: y_pred) is None
    True
    """
    try:
        if of_any_class and hasattr(thing, "__dict__"):
            return type(thing), tuple(_attributes(thing))
        return _key(thing)
    except _UnknownError:
        return None


class _UnknownError(Exception):
    """There is something whose settings can't be told."""


def _key(value: Any) -> Hashable:
    if isinstance(value, _PLAIN):
        return type(value), value
    if isinstance(value, keras.Variable):
        return "variable"
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.shape, value.tobytes()
    if isinstance(value, (list, tuple)):
        return type(value), tuple(map(_key, value))
    if isinstance(value, Mapping):
        return "mapping", tuple((_key(name), _key(entry)) for name, entry in value.items())
    if isinstance(value, (set, frozenset)) and not value:
        return "set"
    definition = value if isinstance(value, type) or hasattr(value, "__code__") else type(value)
    if not str(definition.__module__).startswith("keras."):
        raise _UnknownError
    if definition is value:
        return value.__module__, value.__qualname__
    return definition, tuple(_attributes(value))


def _attributes(thing: Any) -> Iterator[tuple[str, Hashable]]:
    for name, value in sorted(vars(thing).items()):
        if name in _SKIPPED or name.startswith(ADDED_BY_TENSORFLOW):
            continue
        if isinstance(value, (list, tuple, set)) and any(isinstance(entry, str) for entry in value):
            raise _UnknownError  # perhaps the names of variables
        yield name, _key(value)
