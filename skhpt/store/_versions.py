"""The versions that results come from."""

from __future__ import annotations

import importlib.metadata
import platform

_PACKAGES = ("skhpt", "keras", "tensorflow", "scikit-learn", "numpy", "pandas")


def installed_versions() -> dict[str, str]:
    """Of Python, and of the packages that results depend on, as far as they are installed.

    Examples
    --------
    >>> list(installed_versions())[:2]
    ['python', 'skhpt']
    """
    known = {name: version for name in _PACKAGES if (version := _version(name)) is not None}
    return {"python": platform.python_version(), **known}


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None
