"""Values of parameters as keys."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np

_PLAIN = (str, bytes, int, float, complex, bool, type(None))


def frozen(value: Any) -> Hashable:
    """A key that is the same for two values only if they are the same.

    Numbers, strings, arrays and what is made of them are the same if they are equal; anything else is the same only as
    itself, so whoever keeps the key must keep the value.

    Examples
    --------
    >>> frozen({"units": [8, 16]}) == frozen({"units": [8, 16]}), frozen(1) == frozen(True), frozen([1]) == frozen((1,))
    (True, False, False)
    """
    if isinstance(value, Mapping):
        return "mapping", tuple(sorted((repr(key), frozen(entry)) for key, entry in value.items()))
    if isinstance(value, (list, tuple)):
        return type(value), tuple(map(frozen, value))
    if isinstance(value, np.ndarray):
        content = frozen(value.tolist()) if value.dtype.hasobject else value.tobytes()
        return "array", value.shape, value.dtype.str, content
    if isinstance(value, np.dtype):
        return "dtype", value.str
    if isinstance(value, np.generic):
        value = value.item()
    return (type(value), value) if isinstance(value, _PLAIN) else ("object", id(value))
