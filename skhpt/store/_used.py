"""What the user's own code uses: functions, classes and constants of its module and its package.

A builder that calls a function is another builder once that function is another one. They are found by their names in
the code, and followed from one to the next. Code of installed packages is not followed: their versions are told.
"""

from __future__ import annotations

import dis
import functools
import inspect
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from skhpt.store._code import codes_in, own_definitions
from skhpt.store._source import is_librarys

_MOST_VALUES = 10_000  # of an array, above which it is data and no constant
_PLAIN = (bool, int, float, complex, str, bytes, type(None), np.generic)
_GLOBALS, _ATTRIBUTES = {"LOAD_GLOBAL", "LOAD_NAME"}, {"LOAD_ATTR", "LOAD_METHOD"}
_WRITES = {"STORE_GLOBAL", "DELETE_GLOBAL"}
_ENTRIES = {"STORE_SUBSCR", "DELETE_SUBSCR"}
_CHANGES = {
    "add", "append", "clear", "discard", "extend", "insert", "pop", "popitem", "remove", "setdefault", "update",
}  # fmt: skip
_BEFORE_AN_ENTRY = 3  # instructions: the container, the key


def used_by(definition: Any) -> dict[str, Any]:
    """What a function or a class uses, directly or through others.

    Parameters
    ----------
    definition : function or class
        It is no part of the result.

    Returns
    -------
    dict of str to object
        Functions, classes and constants, by their names. What the code itself changes, such as a counter, is left out.

    Examples
    --------
    >>> used_by(used_by)  # code of a library
    {}
    """
    found: dict[str, Any] = {}
    written: set[str] = set()
    waiting, seen = [definition], {id(definition)}
    while waiting:
        current = waiting.pop()
        for function in _functions_of(current):
            module = str(function.__module__)
            written |= {_in_module(module, name) for name in _written(function.__code__)}
            for name, value in _read(function):
                if not _is_known(value, module):
                    continue
                if id(value) not in seen and _is_definition(value):
                    seen.add(id(value))
                    waiting.append(value)
                if value is not definition:
                    found[_own_name(value) or _in_module(module, name)] = value
    return {name: found[name] for name in sorted(found.keys() - written)}


def _in_module(module: str, name: str) -> str:
    """The name of a script's is the same where it is imported."""
    return name if module == "__main__" else f"{module}.{name}"


def _own_name(value: Any) -> str | None:
    """That of a function or a class, which may be imported from where it is defined."""
    name, module = (getattr(value, attribute, None) for attribute in ("__qualname__", "__module__"))
    return _in_module(module, name) if isinstance(module, str) and isinstance(name, str) else None


def _functions_of(value: Any, depth: int = 4) -> Iterator[types.FunctionType]:
    """The functions of the user's own that a value consists of: methods, what is decorated, what is in a closure."""
    if depth == 0:
        return
    parts: list[Any] = []
    if isinstance(value, types.FunctionType):
        if is_librarys(value):
            return
        yield value
        cells = inspect.getclosurevars(value).nonlocals.values() if value.__closure__ else ()
        parts = [*cells, *(value.__defaults__ or ()), *(value.__kwdefaults__ or {}).values()]
    elif isinstance(value, type):
        parts = [part for *_, part in own_definitions(value) if isinstance(part, types.FunctionType)]
    elif isinstance(value, functools.partial):
        parts = [value.func, *value.args, *value.keywords.values()]
    elif isinstance(value, types.MethodType):
        parts = [value.__func__, type(value.__self__)]
    elif isinstance(value, (list, tuple, set, frozenset)):
        parts = list(value)
    elif isinstance(value, dict):
        parts = list(value.values())
    elif callable(value) and hasattr(value, "__wrapped__"):
        parts = [value.__wrapped__]
    for part in parts:
        yield from _functions_of(part, depth - 1)


def _read(function: types.FunctionType) -> Iterator[tuple[str, Any]]:
    """The globals that a function reads; of a module, what it reads of that."""
    for code in codes_in(function.__code__):
        module, path = None, ""
        for instruction in dis.get_instructions(code):
            name = instruction.argval
            if instruction.opname in _GLOBALS:
                value, path = function.__globals__.get(name, function), name
            elif instruction.opname in _ATTRIBUTES and module is not None:
                value, path = getattr(module, name, function), f"{path}.{name}"
            else:
                module = None
                continue
            module = value if isinstance(value, types.ModuleType) else None
            if module is None and value is not function and not name.startswith("__"):
                yield path, value


def _written(code: types.CodeType) -> Iterator[str]:
    """The globals that code sets, or changes what is in them."""
    for part in codes_in(code):
        before: list[dis.Instruction] = []
        for instruction in dis.get_instructions(part):
            if instruction.opname in _WRITES:
                yield instruction.argval
            is_change = instruction.opname in _ATTRIBUTES and instruction.argval in _CHANGES
            reach = 1 if is_change else _BEFORE_AN_ENTRY if instruction.opname in _ENTRIES else 0
            yield from (past.argval for past in before[len(before) - reach :] if past.opname in _GLOBALS)
            before.append(instruction)


def _is_known(value: Any, module: str) -> bool:
    """Whether a value is a part of what the code of a module does: a constant, or defined in that or its package."""
    if isinstance(value, _PLAIN):
        return True
    if isinstance(value, (list, tuple, set, frozenset)):
        return all(_is_known(entry, module) for entry in value)
    if isinstance(value, dict):
        return all(_is_known(entry, module) for entry in [*value, *value.values()])
    if isinstance(value, np.ndarray):
        return value.size <= _MOST_VALUES and not value.dtype.hasobject
    return _is_definition(value) and any(
        not is_librarys(each) and _is_near(str(each.__module__), module) for each in _definitions_in(value)
    )


def _is_definition(value: Any) -> bool:
    return callable(value) or isinstance(value, (list, tuple, set, frozenset, dict))


def _definitions_in(value: Any) -> Iterator[Any]:
    if isinstance(value, type):
        yield value
    else:
        yield from _functions_of(value)


def _is_near(one: str, other: str) -> bool:
    """Whether two modules are of the same package; or stand side by side, as a script and what it imports."""
    if one.partition(".")[0] == other.partition(".")[0]:
        return True
    folders = [_folder(name) for name in (one, other)]
    return folders[0] is not None and folders[0] == folders[1]


def _folder(module: str) -> Path | None:
    file = getattr(sys.modules.get(module), "__file__", None)
    return None if file is None else Path(file).resolve().parent
