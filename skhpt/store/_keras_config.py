"""Configurations of Keras' objects, without the names that Keras makes up."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any


def without_made_up_names(config: Any, class_name: str) -> Any:
    """A configuration in which names such as ``dense_3``, which count what the process has made, are counted anew.

    Parameters
    ----------
    config : object
        What `get_config` returned.
    class_name : str
        Of its owner.

    Examples
    --------
    >>> without_made_up_names({"name": "auc_7", "k": 1}, "AUC")
    {'name': 'auc', 'k': 1}
    >>> without_made_up_names({"name": "mine", "k": 1}, "AUC")
    {'name': 'mine', 'k': 1}
    """
    counted: dict[str, int] = {}
    names: dict[str, str] = {}
    for name, owner in _named({"class_name": class_name, "config": config}):
        base = _made_up_from(name, owner)
        if base is not None and name not in names:
            number = counted[base] = counted.get(base, -1) + 1
            names[name] = f"{base}_{number}" if number else base
    return _renamed(config, names)


def _named(config: Any) -> Iterator[tuple[str, str]]:
    """All names in a configuration, each with the class that has it."""
    if isinstance(config, dict):
        inner = config.get("config")
        if isinstance(inner, dict) and isinstance(inner.get("name"), str):
            yield inner["name"], str(config.get("class_name"))
        for value in config.values():
            yield from _named(value)
    elif isinstance(config, (list, tuple)):
        for value in config:
            yield from _named(value)


def _made_up_from(name: str, class_name: str) -> str | None:
    """``dense`` for the ``dense_3`` of a `Dense`; None for a name that somebody gave."""
    base = re.sub(r"_\d+$", "", name)
    return base if base.replace("_", "") == class_name.replace("_", "").lower() else None


def _renamed(config: Any, names: dict[str, str]) -> Any:
    if isinstance(config, dict):
        return {key: _renamed(value, names) for key, value in config.items()}
    if isinstance(config, (list, tuple)):
        return type(config)(_renamed(value, names) for value in config)
    return names.get(config, config) if isinstance(config, str) else config
