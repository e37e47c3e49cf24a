"""Writing files of a run so that each is there whole, or not at all."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from skhpt.exceptions import RunStorageError


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
        new.replace(path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
    if durable:
        _sync_names(path.parent)


def _sync_names(directory: Path) -> None:
    """Make the new name of a file last too, where directories can be opened for that."""
    if os.name != "posix":
        return
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
