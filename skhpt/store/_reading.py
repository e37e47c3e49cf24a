"""Reading what may be something else than what was written: damaged, or made by somebody to do harm."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from skhpt.exceptions import DamagedRunError, RunError

_DEEPEST = 100  # a description is at most some 30 deep; Python's own limit is 1000
_LONGEST_REASON = 200


@contextmanager
def reading(what: str) -> Iterator[None]:
    """Say of whatever fails in making sense of it that it is not what was written.

    Parameters
    ----------
    what : str
        The beginning of the sentence.

    Raises
    ------
    DamagedRunError
        Instead of the errors that values of another type or size lead to.

    Examples
    --------
    >>> with reading("The journal"):
    ...     {}["kind"]
    Traceback (most recent call last):
    skhpt.exceptions.DamagedRunError: The journal is not what was written: KeyError: 'kind'.
    """
    try:
        yield
    except RunError:
        raise
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        reason = f"{type(error).__name__}: {error}"[:_LONGEST_REASON]
        raise DamagedRunError(f"{what} is not what was written: {reason}.") from error


def is_file(path: Path) -> bool:
    """Whether there is a file: no directory, device or pipe, and no link, which could lead out of the run."""
    return _is(path, stat.S_ISREG)


def is_directory(path: Path) -> bool:
    """Whether there is a directory, and no link to one."""
    return _is(path, stat.S_ISDIR)


def read_json(path: Path) -> Any:
    """What a file of JSON holds.

    Raises
    ------
    DamagedRunError
        If it is no file of JSON, or one that is nested deeper than any that was written.
    """
    if not is_file(path):
        raise DamagedRunError(f"{path} is no file.")
    with reading(str(path)):
        return shallow(json.loads(path.read_bytes()))


def shallow(value: Any) -> Any:
    """The same value. Raises a ValueError if it is nested so deeply that comparing or showing it would fail."""
    level = [value]
    for _ in range(_DEEPEST):
        level = [part for whole in level for part in _parts(whole)]
        if not level:
            return value
    raise ValueError(f"nested more than {_DEEPEST} deep")


def as_text(value: Any) -> str:
    r"""Text that every file and table can hold: a half of a surrogate pair, as in odd names of files, is spelt out.

    Examples
    --------
    >>> as_text("x\udc80")
    'x\\udc80'
    """
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} where text was expected")
    return value if value.isascii() else value.encode("utf-8", "backslashreplace").decode("utf-8")


def _is(path: Path, kind: Any) -> bool:
    try:
        return bool(kind(path.lstat().st_mode))
    except (OSError, ValueError):  # not there, not for us, or a name that no file can have
        return False


def _parts(value: Any) -> Any:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
