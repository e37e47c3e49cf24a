"""What a value is, in words of JSON: to be compared with what it was in an earlier process, and to be read.

Plain values stand as they are; of all others there is what they were made of. Nothing is ever made from a description.
"""

from __future__ import annotations

import copyreg
import hashlib
import inspect
import json
import math
import types
import uuid
from collections import OrderedDict
from collections.abc import Mapping
from enum import Enum
from functools import partial
from typing import Any

import numpy as np

from skhpt.store._code import code_of_function, digest, own_definitions
from skhpt.store._fingerprint import fingerprint
from skhpt.store._keras_config import without_made_up_names
from skhpt.store._keras_state import held
from skhpt.store._used import used_by

Description = Any  # what `json` can write

NOT_FINITE = ("nan", "inf", "-inf")
_KINDS = {
    "array", "bytes", "class", "dict", "distribution", "function", "items", "method", "module", "number", "object",
    "partial", "set", "tuple",
}  # fmt: skip
"""What the first key of a description says that is no dict of the user's own."""

_LOOKED_UP = {"class_weight", "scoring"}
"""Parameters whose dicts are only looked up by key, by scikit-learn and by Keras, so that no order means anything."""

_PLAIN = (bool, int, float, str)
_HELD = "__held__"
_DEEPEST = 60  # whole estimators in estimators; `_reading.shallow` reads no more than a hundred
_LONG = 2000  # characters of what is used
_NAMED = {"class", "distribution", "function", "object"}
_USED = "used"
_SHORT = 20  # elements of an array that are shown and not summed up


def describe(value: Any, *, as_before: bool = False) -> Description:
    """What a value is.

    Functions and the user's own classes are known by their names, their code and what that uses of its own package, so
    that a comment or a docstring may change and a constant may not; estimators by their parameters, arrays by their
    contents, other objects by their attributes or by what `copy` would make them from. What can't be told at all equals
    nothing, not even itself. Descriptions are compared by `same_description`, as Python takes 1, 1.0 and True for
    equal.

    Parameters
    ----------
    value : object
        Any.
    as_before : bool, default=False
        Whether it is to be compared with a run of `DESCRIBED` 1, which knows nothing of what code uses.

    Returns
    -------
    object
        A plain value as it is, and so a dict with keys of text. For all others, and for a dict that looks like a
        description, a dict whose first key says of which kind they are.

    Examples
    --------
    >>> describe({"units": (16, 32), "rate": np.float64(0.1)})
    {'units': {'tuple': [16, 32]}, 'rate': 0.1}
    >>> describe(np.arange(3))
    {'array': [0, 1, 2], 'dtype': '<i8'}
    """
    return _Describer(as_before=as_before).of(value)


def describe_names(named: Mapping[str, Any], *, as_before: bool = False) -> dict[str, Description]:
    """What each parameter is, by its name, whatever that is.

    Parameters
    ----------
    named : mapping of str to object
        Names and values.
    as_before : bool, default=False
        As of `describe`.

    Examples
    --------
    >>> describe_names({"method": (1,)}), describe({"method": (1,)})
    ({'method': {'tuple': [1]}}, {'dict': {'method': {'tuple': [1]}}})
    """
    return _Describer(as_before=as_before).names(named)


def same_description(one: Description, other: Description) -> bool:
    """Whether two descriptions are of the same value: of the same types, and dicts in the same order.

    A builder may make a layer of each entry of a dict, so that its order may mean something.

    Examples
    --------
    >>> same_description([1], [1]), same_description([1], [1.0]), same_description([0.0], [-0.0])
    (True, False, False)
    """
    return json.dumps(one) == json.dumps(other)


def without_code(description: Description) -> Description:
    """A description that tells functions and classes by their names alone.

    That is enough for the candidates of a search whose description, code included, was compared already.

    Examples
    --------
    >>> without_code([{"function": "build", "code": "1f", "used": {"UNITS": 3}, "given": []}])
    [{'function': 'build', 'given': []}]
    """
    if isinstance(description, list):
        return [without_code(entry) for entry in description]
    if not isinstance(description, dict):
        return description
    left_out = set() if _NAMED.isdisjoint(description) else {"code", _USED}
    return {name: without_code(entry) for name, entry in description.items() if name not in left_out}


class _Describer:
    """Describes a value, and is not led astray by one that holds itself."""

    def __init__(
        self, classes: dict[type, str | None] | None = None, *, follows: bool = True, as_before: bool = False
    ) -> None:
        self._classes = {} if classes is None else classes  # and what they do; None for libraries'
        self._as_before = as_before
        self._follows = follows and not as_before  # what code uses, which is part of the outermost code alone
        self._above: list[int] = []
        self._known: dict[int, tuple[Any, int]] = {}  # with the object, so that no other gets its id

    def of(self, value: Any) -> Description:
        try:
            return self._of(value)
        except Exception:  # noqa: BLE001 - whatever looking at somebody else's object raises must not end a search
            return _unknown(value)

    def names(self, named: Mapping[str, Any]) -> dict[str, Description]:
        """Each value by its name."""
        return {name: self._named(name, value) for name, value in named.items()}

    def _named(self, name: Any, value: Any) -> Description:
        is_looked_up = isinstance(name, str) and name.rpartition("__")[2] in _LOOKED_UP
        return _in_any_order(self.of(value)) if is_looked_up else self.of(value)

    def _of(self, value: Any) -> Description:
        if isinstance(value, np.generic) and value.dtype.kind in "biufcSU":  # a time would become an integer
            value = value.item()
        if value is None or type(value) in _PLAIN:
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
            return {"tuple": [self.of(entry) for entry in value]} | _type_of(value, hasattr(value, "_fields"))
        if isinstance(value, (set, frozenset)):
            return {"set": sorted((self.of(entry) for entry in value), key=repr)}
        if isinstance(value, Mapping):
            return self._mapping(value)
        if isinstance(value, np.ndarray):
            return _array(value)
        if isinstance(value, (bytes, bytearray)):
            return {"bytes": hashlib.sha256(value).hexdigest()}
        return None

    def _mapping(self, value: Mapping[Any, Any]) -> Description:
        about = _type_of(value, not _is_plain_dict(value))
        if (default := getattr(value, "default_factory", None)) is not None:
            about["default"] = self.of(default)
        if not all(isinstance(key, str) for key in value):
            return {"items": [[self.of(key), self._named(key, entry)] for key, entry in value.items()]} | about
        entries = self.names(value)
        return {"dict": entries} | about if about or not _KINDS.isdisjoint(entries) else entries

    def _callable(self, value: Any) -> Description | None:
        """What has a name: functions, classes, modules."""
        if isinstance(value, types.ModuleType):
            return {"module": value.__name__}
        if isinstance(value, type):
            return {"class": _name(value)} | self._code_of(value)
        if isinstance(value, partial):
            return {"partial": self.of(value.func), "arguments": self.of([value.args, value.keywords])}
        if inspect.ismethod(value):
            return {"method": self.of(value.__func__), "of": self.of(value.__self__)}
        if isinstance(value, types.FunctionType):
            bound = [cell.cell_contents for cell in value.__closure__ or () if _is_filled(cell)]
            given = [value.__defaults__, value.__kwdefaults__, bound]
            code = code_of_function(value, as_before=self._as_before)
            known = {"function": _name(value)} | ({} if code is None else {"code": code} | self._used_by(value))
            return known | {"given": self.of(given)} | self._attributes(value)
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
        described = {"object": _name(type(value))} | self._code_of(type(value))
        if isinstance(value, _PLAIN):  # of a class of its own, as members of an Enum are
            own = {} if isinstance(value, Enum) else self._attributes(value)
            return {"object": described["object"], "value": _plain(_as_plain(value))} | own
        if id(value) in self._known:  # elsewhere in the same value: once is enough
            return described | {"again": self._known[id(value)][1]}
        self._known[id(value)] = (value, len(self._known))
        if (data := fingerprint(value)) is not None:
            return described | data
        if isinstance(value, np.random.RandomState):
            return described | {"state": self.of(value.get_state(legacy=False))}
        if hasattr(value, "get_params"):
            from skhpt._compat.sklearn import requests_of  # loads scikit-learn, as an estimator has

            requests = {"requests": self.of(asked)} if (asked := requests_of(value)) else {}
            return described | {"params": self.names(dict(sorted(value.get_params(deep=False).items())))} | requests
        if hasattr(value, "get_config"):  # Keras' objects
            told = {**value.get_config(), _HELD: held(value)}
            config = without_made_up_names(told, type(value).__name__)
            return described | {"config": self.of(config), "weights": self.of(_weights(value))}
        return described | self._state(value)

    def _distribution(self, value: Any) -> Description:
        described = {"distribution": value.dist.name, "arguments": self.of([value.args, value.kwds])}
        others = ("__doc__", "_random_state")  # SciPy's distributions hold NumPy's global random numbers
        own = {name: part for name, part in vars(value.dist).items() if not callable(part) and name not in others}
        return described | {"attributes": self.names(dict(sorted(own.items())))} | self._code_of(type(value.dist))

    def _code_of(self, cls: type) -> dict[str, Description]:
        """The code of a class, with the data in it and what it uses; nothing of a library's, whose version is told."""
        if cls not in self._classes:
            self._classes[cls] = "above"  # for what holds the class that it is in, as methods with `super` do
            defined = own_definitions(cls)
            describer = _Describer(self._classes, follows=False, as_before=self._as_before)
            self._classes[cls] = digest(json.dumps(describer.of(defined))) if defined else None
        code = self._classes[cls]
        return {} if code is None else {"code": code} | self._used_by(cls)

    def _used_by(self, definition: Any) -> dict[str, Description]:
        """What the code of a function or a class uses of its module and its package."""
        if not self._follows:
            return {}
        describer = _Describer(self._classes, follows=False)
        used = {name: describer.of(value) for name, value in used_by(definition).items()}
        return {_USED: {name: _at_most(part) for name, part in used.items()}} if used else {}

    def _attributes(self, value: Any) -> dict[str, Description]:
        attributes = {
            name: attribute
            for name, attribute in getattr(value, "__dict__", {}).items()
            # SciPy's distributions hold NumPy's global random numbers.
            if not name.startswith("__") and not (name == "_random_state" and hasattr(value, "rvs"))
        }
        return {"attributes": self.names(dict(sorted(attributes.items())))} if attributes else {}

    def _state(self, value: Any) -> dict[str, Description]:
        attributes = self._attributes(value)
        if attributes and not any(getattr(cls, "__slots__", ()) for cls in type(value).__mro__):
            return attributes
        reduce = copyreg.dispatch_table.get(type(value))  # of regular expressions, say
        reduced: Any = value.__reduce_ex__(2) if reduce is None else reduce(value)
        if isinstance(reduced, str):  # there is but one of that name, such as `Ellipsis`
            return {"made_of": reduced}
        _, made_from, *state = reduced
        return {"made_of": self.of([made_from, *(part if _is_plain_part(part) else list(part) for part in state)])}


def _at_most(description: Description) -> Description:
    """A long one as its digest: a vocabulary, say."""
    text = json.dumps(description)
    return description if len(text) <= _LONG else {"digest": digest(text)}


def _is_plain_part(part: Any) -> bool:
    return part is None or isinstance(part, (tuple, dict))


def _unknown(value: Any) -> Description:
    """What equals nothing: a search with such a value in it is no other's."""
    return {"object": _name(type(value)), "unknown": uuid.uuid4().hex}


def _plain(value: Any) -> Any:
    # JSON of other languages has no such numbers; and no NaN equals itself.
    return {"number": str(value)} if isinstance(value, float) and not math.isfinite(value) else value


def _as_plain(value: Any) -> Any:
    """The value itself of what belongs to a class derived from a plain one, whatever that says of it."""
    if isinstance(value, str):
        return str.__str__(value)
    return float.__float__(value) if isinstance(value, float) else int.__int__(value)


def _type_of(value: Any, is_told: bool) -> dict[str, Description]:
    return {"type": _name(type(value))} if is_told else {}


def _is_plain_dict(value: Mapping[Any, Any]) -> bool:
    """Whether it is no more than a dict; such as the backend makes of one are not."""
    cls = type(value)
    wrappers = {"keras", "tensorflow", "wrapt"}
    return cls in (dict, OrderedDict, types.MappingProxyType) or cls.__module__.partition(".")[0] in wrappers


def _in_any_order(description: Description) -> Description:
    """The description of dicts, or of a list of them, without the order of their keys."""
    if isinstance(description, list):
        return [_in_any_order(entry) for entry in description]
    if not isinstance(description, dict):
        return description
    if isinstance(description.get("items"), list):
        return description | {"items": sorted(description["items"], key=json.dumps)}
    if isinstance(description.get("dict"), dict):
        return description | {"dict": dict(sorted(description["dict"].items()))}
    if isinstance(description.get("tuple"), list):
        return description | {"tuple": _in_any_order(description["tuple"])}
    return dict(sorted(description.items())) if _KINDS.isdisjoint(description) else description


def _name(value: Any) -> str:
    """In full, but for the module of a script, which is another one where it is imported."""
    module = getattr(value, "__module__", None)
    name = str(getattr(value, "__qualname__", repr(type(value))))
    return name if module in (None, "__main__") else f"{module}.{name}"


def _array(value: np.ndarray[Any, Any]) -> Description:
    is_masked = isinstance(value, np.ma.MaskedArray)
    # An array of no elements has a shape as well, and NaN equals nothing.
    if not is_masked and 0 < value.size <= _SHORT and (value.dtype.kind in "biuSU" or _is_finite(value)):
        return {"array": value.tolist() if value.dtype.kind != "S" else repr(value), "dtype": value.dtype.str}
    return {"object": "numpy.ma.MaskedArray" if is_masked else "numpy.ndarray"} | (fingerprint(value) or {})


def _is_finite(value: np.ndarray[Any, Any]) -> bool:
    return value.dtype.kind == "f" and bool(np.isfinite(value).all())


def _is_filled(cell: Any) -> bool:
    try:
        cell.cell_contents  # noqa: B018 - raises
    except ValueError:
        return False
    return True


def _weights(value: Any) -> Any:
    try:
        return value.get_weights() if hasattr(value, "get_weights") else None
    except Exception:  # noqa: BLE001 - not built yet
        return None
