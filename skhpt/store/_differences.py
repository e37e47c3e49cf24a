"""What differs between two descriptions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from skhpt.store._describe import Description, same_description
from skhpt.store._readable import readable

_MISSING = object()
# No words of the user's.
_NAMELESS = {
    "array", "attributes", "config", "dict", "given", "made_of", "number", "object", "of", "params", "tuple", "wrapped",
}  # fmt: skip
_BUILDERS = {"build_fn", "model"}  # parameters of the wrappers
_USED = "used"
_CONTAINERS = {"array", "dict", "items", "set", "tuple"}


def differences(there: Description, here: Description) -> list[str]:
    """What differs, a clause each, from the point of view of a search that finds a run.

    Examples
    --------
    >>> differences({"cv": 5, "param_grid": {"C": [1, 2]}}, {"cv": 3, "param_grid": {"C": [1, 2]}})
    ['cv is 5 there and 3 here']
    >>> differences({"max_features": 1}, {"max_features": 1.0})
    ['max_features is 1 there and 1.0 here']
    """
    return list(dict.fromkeys(_clause(*difference) for difference in _differing(there, here)))


def differing(there: Description, here: Description) -> Iterator[tuple[str, Any, Any]]:
    """The smallest parts that differ: where they stand, and what they are in both.

    Yields
    ------
    path : str
        Names with dots between them.
    there, here : description
        Missing ones are ``"nothing"``.
    """
    for path, there_, here_, _ in _differing(there, here):
        yield ".".join(path) or "search", there_, here_


def _differing(
    there: Description, here: Description, *, path: tuple[str, ...] = (), definitions: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Any, Any, tuple[str, ...]]]:
    """The same, and by their names the functions and classes that they are parts of."""
    if _comparable(there, here):
        definitions = (*definitions, *_definition(here))
        if path and there.keys() == here.keys() and list(there) != list(here):
            yield path, f"in the order {', '.join(there)}", f"in the order {', '.join(here)}", definitions
        for name in dict.fromkeys([*there, *here]):
            inner = path if name in _NAMELESS else (*path, name)
            parts = (each.get(name, _MISSING) for each in (there, here))
            yield from _differing(*parts, path=inner, definitions=definitions)
    elif isinstance(there, list) and isinstance(here, list) and len(there) == len(here) and not _plain(there):
        for place, (one, other) in enumerate(zip(there, here, strict=True)):
            yield from _differing(one, other, path=(*path, str(place)), definitions=definitions)
    elif there is _MISSING or here is _MISSING or not same_description(there, here):
        yield path, _shown(there), _shown(here), definitions


def _definition(description: dict[str, Any]) -> list[str]:
    names = (description.get(kind) for kind in ("function", "class", "object"))
    return [name.rpartition(".")[2] for name in names if isinstance(name, str)] if "code" in description else []


def _comparable(there: Description, here: Description) -> bool:
    """Whether to look into both: not where they are of different kinds, of which the whole says more."""
    if not (isinstance(there, dict) and isinstance(here, dict)):
        return False
    if isinstance(there.get("distribution"), str) and _shown(there) != _shown(here):
        return False  # Int(8, 64) says more than its arguments
    if there.keys() & _CONTAINERS != here.keys() & _CONTAINERS:
        return False
    return all(there.get(kind) == here.get(kind) for kind in ("object", "class", "function", "distribution"))


def _plain(descriptions: list[Description]) -> bool:
    """Whether a list says more as a whole."""
    return all(not isinstance(description, (dict, list)) for description in descriptions)


def _shown(description: Any) -> Any:
    return "nothing" if description is _MISSING else readable(description)


def _clause(path: tuple[str, ...], there: Any, here: Any, definitions: tuple[str, ...]) -> str:
    if _USED in path:
        return _clause_of_used(path[path.index(_USED) + 1 :], there, here, definitions)
    name = ".".join(path) or "search"
    if path[-1:] != ("code",):
        return _said(name, there, here)
    if definitions and path[-2:-1] and path[-2] in _BUILDERS:
        return f"the builder `{definitions[-1]}` has changed"
    return f"the code of {name.removesuffix('.code')} has changed"


def _clause_of_used(path: tuple[str, ...], there: Any, here: Any, definitions: tuple[str, ...]) -> str:
    """What differs in what a builder uses, say."""
    user = definitions[0] if definitions else "the code"
    if not path:  # it uses nothing there, or here
        return f"what `{user}` uses has changed"
    name = f"`{path[0].rpartition('.')[2]}`, which `{user}` uses,"
    if {"code", "digest", "given"} & set(path[1:]):
        return f"{name} has changed"
    return _said(name, there, here)


def _said(name: str, there: Any, here: Any) -> str:
    if name.endswith("unknown"):
        return f"{name.removesuffix('.unknown')} can't be compared with what it was"
    if name.endswith("digest"):
        return f"the contents of {name.removesuffix('.digest')} differ"
    if str(there) == str(here):  # 1 and "1", say
        return f"{name} is {_typed(there)} there and {_typed(here)} here"
    return f"{name} is {_quoted(there)} there and {_quoted(here)} here"


def _typed(value: Any) -> str:
    return f"{_quoted(value)} ({type(value).__name__})"


def _quoted(value: Any, longest: int = 120) -> str:
    text = str(value)
    return text if len(text) <= longest else f"{text[:longest]}…"
