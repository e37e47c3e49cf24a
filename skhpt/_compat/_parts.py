"""Looking up private parts of other libraries, which may be missing."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def private_part(module: str, name: str, instead: Any = None) -> Any:
    """A private part of a library.

    Parameters
    ----------
    module, name : str
        Where it stands.
    instead : object, default=None
        What is used where there is no such part.

    Examples
    --------
    >>> private_part("json", "_no_such_name", instead=3)
    3
    """
    try:
        return getattr(import_module(module), name, instead)
    except ImportError:
        return instead
