"""The versions that results come from."""

from __future__ import annotations

import importlib.metadata
import platform
import sys

_PACKAGES = ("skhpt", "keras", "scikit-learn", "numpy", "pandas")


def installed_versions() -> dict[str, str]:
    """Of Python, and of the packages that results depend on, as far as they are installed.

    Where Keras is loaded, its backend is named, with the version of that: of a search that has none, neither matters.

    Examples
    --------
    >>> list(installed_versions())[:2]
    ['python', 'skhpt']
    """
    versions = _versions_of(*_PACKAGES)
    keras = sys.modules.get("keras")
    if keras is not None:
        backend = str(keras.backend.backend())
        versions |= {"keras backend": backend} | _versions_of(backend)
    return {"python": platform.python_version(), **versions}


def _versions_of(*packages: str) -> dict[str, str]:
    return {name: version for name in packages if (version := _version(name)) is not None}


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None
