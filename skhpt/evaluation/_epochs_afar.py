"""How far trials are that run in other processes of this machine."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread

from skhpt.trials import TrialSpec

Key = tuple[int, int, int]

_SECONDS_BETWEEN = 0.5


class EpochsAfar:
    """The end in a worker: notes epochs in a file.

    Parameters
    ----------
    path : str or None
        Of the file; None where nobody listens. Where there is no such file, as on another machine, nothing is noted.
    """

    def __init__(self, path: str | None) -> None:
        self._path = path

    def hearing(self, spec: TrialSpec) -> Callable[[int], None] | None:
        """Who is to hear of the epochs of a trial; None if nobody listens."""
        if self._path is None:
            return None
        path, due = self._path, 0.0

        def hear(n_epochs: int) -> None:
            nonlocal due
            if time.monotonic() < due:
                return
            due = time.monotonic() + _SECONDS_BETWEEN
            with suppress(OSError), open(os.open(path, os.O_WRONLY | os.O_APPEND), "w", encoding="utf-8") as file:
                # Written at once, on closing, and at the end: but on Windows, no worker gets into another's line.
                file.write("{} {} {} {}\n".format(*spec.key, n_epochs))

        return hear


class EpochsFromAfar:
    """The end in the process of the search: looks into the file now and then.

    Parameters
    ----------
    hear : callable
        Is told what is new there, in a thread.

    Attributes
    ----------
    path : str
        Of the file.
    """

    def __init__(self, hear: Callable[[Iterable[tuple[Key, int]]], None]) -> None:
        descriptor, self.path = tempfile.mkstemp(prefix="skhpt-")
        os.close(descriptor)
        self._hear, self._is_over = hear, Event()
        self._thread = Thread(target=self._listen, name="skhpt-epochs", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Look no more."""
        self._is_over.set()
        self._thread.join()
        with suppress(PermissionError):  # on Windows, while a worker that was not waited for still writes
            Path(self.path).unlink(missing_ok=True)

    def _listen(self) -> None:
        with open(self.path, encoding="utf-8") as file:
            while not self._is_over.wait(_SECONDS_BETWEEN):
                if lines := file.readlines():
                    self._hear(_parsed(lines))


def _parsed(lines: Iterable[str]) -> Iterator[tuple[Key, int]]:
    for line in lines:
        with suppress(ValueError):  # half a line, of a full disk or of two workers that wrote at once
            candidate, fold, repeat, n_epochs = map(int, line.split())
            yield (candidate, fold, repeat), n_epochs
