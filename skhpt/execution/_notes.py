"""Which trials are running, whatever process of this machine they run in."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from skhpt.execution._attempts import Key
from skhpt.trials import TrialSpec

_BEGUN, _ENDED = "begun", "ended"


class Notes:
    """A file, while this is entered, in which workers note the trials that they begin and end.

    joblib does not say what a dead worker was doing, nor which tasks were still waiting for a worker (with
    ``pre_dispatch="all"`` nearly all may), nor which had ended in a batch of tasks that has not. Without a file (on a
    full disk) there are just no notes.
    """

    _path: Path | None = None

    def __enter__(self) -> Notes:
        with suppress(OSError):
            descriptor, path = tempfile.mkstemp(prefix="skhpt-")
            os.close(descriptor)
            self._path = Path(path)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._path is not None:
            with suppress(PermissionError):  # on Windows, while a worker that was not waited for still writes
                self._path.unlink(missing_ok=True)

    def begins(self, spec: TrialSpec) -> None:
        """Note that a trial begins."""
        self._write(_BEGUN, spec)

    def ends(self, spec: TrialSpec) -> None:
        """Note that a trial has ended. Its result may still be lost on its way."""
        self._write(_ENDED, spec)

    def suspects(self, unfinished: set[Key]) -> set[Key]:
        """Of the trials whose results have not come, those that may have killed a worker that died just now.

        They are those that were running; if none was, those that had ended (sending a result takes memory, too); if
        none had, all (a worker may die over reading its task).
        """
        last = {} if self._path is None else dict(_parsed(self._path.read_text("utf-8").splitlines()))
        running = {key for key in unfinished if last.get(key) == _BEGUN}
        return running or unfinished & last.keys() or unfinished

    def _write(self, event: str, spec: TrialSpec) -> None:
        if self._path is None:
            return
        with suppress(OSError), open(os.open(self._path, os.O_WRONLY | os.O_APPEND), "w", encoding="utf-8") as file:
            # Written at once, on closing, and at the end: but on Windows, no worker gets into another's line.
            file.write("{} {} {} {}\n".format(event, *spec.key))


def _parsed(lines: Iterable[str]) -> Iterator[tuple[Key, str]]:
    for line in lines:
        with suppress(ValueError):  # half a line, of a full disk or of two workers that wrote at once
            event, *key = line.split()
            candidate, fold, repeat = map(int, key)
            yield (candidate, fold, repeat), event
