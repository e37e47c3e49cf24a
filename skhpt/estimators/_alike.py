"""Whether two objects hold the same."""

from __future__ import annotations

import functools
import types
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

from skhpt._compat.keras_objects import ADDED_BY_TENSORFLOW, BOOKKEEPING


def differences(one: Any, other: Any) -> list[str]:
    """The attributes in which two objects of the same class differ.

    Variables are compared by their values, functions by their code and what they refer to.

    Parameters
    ----------
    one, other : object
        Such as two losses.

    Examples
    --------
    >>> differences(keras.callbacks.EarlyStopping(patience=1), keras.callbacks.EarlyStopping(patience=2))
    ['patience']
    """
    return _differences(one, other, set())


def _differences(one: Any, other: Any, above: set[tuple[int, int]]) -> list[str]:
    ours, theirs = _attributes(one), _attributes(other)
    names = sorted(ours.keys() | theirs.keys())
    above = above | {(id(one), id(other))}
    return [
        name for name in names if not (name in ours and name in theirs and _are_alike(ours[name], theirs[name], above))
    ]


def _attributes(value: Any) -> dict[str, Any]:
    known = vars(value).items()
    return {name: each for name, each in known if name not in BOOKKEEPING and not name.startswith(ADDED_BY_TENSORFLOW)}


def _are_alike(one: Any, other: Any, above: set[tuple[int, int]]) -> bool:
    if one is other or (id(one), id(other)) in above:  # the second: compared already, further up
        return True
    if type(one) is not type(other):
        return False
    if isinstance(one, keras.Variable):
        return bool(one.dtype == other.dtype and np.array_equal(*map(keras.ops.convert_to_numpy, (one, other))))
    if isinstance(one, Mapping):
        return one.keys() == other.keys() and all(_are_alike(one[key], other[key], above) for key in one)
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(_are_alike(*pair, above) for pair in zip(one, other, strict=True))
    if isinstance(one, (set, frozenset)):
        return set(one) == set(other)
    if (parts := _parts_of_function(one)) is not None:
        return _are_alike(parts, _parts_of_function(other), above)
    if hasattr(one, "__dict__"):
        return not _differences(one, other, above)
    return are_equal(one, other)


def _parts_of_function(value: Any) -> list[Any] | None:
    """What makes a function what it is; None for anything else."""
    if isinstance(value, types.FunctionType):
        cells = [cell.cell_contents for cell in value.__closure__ or ()]
        return [value.__code__, cells, value.__defaults__, value.__kwdefaults__]
    if isinstance(value, types.MethodType):
        return [value.__func__, value.__self__]
    if isinstance(value, functools.partial):
        return [value.func, value.args, value.keywords]
    return None


def are_equal(one: Any, other: Any) -> bool:
    """Whether two values are equal, of any classes; arrays are if all their elements are.

    Examples
    --------
    >>> are_equal(np.ones(2), np.ones(2)), are_equal(np.ones(2), None), are_equal(float("nan"), float("nan"))
    (True, False, True)
    """
    if isinstance(one, float) and one != one:
        return bool(other != other)
    try:
        return bool(np.all(one == other))
    except Exception:  # noqa: BLE001 - values of any class
        return False
