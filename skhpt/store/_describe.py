"""What a value is, in words of JSON: to be compared with what it was in an earlier process, and to be read.

Plain values stand as they are; of all others there is what they were made of. Nothing is ever made from a description.
"""

from __future__ import annotations

import hashlib
import inspect
import math
import types
from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

from skhpt.store._fingerprint import fingerprint
from skhpt.store._reading import as_text

Description = Any  # what `json` can write

_DEEPEST = 12
_SHORT = 20  # elements of an array that are shown and not summed up
_LARGEST_INTEGER = 2**63 - 1
_NOT_FINITE = ("nan", "inf", "-inf")


def describe(value: Any) -> Description:
    """What a value is.

    Functions are known by their names and their code, so that a comment may change and a constant may not; estimators
    by their parameters, arrays by their contents, other objects by their attributes.

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

    def of(self, value: Any) -> Description:
        if isinstance(value, np.generic) and not isinstance(value, np.void):
            value = value.item()
        if value is None or isinstance(value, (bool, int, float, str)):
            return _plain(value)
        if id(value) in self._above or len(self._above) >= _DEEPEST:
            return {"object": _name(type(value))}
        self._above.append(id(value))
        try:
            return self._made_of(value)
        finally:
            self._above.pop()

    def _made_of(self, value: Any) -> Description:
        if isinstance(value, list):
            return [self.of(entry) for entry in value]
        if isinstance(value, tuple):
            return {"tuple": [self.of(entry) for entry in value]}
        if isinstance(value, (set, frozenset)):
            return {"set": sorted((self.of(entry) for entry in value), key=repr)}
        if isinstance(value, Mapping):
            return {str(key): self.of(entry) for key, entry in value.items()}
        if isinstance(value, np.ndarray):
            return _array(value)
        if isinstance(value, type):
            return {"class": _name(value)}
        if isinstance(value, (bytes, bytearray)):
            return {"bytes": hashlib.sha256(value).hexdigest()}
        return self._callable(value) or self._object(value)

    def _callable(self, value: Any) -> Description | None:
        if isinstance(value, partial):
            return {"partial": self.of(value.func), "arguments": self.of([value.args, value.keywords])}
        if inspect.ismethod(value):
            return {"method": value.__func__.__name__, "of": self.of(value.__self__)}
        if isinstance(value, types.FunctionType):
            code = hashlib.sha256(repr(_code(value.__code__)).encode()).hexdigest()[:16]
            bound = [cell.cell_contents for cell in value.__closure__ or () if _is_filled(cell)]
            given = [value.__defaults__, value.__kwdefaults__, bound]
            return {"function": _name(value), "code": code, "given": self.of(given)}
        if isinstance(value, (types.BuiltinFunctionType, np.ufunc)):
            return {"function": getattr(value, "__qualname__", value.__name__)}
        return None

    def _object(self, value: Any) -> Description:
        if all(hasattr(value, name) for name in ("dist", "args", "kwds", "rvs")):  # a frozen distribution of SciPy's
            return {"distribution": value.dist.name, "arguments": self.of([value.args, value.kwds])}
        described: dict[str, Description] = {"object": _name(type(value))}
        if (data := fingerprint(value)) is not None:
            return described | data
        if isinstance(value, np.random.RandomState):
            return described | {"state": self.of(value.get_state(legacy=False))}
        if hasattr(value, "get_params"):
            return described | {"params": self.of(value.get_params(deep=False))}
        if hasattr(value, "get_config"):  # Keras' objects
            return described | {"config": self.of(_config(value)), "weights": self.of(_weights(value))}
        attributes = {name: of for name, of in getattr(value, "__dict__", {}).items() if not name.startswith("__")}
        return described | {"attributes": self.of(dict(sorted(attributes.items())))}


def readable(description: Description) -> Any:
    """A description as a table shows it: numbers and text as they are, all others in short.

    Integers that no column of a table holds are text.

    Examples
    --------
    >>> readable(16), readable({"tuple": [16, 32]}), readable({"function": "build", "code": "1f", "given": []})
    (16, '(16, 32)', '<function build>')
    >>> readable({"number": "nan"})
    nan
    """
    if isinstance(description, str):
        return as_text(description)
    if isinstance(description, int) and abs(description) > _LARGEST_INTEGER:
        return str(description)
    if description is None or isinstance(description, (bool, int, float)):
        return description
    number = description.get("number") if isinstance(description, dict) else None
    return float(number) if number in _NOT_FINITE else as_text(_short(description))


def _short(description: Description) -> str:
    if isinstance(description, list):
        return f"[{_listed(description)}]"
    if not isinstance(description, dict):
        return repr(description)
    if isinstance(description.get("tuple"), list):
        return f"({_listed(description['tuple'])})"
    for kind in ("function", "class", "object", "method", "partial"):
        if kind in description:
            return f"<{kind} {_last(description[kind])}>"
    if isinstance(description.get("distribution"), str):
        return f"{description['distribution']}({_call(description.get('arguments'))})"
    if "array" in description:
        return f"array({_short(description['array'])})"
    if description.get("number") in _NOT_FINITE:
        return str(description["number"])
    return f"{{{', '.join(f'{key}: {_short(entry)}' for key, entry in description.items())}}}"


def _listed(descriptions: list[Description]) -> str:
    return ", ".join(map(_short, descriptions))


def _call(arguments: Description) -> str:
    """The arguments of a distribution, as it was made."""
    try:
        args, kwargs = arguments
        return ", ".join([*map(_short, args["tuple"]), *(f"{name}={_short(value)}" for name, value in kwargs.items())])
    except (AttributeError, KeyError, TypeError, ValueError):  # not as `describe` has them
        return "…"


def _last(name: Any) -> str:
    return name.rpartition(".")[2] if isinstance(name, str) else _short(name)


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


def _code(code: types.CodeType) -> list[Any]:
    """What a function does, without where it stands."""
    return [code.co_code.hex(), code.co_names, code.co_varnames, [_constant(constant) for constant in code.co_consts]]


def _constant(constant: Any) -> Any:
    if isinstance(constant, types.CodeType):
        return _code(constant)
    return sorted(map(repr, constant)) if isinstance(constant, frozenset) else repr(constant)


def _is_filled(cell: Any) -> bool:
    try:
        cell.cell_contents  # noqa: B018 - raises
    except ValueError:
        return False
    return True


def _config(value: Any) -> Any:
    try:
        return value.get_config()
    except Exception:  # noqa: BLE001 - a subclassed model, or whatever a user's own class raises
        return None


def _weights(value: Any) -> Any:
    try:
        return value.get_weights() if hasattr(value, "get_weights") else None
    except Exception:  # noqa: BLE001 - not built yet
        return None
