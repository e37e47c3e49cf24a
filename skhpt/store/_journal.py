"""What has happened in a run, record by record: a file that only grows.

A line is a record: the CRC-32 of the rest in eight hexadecimal digits, a blank, JSON. A process that is killed, or a
full disk, can leave a torn line at the end. It is no record, and is cut off before the next one is appended.
"""

from __future__ import annotations

import json
import os
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from skhpt.exceptions import DamagedRunError
from skhpt.store._files import storing
from skhpt.store._reading import is_file

Record = dict[str, Any]

# A power cut loses what the disk was not made to write; a kill loses nothing. A sync takes milliseconds.
_SECONDS_BETWEEN_SYNCS = 1.0


@dataclass(frozen=True)
class JournalContent:
    """What can be read of a journal.

    Parameters
    ----------
    records : list of dict
        Those that are whole, in their order.
    n_bytes : int
        Up to the end of the last of them.
    n_damaged : int
        Lines before that which are not what was written. They are left out.
    """

    records: list[Record]
    n_bytes: int
    n_damaged: int


def read_journal(path: Path) -> JournalContent:
    """Read all records. A journal that is not there yet has none.

    Parameters
    ----------
    path : Path
        The file, of which nothing is changed.

    Raises
    ------
    DamagedRunError
        If it is no file.
    """
    there = os.path.lexists(path)
    if there and not is_file(path):
        raise DamagedRunError(f"{path} is no file.")
    content = path.read_bytes() if there else b""
    records, end, n_bytes, n_damaged, n_bad = [], 0, 0, 0, 0
    for line in content.splitlines(keepends=True):
        end += len(line)
        record = _record_of(line)
        if record is None:
            n_bad += 1
            continue
        records.append(record)
        n_damaged, n_bytes = n_bad, end
    return JournalContent(records, n_bytes, n_damaged)


class Journal:
    """A journal to be continued. Whoever has it must hold the run's lock.

    Parameters
    ----------
    path : Path
        The file; made if it is not there.

    Attributes
    ----------
    content : JournalContent
        What was in it before.
    n_bytes : int
        How long it is.
    """

    def __init__(self, path: Path) -> None:
        self._run = path.parent
        with storing(self._run):
            self.content = read_journal(path)
            self.n_bytes = self.content.n_bytes
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666)
            self._cut()
        self._last_sync = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def append(self, record: Mapping[str, Any]) -> None:
        """Add a record.

        Raises
        ------
        RunStorageError
            If it could not be written. The journal is as it was then.
        """
        line = _line_of(record)
        with storing(self._run):
            try:
                self._write(line)
            except BaseException:
                self._cut()
                raise
            self.n_bytes += len(line)
            if time.monotonic() - self._last_sync > _SECONDS_BETWEEN_SYNCS:
                self.sync()

    def sync(self) -> None:
        """See to it that all records outlast a power cut."""
        with storing(self._run):
            os.fsync(self._file)
        self._last_sync = time.monotonic()

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)

    def _write(self, line: bytes) -> None:
        os.lseek(self._file, self.n_bytes, os.SEEK_SET)
        while line:  # a disk that is nearly full takes a part, and says why only when it is asked again
            line = line[os.write(self._file, line) :]

    def _cut(self) -> None:
        os.ftruncate(self._file, self.n_bytes)


def _line_of(record: Mapping[str, Any]) -> bytes:
    content = json.dumps(record, separators=(",", ":")).encode()
    return b"%08x %s\n" % (zlib.crc32(content), content)


def _record_of(line: bytes) -> Record | None:
    """The record of a line, if it is what was written."""
    checksum, _, content = line.removesuffix(b"\n").partition(b" ")
    if not line.endswith(b"\n") or checksum != b"%08x" % zlib.crc32(content):
        return None
    try:
        record = json.loads(content)
    except (ValueError, RecursionError):  # not ours: the checksum is right all the same
        return None
    return record if isinstance(record, dict) else None
