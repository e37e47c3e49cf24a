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
    return [_clause(*difference) for difference in differing(there, here)]


def differing(there: Description, here: Description, *, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any, Any]]:
    """The smallest parts that differ: where they stand, and what they are in both.

    Yields
    ------
    path : str
        Names with dots between them.
    there, here : description
        Missing ones are ``"nothing"``.
    """
    if _comparable(there, here):
        if path and there.keys() == here.keys() and list(there) != list(here):
            yield ".".join(path), f"in the order {', '.join(there)}", f"in the order {', '.join(here)}"
        for name in dict.fromkeys([*there, *here]):
            inner = path if name in _NAMELESS else (*path, name)
            yield from differing(there.get(name, _MISSING), here.get(name, _MISSING), path=inner)
    elif isinstance(there, list) and isinstance(here, list) and len(there) == len(here) and not _plain(there):
        for place, (one, other) in enumerate(zip(there, here, strict=True)):
            yield from differing(one, other, path=(*path, str(place)))
    elif there is _MISSING or here is _MISSING or not same_description(there, here):
        yield ".".join(path) or "search", _shown(there), _shown(here)


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


def _clause(path: str, there: Any, here: Any) -> str:
    if path.endswith("code"):
        return f"the code of {path.removesuffix('.code')} has changed"
    if path.endswith("unknown"):
        return f"{path.removesuffix('.unknown')} can't be compared with what it was"
    if path.endswith("digest"):
        return f"the contents of {path.removesuffix('.digest')} differ"
    if str(there) == str(here):  # 1 and "1", say
        return f"{path} is {_typed(there)} there and {_typed(here)} here"
    return f"{path} is {_quoted(there)} there and {_quoted(here)} here"


def _typed(value: Any) -> str:
    return f"{_quoted(value)} ({type(value).__name__})"


def _quoted(value: Any, longest: int = 120) -> str:
    text = str(value)
    return text if len(text) <= longest else f"{text[:longest]}…"
