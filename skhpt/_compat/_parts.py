"""Private parts of other libraries, and the versions in which they were tested."""

from __future__ import annotations

import re
import warnings
from importlib import import_module
from typing import Any

from skhpt.exceptions import CompatibilityWarning

NEWEST_TESTED = {"keras": (3, 15), "tensorflow": (2, 21), "jax": (0, 10)}
"""The newest releases that all tests have passed with."""
OLDEST_TESTED = {"keras": (3, 8), "tensorflow": (2, 18), "jax": (0, 10)}
"""The oldest releases that the tests in ``.ci/seams`` have passed with; on JAX there is one."""
OLDEST_FUSED = {"jax": (0, 7)}
"""The oldest releases that the fused engine runs on: with older ones it crashes, or trains otherwise than Keras."""

_lost: list[str] = []  # told once


def private_part(module: str, name: str, instead: Any = None, *, loses: str = "") -> Any:
    """A private part of a library.

    Parameters
    ----------
    module, name : str
        Where it stands.
    instead : object, default=None
        What is used where there is no such part.
    loses : str, default=""
        What is lost then, as a sentence for the user. `warn_of_lost_parts` tells it.

    Examples
    --------
    >>> private_part("json", "_no_such_name", instead=3)
    3
    """
    try:
        return getattr(import_module(module), name)
    except (ImportError, AttributeError):
        if loses:
            _lost.append(loses)
        return instead


def warn_of_lost_parts() -> None:
    """Warn of what is lost, once a process: not at import, which is to succeed where warnings are errors."""
    told, _lost[:] = list(dict.fromkeys(_lost)), []
    if told:
        warnings.warn(
            f"skhpt does not know this version of a library. {' '.join(told)} {tested_versions()}",
            CompatibilityWarning,
            stacklevel=3,
        )


def tested_versions() -> str:
    """The sentence that says what to install.

    Examples
    --------
    >>> print(tested_versions())
    Tested are keras 3.8 to 3.15, tensorflow 2.18 to 2.21 and jax 0.10.
    """
    ranges = {name: (_text(OLDEST_TESTED[name]), _text(newest)) for name, newest in NEWEST_TESTED.items()}
    *first, last = [f"{name} {' to '.join(dict.fromkeys(ends))}" for name, ends in ranges.items()]
    return f"Tested are {', '.join(first)} and {last}."


def _text(release: tuple[int, ...]) -> str:
    return ".".join(map(str, release))


def untested(*libraries: str) -> list[str]:
    """The libraries that are newer or older than those that were tested, with their versions: ``"keras 3.16.0"``.

    Parameters
    ----------
    *libraries : str
        Keys of `NEWEST_TESTED`.
    """
    versions = {library: _version(library) for library in libraries}
    return [
        f"{name} {version}"
        for name, version in versions.items()
        if not OLDEST_TESTED[name] <= _release(version) <= NEWEST_TESTED[name]
    ]


def too_old_to_fuse(*libraries: str) -> list[str]:
    """The libraries that are too old for the fused engine, with what it needs."""
    return [
        f"{name} {_version(name)} is older than {_text(OLDEST_FUSED[name])}"
        for name in libraries
        if _release(_version(name)) < OLDEST_FUSED.get(name, ())
    ]


def _version(library: str) -> str:
    """The version of a library, whatever the package is called that it was installed by, such as tensorflow-cpu."""
    return str(import_module(library).__version__)


def _release(version: str) -> tuple[int, ...]:
    """The first two numbers of a version.

    Examples
    --------
    >>> _release("3.16.0.dev2026"), _release("4")
    ((3, 16), (4,))
    """
    return tuple(int(number) for number in re.findall(r"\d+", version)[:2])
