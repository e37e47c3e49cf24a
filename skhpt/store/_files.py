"""Writing files of a run so that each is there whole, or not at all."""

from __future__ import annotations

import errno
import os
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from skhpt.exceptions import RunStorageError

_PATIENCE, _PAUSE = 1.0, 0.02  # seconds
# What a file system answers that has nothing to write for a directory.
_NO_SYNC = {errno.EINVAL, errno.ENOTSUP}


@contextmanager
def storing(run: Path) -> Iterator[None]:
    """Say of an error of the operating system's which run it concerns, and how to go on.

    Raises
    ------
    RunStorageError
        Instead of an `OSError`.
    """
    try:
        yield
    except OSError as error:
        raise RunStorageError(run, error) from error


def write_whole(path: Path, content: bytes, *, durable: bool = True) -> None:
    """Put a file in place in one step. What was there before stays if anything goes wrong.

    Parameters
    ----------
    path : Path
        Where.
    content : bytes
        All of it.
    durable : bool, default=True
        Whether it is to outlast a power cut as well, which takes a few milliseconds.
    """
    new = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        with new.open("wb") as file:
            file.write(content)
            file.flush()
            if durable:
                os.fsync(file.fileno())
        patiently(lambda: new.replace(path))
    except BaseException:
        new.unlink(missing_ok=True)
        raise
    if durable:
        _sync_names(path.parent)


def patiently(change: Callable[[], object]) -> None:
    """Rename or remove a file, and try again for a second if that is refused.

    Windows refuses it as long as another process has the file open: a list of runs that reads it, a virus scanner.

    Parameters
    ----------
    change : callable
        Renames or removes.

    Raises
    ------
    OSError
        What the last attempt raised.
    """
    end = time.monotonic() + _PATIENCE
    while True:
        try:
            change()
            return
        except (FileExistsError, PermissionError):
            if time.monotonic() >= end:
                raise
        time.sleep(_PAUSE)


def _sync_names(directory: Path) -> None:
    """Make the new name of a file last too, where directories can be opened and synced."""
    try:
        descriptor = os.open(directory, os.O_RDONLY)
    except PermissionError:  # as for every directory on Windows
        return
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _NO_SYNC:
            raise
    finally:
        os.close(descriptor)
