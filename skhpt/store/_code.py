"""What functions and classes of the user's own do, as a digest: comments may change, and constants may not."""

from __future__ import annotations

import functools
import hashlib
import types
from collections.abc import Iterator
from typing import Any

from skhpt.store._source import is_librarys


def code_of_function(function: types.FunctionType) -> str | None:
    """A digest of what a function does, without where it stands and what it says of itself; None for a library's.

    Functions that it calls are not looked at. Another minor version of Python is another code.
    """
    return None if is_librarys(function) else _digest_of(function)


def _digest_of(function: types.FunctionType) -> str:
    documented = function.__doc__ is not None and function.__code__.co_consts[:1] == (function.__doc__,)
    return _digest(_code(function.__code__, skip=int(documented)))


def code_of_class(cls: type) -> str | None:
    """A digest of all methods that a class has from elsewhere than libraries; None if it has none."""
    own = [base for base in cls.__mro__ if not is_librarys(base)]
    parts = [[base.__qualname__, name, _digest_of(function)] for base in own for name, function in _methods(base)]
    return _digest(parts) if parts else None


def _methods(cls: type) -> Iterator[tuple[str, types.FunctionType]]:
    for name, value in sorted(vars(cls).items()):
        if isinstance(value, (staticmethod, classmethod)):
            value = value.__func__
        parts = (value.fget, value.fset, value.fdel) if isinstance(value, property) else (value,)
        if isinstance(value, functools.cached_property):
            parts = (value.func,)
        yield from ((name, part) for part in parts if isinstance(part, types.FunctionType))


def _code(code: types.CodeType, *, skip: int = 0) -> list[Any]:
    constants = [_constant(constant) for constant in code.co_consts[skip:]]
    return [code.co_code.hex(), code.co_names, code.co_varnames, constants]


def _constant(constant: Any) -> Any:
    if isinstance(constant, types.CodeType):
        return _code(constant)
    return sorted(map(repr, constant)) if isinstance(constant, frozenset) else repr(constant)


def _digest(parts: list[Any]) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]
