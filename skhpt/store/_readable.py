"""Descriptions as tables and sentences show them."""

from __future__ import annotations

from typing import Any

from skhpt.store._describe import NOT_FINITE, Description
from skhpt.store._reading import as_text

_LARGEST_INTEGER = 2**63 - 1


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
    if isinstance(description, dict) and "object" in description and "value" in description:  # of an Enum, say
        return readable(description["value"])
    number = description.get("number") if isinstance(description, dict) else None
    return float(number) if number in NOT_FINITE else as_text(_short(description))


def _short(description: Description) -> str:
    if isinstance(description, list):
        return f"[{_listed(description)}]"
    if not isinstance(description, dict):
        return repr(description)
    if isinstance(description.get("dict"), dict):
        return _entries(description["dict"])
    if isinstance(description.get("tuple"), list):
        return f"({_listed(description['tuple'])})"
    for kind in ("function", "class", "object", "method", "partial"):
        if kind in description:
            return f"<{kind} {_last(description[kind])}>"
    if isinstance(description.get("distribution"), str):
        return f"{description['distribution']}({_call(description.get('arguments'))})"
    if "array" in description:
        return f"array({_short(description['array'])})"
    if description.get("number") in NOT_FINITE:
        return str(description["number"])
    return _entries(description)


def _entries(description: dict[str, Description]) -> str:
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
