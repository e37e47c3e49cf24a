"""The arguments that functions and classes take."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from typing import Any

_NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


def arguments_of(function: Any) -> set[str]:
    """The names of a function's arguments."""
    return {p.name for p in inspect.signature(function).parameters.values() if p.kind in _NAMED}


def takes_any(function: Any) -> bool:
    """Whether a function has ``**kwargs``."""
    return any(p.kind is p.VAR_KEYWORD for p in inspect.signature(function).parameters.values())


def accepted_by(maker: Any) -> list[str]:
    """The names of the arguments that a class or a function takes, those that may be given by position first.

    A class that has ``**kwargs`` hands them on to the next one, as Keras' classes do.

    Examples
    --------
    >>> class Base:
    ...     def __init__(self, name): ...
    >>> class Derived(Base):
    ...     def __init__(self, size, **kwargs): ...
    >>> accepted_by(Derived)
    ['size', 'name']
    """
    return list(dict.fromkeys(p.name for function in _functions(maker) for p in _parameters(function, maker)))


def by_name(maker: Any, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments by their names alone: a number, also after ``args__``, is the position of one.

    Parameters
    ----------
    maker : class or function
        What they are for.
    arguments : mapping of str to object
        By name or position, perhaps with more after two underscores.

    Examples
    --------
    >>> def scale(rows, factor): ...
    >>> by_name(scale, {"1": 2, "0__size": 3, "args__0": 4})
    {'factor': 2, 'rows__size': 3, 'rows': 4}
    """
    return {_renamed(name, positions(maker)): value for name, value in arguments.items()}


def positions(maker: Any) -> list[str]:
    """The names of the arguments that a class or a function takes by position, in their order."""
    first = next(iter(_functions(maker)), None)
    if first is None:
        return []
    return [p.name for p in _parameters(first, maker) if p.kind is p.POSITIONAL_OR_KEYWORD]


def _renamed(name: str, places: list[str]) -> str:
    place, _, rest = name.removeprefix("args__").partition("__")
    if not place.isdecimal() or int(place) >= len(places):
        return name
    return f"{places[int(place)]}__{rest}" if rest else places[int(place)]


def _functions(maker: Any) -> Iterator[Any]:
    """Those whose arguments a maker takes."""
    if not isinstance(maker, type):
        yield maker
        return
    for cls in maker.__mro__:
        if "__init__" in vars(cls):
            yield vars(cls)["__init__"]
            if not takes_any(vars(cls)["__init__"]):
                return


def _parameters(function: Any, maker: Any) -> list[inspect.Parameter]:
    found = list(inspect.signature(function).parameters.values())
    return [p for p in (found[1:] if isinstance(maker, type) else found) if p.kind in _NAMED]
