"""Whether a builder is one of KerasTuner's: what its only required argument is used for."""

from __future__ import annotations

import dis
import functools
import inspect
from collections.abc import Callable, Iterator
from itertools import pairwise
from types import CodeType
from typing import Any

ARGUMENT = "hp"

_DEFINITIONS = {"Boolean", "Choice", "Fixed", "Float", "Int", "conditional_scope"}  # of keras_tuner.HyperParameters
_CLASS = "HyperParameters"


def asks_for_hp(function: Callable[..., Any]) -> bool:
    """Whether this is a builder as KerasTuner has them.

    Its only required argument is a `keras_tuner.HyperParameters`: it is called `hp`, is annotated with this class, is
    that of a HyperModel's `build`, or the builder's own code defines hyper-parameters on it, as in ``h.Int(...)``.

    Parameters
    ----------
    function : callable
        Any builder.

    Examples
    --------
    >>> asks_for_hp(lambda h: h.Int("units", 8, 16)), asks_for_hp(lambda units: units + 1)
    (True, False)
    """
    parameters = inspect.signature(function).parameters.values()
    named = [p for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD) and p.default is p.empty]
    if len(named) != 1:
        return False
    (argument,) = named
    if argument.name == ARGUMENT or _says_so(argument.annotation) or _is_of_hyper_model(function):
        return True
    code = getattr(_innermost(function), "__code__", None)
    return code is not None and any(name in _DEFINITIONS for name in _attributes_of(argument.name, code))


def _says_so(annotation: Any) -> bool:
    """Whether an annotation, a class or its name, is that of KerasTuner's."""
    return str(getattr(annotation, "__name__", annotation)).strip("\"'").rpartition(".")[2] == _CLASS


def _is_of_hyper_model(function: Any) -> bool:
    owner = getattr(function, "__self__", None)
    return any(cls.__module__.startswith("keras_tuner.") for cls in type(owner).__mro__)


def _innermost(function: Any) -> Any:
    """The function that a decorator, a `functools.partial` or an object with ``__call__`` calls in the end."""
    while isinstance(function, functools.partial):
        function = function.func
    function = inspect.unwrap(function)
    return function if hasattr(function, "__code__") else vars(type(function)).get("__call__")


def _attributes_of(name: str, code: CodeType) -> Iterator[str]:
    """The attributes that a function's code reads of one of its variables, those in functions within it too.

    Read from the code and not from its source, which builders of a notebook's or a worker's need not have.
    """
    instructions = (each for each in dis.get_instructions(code) if each.opname != "EXTENDED_ARG")
    for before, after in pairwise(instructions):
        # Since Python 3.13 an instruction may load two variables: its last is the one that the attribute is read of.
        loaded = before.argval[-1] if isinstance(before.argval, tuple) and before.argval else before.argval
        is_loaded = loaded == name and before.opname.startswith(("LOAD_", "STORE_FAST_LOAD_"))
        if is_loaded and after.opname in ("LOAD_ATTR", "LOAD_METHOD"):
            yield str(after.argval)
    for inner in filter(lambda each: isinstance(each, CodeType) and name in each.co_freevars, code.co_consts):
        yield from _attributes_of(name, inner)
