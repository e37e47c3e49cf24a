"""The files that TensorBoard reads."""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from skhpt.exceptions import MissingExtraError

try:
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.summary.writer.record_writer import RecordWriter
except ImportError as error:
    raise MissingExtraError("Writing for TensorBoard", "tensorboard") from error

_VERSION = "brain.Event:2"  # TensorBoard's readers ask for it at the head of each file


class EventFile:
    """A file of events in a directory, to be appended to.

    It is open only while it is written to: it may be copied, pickled, and there may be thousands. TensorBoard's own
    `EventFileWriter` has a thread for each file, and loads TensorFlow.

    Parameters
    ----------
    directory : Path
        Its run, as TensorBoard calls that; made when something is written.
    kind : str
        What the name ends in, so that whoever writes files of a kind can find them again.

    Examples
    --------
    >>> import tempfile
    >>> from skhpt.reporting._summaries import scalars
    >>> directory = Path(tempfile.mkdtemp())
    >>> EventFile(directory / "run", "example").append([event(scalars({"loss": 0.5}), step=1, time=0.0)])
    >>> [file.suffix for file in directory.glob("run/*")]
    ['.example']
    >>> remove_files(directory, "example")
    >>> (directory / "run").exists()
    False
    """

    def __init__(self, directory: Path, kind: str) -> None:
        # Each time another name: a TensorBoard that is looking on goes on to read what it has opened under the old one.
        self._path = directory / f"events.out.tfevents.{time.time_ns()}.{kind}"

    def append(self, events: Iterable[Any]) -> None:
        """Write events, in their order.

        Parameters
        ----------
        events : iterable of Event
            As made by `event`.
        """
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("ab") as file:
            writer = RecordWriter(file)
            if not file.tell():
                writer.write(Event(wall_time=time.time(), file_version=_VERSION).SerializeToString())
            for each in events:
                writer.write(each.SerializeToString())


def event(summary: Any, *, step: int, time: float) -> Any:
    """A summary at a step, and at a time in seconds since 1970."""
    return Event(step=step, wall_time=time, summary=summary)


def remove_files(directory: Path, kind: str) -> None:
    """Remove the event files of a kind anywhere below a directory, and runs that nothing is left of."""
    for file in list(directory.rglob(f"events.out.tfevents.*.{kind}")):
        file.unlink()
        with suppress(OSError):  # other files are in it
            file.parent.rmdir()
