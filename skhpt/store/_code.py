"""What functions and classes of the user's own do, as a digest: comments may change, and constants may not."""

from __future__ import annotations

import dis
import functools
import hashlib
import inspect
import logging
import sys
import threading
import types
from collections.abc import Callable, Iterator
from enum import Enum
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from typing import Any

from skhpt.store._counters import counters
from skhpt.store._source import is_librarys

_WITHOUT_RESULT = (type(threading.Lock()), type(threading.RLock()), logging.Logger)
_NOT_CODE = {"__doc__", "__firstlineno__"}
_STARS = inspect.CO_VARARGS | inspect.CO_VARKEYWORDS


def code_of_function(function: types.FunctionType, *, as_before: bool = False) -> str | None:
    """A digest of what a function does, without where it stands and what it says of itself; None for a library's.

    Functions that it calls are not looked at. Another minor version of Python is another code.

    Parameters
    ----------
    function : function
        Any.
    as_before : bool, default=False
        Whether the digest is that of `DESCRIBED` 1, where adding a docstring, or changing that of an inner function,
        was a change.
    """
    if is_librarys(function):
        return None
    if not as_before:
        return digest(_code(function.__code__))
    documented = function.__doc__ is not None and function.__code__.co_consts[:1] == (function.__doc__,)
    return digest(_code_before(function.__code__, skip=int(documented)))


def codes_in(code: types.CodeType) -> Iterator[types.CodeType]:
    """The code of a function, and of the functions and classes that are defined in it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from codes_in(constant)


def own_definitions(cls: type) -> list[list[Any]]:
    """What a class has from elsewhere than libraries: its methods, and the data that all its objects share.

    Returns
    -------
    list of [str, str, object]
        The name of the class that defines it, its name there, and what it is.
    """
    own = [base for base in cls.__mro__ if not is_librarys(base) and not _is_compiled(base)]
    parts = [[base.__qualname__, name, part] for base in own for name, part in _definitions(base)]
    if all(isinstance(part, types.FunctionType) for *_, part in parts):
        return parts
    counted = {base.__qualname__: counters(base) for base in own}
    names = set().union(*counted.values())  # which may be set on a class that derives from the one that counts
    written = [[base, name, value] for base, found in counted.items() for name, value in found.items()]
    return [part for part in parts if part[1] not in names] + written


def digest(parts: Any) -> str:
    """A short digest of what `repr` tells of it."""
    return hashlib.sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _definitions(cls: type) -> Iterator[tuple[str, Any]]:
    members = getattr(cls, "__members__", {}) if issubclass(cls, Enum) else {}
    fence = "_" if members else "__"  # around the names of what Python itself puts there
    for name, value in sorted({**vars(cls), **{name: member.value for name, member in members.items()}}.items()):
        is_pythons = name == "_abc_impl" or (name.startswith(fence) and name.endswith(fence))
        # Methods count, whatever they are called.
        yield from ((name, part) for part in _parts(value) if not is_pythons or isinstance(part, types.FunctionType))


def _parts(value: Any) -> tuple[Any, ...]:
    if isinstance(value, (types.GetSetDescriptorType, types.MemberDescriptorType, *_WITHOUT_RESULT)):  # slots, say
        return ()
    if isinstance(value, (staticmethod, classmethod)):
        return (value.__func__,)
    if isinstance(value, property):
        return (value.fget, value.fset, value.fdel)
    return (value.func,) if isinstance(value, functools.cached_property) else (value,)


def _is_compiled(cls: type) -> bool:
    file = getattr(sys.modules.get(cls.__module__), "__file__", None)
    return cls.__module__ in sys.builtin_module_names or Path(file or ".py").suffix in EXTENSION_SUFFIXES


def _code(code: types.CodeType) -> list[Any]:
    """Its instructions with what they refer to, as a docstring moves the places of the other constants."""
    instructions: list[Any] = []
    for instruction in dis.get_instructions(code):
        if instruction.opname == "STORE_NAME" and instruction.argval in _NOT_CODE:  # in the body of a class
            del instructions[-1:]
        elif instruction.opcode in dis.hasconst:
            instructions.append([instruction.opname, _constant(instruction.argval)])
        else:
            instructions.append([instruction.opname, instruction.argrepr or instruction.arg])
    return [instructions, code.co_varnames, _arguments(code), code.co_exceptiontable.hex()]


def _code_before(code: types.CodeType, *, skip: int = 0) -> list[Any]:
    constants = [_constant(constant, _code_before) for constant in code.co_consts[skip:]]
    what_is_caught = code.co_exceptiontable.hex()
    return [code.co_code.hex(), code.co_names, code.co_varnames, constants, _arguments(code), what_is_caught]


def _arguments(code: types.CodeType) -> tuple[int, ...]:
    return code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags & _STARS


def _constant(constant: Any, code: Callable[[types.CodeType], list[Any]] = _code) -> Any:
    if isinstance(constant, types.CodeType):
        return code(constant)
    return sorted(map(repr, constant)) if isinstance(constant, frozenset) else repr(constant)
