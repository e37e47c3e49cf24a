"""Values of parameters as keys."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np

_PLAIN = (str, bytes, int, bool, type(None))


def frozen(value: Any) -> Hashable:
    """A key that is the same for two values only if they are the same.

    Numbers, strings, arrays and what is made of them are the same if they are equal, of the same types, and written
    alike: 1 is not True, and 0.0 not -0.0. A builder may see that. Anything else is the same only as itself, so whoever
    keeps the key must keep the value.

    Parameters
    ----------
    value : object
        Of a dict, as of parameters by their names, the order means nothing. Of a dict inside it does.

    Examples
    --------
    >>> frozen({"units": [8, 16]}) == frozen({"units": [8, 16]}), frozen(1) == frozen(True), frozen([1]) == frozen((1,))
    (True, False, False)
    """
    if isinstance(value, Mapping):
        return "mapping", tuple(sorted((repr(key), _frozen(entry)) for key, entry in value.items()))
    return _frozen(value)


def _frozen(value: Any) -> Hashable:
    if isinstance(value, Mapping):
        return type(value), tuple((repr(key), _frozen(entry)) for key, entry in value.items())
    if isinstance(value, (list, tuple)):
        return type(value), tuple(map(_frozen, value))
    if isinstance(value, np.ndarray) and not isinstance(value, np.ma.MaskedArray):
        content = _frozen(value.tolist()) if value.dtype.hasobject else value.tobytes()
        return type(value), value.shape, value.dtype.str, content
    if isinstance(value, np.dtype):
        return "dtype", value.str
    if isinstance(value, np.generic):
        return type(value), value.dtype.str, value.tobytes()
    if isinstance(value, (float, complex)):
        return type(value), repr(value)
    return (type(value), value) if isinstance(value, _PLAIN) else ("object", id(value))
