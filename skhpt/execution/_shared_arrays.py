"""Where workers find the large arrays that they share."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# https://joblib.readthedocs.io/en/stable/parallel.html#automated-array-to-memmap-conversion
VARIABLE = "JOBLIB_TEMP_FOLDER"
_IN_MEMORY = Path("/dev/shm")  # noqa: S108 - nothing is written there: it is where joblib would


@contextmanager
def arrays_on_disk() -> Iterator[None]:
    """Let joblib write what workers share to a disk, for all calls that begin in here.

    It would write it to memory: a second copy of the data, while pages of a file on a disk can be let go. What the
    user's environment says stands, and so does joblib's choice where the disk has less room.
    """
    if VARIABLE in os.environ or not _IN_MEMORY.exists() or not _has_more_room():
        yield
        return
    os.environ[VARIABLE] = tempfile.gettempdir()
    try:
        yield
    finally:
        os.environ.pop(VARIABLE, None)  # a search in another thread may have set it, and taken it back, as well


def _has_more_room() -> bool:
    return shutil.disk_usage(tempfile.gettempdir()).free >= shutil.disk_usage(_IN_MEMORY).free
