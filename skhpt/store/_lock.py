"""One process at a time on a run."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Self

from filelock import FileLock, Timeout

from skhpt.exceptions import DamagedRunError, RunInUseError
from skhpt.store._files import storing
from skhpt.store._layout import LOCK
from skhpt.store._reading import is_file

_PATIENCE = 0.25  # seconds, since whoever lists runs holds each for a moment


class RunLock:
    """Holds a run for this process. The operating system lets go of it when the process ends, however it ends.

    Parameters
    ----------
    run : Path
        The run's directory.

    Raises
    ------
    RunInUseError
        If another process, or another search of this one, has it.
    DamagedRunError
        If its lock is none.
    """

    def __init__(self, run: Path) -> None:
        if os.path.lexists(run / LOCK) and not is_file(run / LOCK):
            raise DamagedRunError(f"{run / LOCK} is no file.")  # locking would write to wherever a link leads
        self._lock = FileLock(run / LOCK, thread_local=False)
        with storing(run):
            try:
                self._lock.acquire(timeout=_PATIENCE, poll_interval=_PATIENCE / 5)
            except Timeout:
                raise RunInUseError(run) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.release()

    def release(self) -> None:
        """Let go."""
        self._lock.release()


def is_in_use(run: Path) -> bool:
    """Whether somebody holds a run."""
    if not is_file(run / LOCK):
        return False
    try:
        RunLock(run).release()
    except RunInUseError:
        return True
    except OSError:  # of somebody else's, or on a disk that can't be written
        return False
    return False
