"""Values of parameters as keys."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np

_PLAIN = {str, bytes, int, bool, type(None)}


def frozen(value: Any) -> Hashable:
    """A key that is the same for two values only if they are the same.

    Numbers, strings, arrays and what is made of them are the same if they are equal, of the same types, and written
    alike: 1 is not True, and 0.0 not -0.0. A builder may see that. Anything else is the same only as itself, so whoever
    keeps the key must keep the value. An object of a subclass is such a thing: it may hold more than its entries.

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
    kind = type(value)
    if kind in (dict, OrderedDict):
        return kind, tuple((_frozen(key), _frozen(entry)) for key, entry in value.items())
    if kind in (list, tuple) or _is_named_tuple(value):
        return kind, tuple(map(_frozen, value))
    if kind is np.ndarray:
        content = _frozen(value.tolist()) if value.dtype.hasobject else value.tobytes()
        return kind, value.shape, value.dtype.str, content
    if isinstance(value, np.dtype):
        return "dtype", value.str
    if isinstance(value, np.generic) and kind.__module__ == "numpy":
        return kind, value.dtype.str, value.tobytes()
    if kind in (float, complex):
        return kind, repr(value)
    return (kind, value) if kind in _PLAIN else ("object", id(value))


def _is_named_tuple(value: Any) -> bool:
    return isinstance(value, tuple) and hasattr(value, "_fields") and not hasattr(value, "__dict__")
