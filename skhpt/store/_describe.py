"""What a value is, in words of JSON: to be compared with what it was in an earlier process, and to be read.

Plain values stand as they are; of all others there is what they were made of. Nothing is ever made from a description.
"""

from __future__ import annotations

import hashlib
import inspect
import math
import re
import types
import uuid
from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

from skhpt.store._code import code_of_class, code_of_function
from skhpt.store._fingerprint import fingerprint
from skhpt.store._keras_config import without_made_up_names

Description = Any  # what `json` can write

NOT_FINITE = ("nan", "inf", "-inf")
_HELD = "__held__"
_DEEPEST = 60  # whole estimators in estimators; `_reading.shallow` reads no more than a hundred
_SHORT = 20  # elements of an array that are shown and not summed up


def describe(value: Any) -> Description:
    """What a value is.

    Functions and the user's own classes are known by their names and their code, so that a comment may change and a
    constant may not; estimators by their parameters, arrays by their contents, other objects by their attributes or by
    what `copy` would make them from. What can't be told at all equals nothing, not even itself.

    Parameters
    ----------
    value : object
        Any.

    Returns
    -------
    object
        A plain value as it is. For all others a dict whose first key says of which kind they are.

    Examples
    --------
    >>> describe({"units": (16, 32), "rate": np.float64(0.1)})
    {'units': {'tuple': [16, 32]}, 'rate': 0.1}
    >>> describe(np.arange(3))
    {'array': [0, 1, 2], 'dtype': '<i8'}
    """
    return _Describer().of(value)


class _Describer:
    """Describes a value, and is not led astray by one that holds itself."""

    def __init__(self) -> None:
        self._above: list[int] = []
        self._known: dict[int, tuple[Any, int]] = {}  # with the object, so that no other gets its id

    def of(self, value: Any) -> Description:
        try:
            return self._of(value)
        except Exception:  # noqa: BLE001 - whatever looking at somebody else's object raises must not end a search
            return _unknown(value)

    def _of(self, value: Any) -> Description:
        if isinstance(value, np.generic) and not isinstance(value, np.void):
            value = value.item()
        if value is None or isinstance(value, (bool, int, float, str)):
            return _plain(value)
        if id(value) in self._above:
            return {"object": _name(type(value)), "above": len(self._above) - self._above.index(id(value))}
        if len(self._above) >= _DEEPEST:
            return _unknown(value)
        self._above.append(id(value))
        try:
            return self._made_of(value)
        finally:
            self._above.pop()

    def _made_of(self, value: Any) -> Description:
        for look in (self._container, self._callable):
            if (described := look(value)) is not None:
                return described
        return self._object(value)

    def _container(self, value: Any) -> Description | None:
        if isinstance(value, list):
            return [self.of(entry) for entry in value]
        if isinstance(value, tuple):
            return {"tuple": [self.of(entry) for entry in value]}
        if isinstance(value, (set, frozenset)):
            return {"set": sorted((self.of(entry) for entry in value), key=repr)}
        if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
            return {key: self.of(entry) for key, entry in value.items()}
        if isinstance(value, Mapping):
            return {"items": [[self.of(key), self.of(entry)] for key, entry in value.items()]}
        if isinstance(value, np.ndarray):
            return _array(value)
        if isinstance(value, (bytes, bytearray)):
            return {"bytes": hashlib.sha256(value).hexdigest()}
        return None

    def _callable(self, value: Any) -> Description | None:
        """What has a name: functions, classes, modules."""
        if isinstance(value, types.ModuleType):
            return {"module": value.__name__}
        if isinstance(value, type):
            return {"class": _name(value)} | _own_code(value)
        if isinstance(value, partial):
            return {"partial": self.of(value.func), "arguments": self.of([value.args, value.keywords])}
        if inspect.ismethod(value):
            return {"method": self.of(value.__func__), "of": self.of(value.__self__)}
        if isinstance(value, types.FunctionType):
            bound = [cell.cell_contents for cell in value.__closure__ or () if _is_filled(cell)]
            given = [value.__defaults__, value.__kwdefaults__, bound]
            return {"function": _name(value)} | _own_code(value) | {"given": self.of(given)}
        if callable(value) and hasattr(value, "__wrapped__"):  # by functools.lru_cache, say
            return {"object": _name(type(value)), "wrapped": self.of(value.__wrapped__)}
        if callable(value) and "__qualname__" in dir(value):  # compiled, as NumPy's are
            owner = getattr(value, "__self__", None)
            of = {} if owner is None or isinstance(owner, types.ModuleType) else {"of": self.of(owner)}
            return {"function": f"{getattr(value, '__module__', None)}.{value.__qualname__}"} | of
        return {"function": value.__name__} if isinstance(value, np.ufunc) else None

    def _object(self, value: Any) -> Description:
        if all(hasattr(value, name) for name in ("dist", "args", "kwds", "rvs")):  # a frozen distribution of SciPy's
            return self._distribution(value)
        if all(hasattr(value, name) for name in ("arguments", "n_values", "rvs")):  # Int, Float, Choice
            args, kwargs = value.arguments
            return {"distribution": type(value).__name__, "arguments": self.of([tuple(args), dict(kwargs)])}
        described = {"object": _name(type(value))} | _own_code(type(value))
        if id(value) in self._known:  # elsewhere in the same value: once is enough
            return described | {"again": self._known[id(value)][1]}
        self._known[id(value)] = (value, len(self._known))
        if (data := fingerprint(value)) is not None:
            return described | data
        if isinstance(value, np.random.RandomState):
            return described | {"state": self.of(value.get_state(legacy=False))}
        if hasattr(value, "get_params"):
            requests = {"requests": self.of(asked)} if (asked := vars(value).get("_metadata_request")) else {}
            return described | {"params": self.of(value.get_params(deep=False))} | requests
        if hasattr(value, "get_config"):  # Keras' objects
            # A configuration does not tell all of what it is of, such as the delta of a Huber loss.
            told = {**value.get_config(), _HELD: _held(value)}
            config = without_made_up_names(told, type(value).__name__)
            return described | {"config": self.of(config), "weights": self.of(_weights(value))}
        return described | self._state(value)

    def _distribution(self, value: Any) -> Description:
        own = {name: self.of(getattr(value.dist, name)) for name in ("xk", "pk") if hasattr(value.dist, name)}
        described = {"distribution": value.dist.name, "arguments": self.of([value.args, value.kwds])}
        return described | own | _own_code(type(value.dist))

    def _state(self, value: Any) -> dict[str, Description]:
        attributes = {
            name: attribute
            for name, attribute in getattr(value, "__dict__", {}).items()
            # SciPy's distributions hold NumPy's global random numbers.
            if not name.startswith("__") and not (name == "_random_state" and hasattr(value, "rvs"))
        }
        if attributes and not any(getattr(cls, "__slots__", ()) for cls in type(value).__mro__):
            return {"attributes": self.of(dict(sorted(attributes.items())))}
        _, made_from, *state = value.__reduce_ex__(2)
        return {"made_of": self.of([made_from, *(part if _is_plain_part(part) else list(part) for part in state)])}


def _is_plain_part(part: Any) -> bool:
    return part is None or isinstance(part, (tuple, dict))


def _unknown(value: Any) -> Description:
    """What equals nothing: a search with such a value in it is no other's."""
    return {"object": _name(type(value)), "unknown": uuid.uuid4().hex}


def _own_code(definition: Any) -> dict[str, str]:
    """The code of what is no library's: of that, versions are told."""
    code = code_of_class(definition) if isinstance(definition, type) else code_of_function(definition)
    return {} if code is None else {"code": code}


def _plain(value: Any) -> Any:
    # JSON of other languages has no such numbers; and no NaN equals itself.
    return {"number": str(value)} if isinstance(value, float) and not math.isfinite(value) else value


def _name(value: Any) -> str:
    """In full, but for the module of a script, which is another one where it is imported."""
    module = getattr(value, "__module__", None)
    name = str(getattr(value, "__qualname__", repr(type(value))))
    return name if module in (None, "__main__") else f"{module}.{name}"


def _array(value: np.ndarray[Any, Any]) -> Description:
    if value.size <= _SHORT and value.dtype.kind in "biufSU":
        return {"array": value.tolist() if value.dtype.kind != "S" else repr(value), "dtype": value.dtype.str}
    return {"object": "numpy.ndarray"} | (fingerprint(value) or {})


def _is_filled(cell: Any) -> bool:
    try:
        cell.cell_contents  # noqa: B018 - raises
    except ValueError:
        return False
    return True


def _held(value: Any) -> dict[str, Any]:
    """What an object of Keras' holds that says by itself what it is; of a model, what it is compiled with."""
    if hasattr(value, "get_weights"):  # of layers the configuration tells more, and attributes count their calls
        names = ("loss", "optimizer") if hasattr(value, "compiled") else ()
        return {name: getattr(value, name, None) for name in names}
    return {
        name: _unwrapped(attribute)
        for name, attribute in getattr(value, "__dict__", {}).items()
        if _says_itself(attribute) and not name.startswith("_self_")  # as TensorFlow calls what it adds
    }


def _says_itself(value: Any) -> bool:
    if isinstance(value, (Mapping, list, tuple)):
        return all(map(_says_itself, value.values() if isinstance(value, Mapping) else value))
    itself = (bool, int, float, str, np.generic, np.ndarray, type, types.FunctionType, re.Pattern)
    return value is None or isinstance(value, itself)


def _unwrapped(value: Any) -> Any:
    """With lists and dicts of Python's own, whatever the backend has made of them."""
    if isinstance(value, Mapping):
        return {key: _unwrapped(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_unwrapped(entry) for entry in value]
    if isinstance(value, re.Pattern):
        return sorted(value.pattern.split("|"))  # which an optimizer makes of a set of names
    return value


def _weights(value: Any) -> Any:
    try:
        return value.get_weights() if hasattr(value, "get_weights") else None
    except Exception:  # noqa: BLE001 - not built yet
        return None
