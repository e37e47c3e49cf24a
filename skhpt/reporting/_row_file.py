"""Rows in a file that grows, none of them twice."""

from __future__ import annotations

import csv
import io
import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from skhpt.store import strict_json, write_whole

Row = Mapping[str, Any]
Key = tuple[str, ...]


class RowFile(ABC):
    """A file with a row a line. What a process that was killed has left of its last row is cut off.

    Parameters
    ----------
    path : Path
        Of the file, which need not be there.
    key : sequence of str
        The names of what tells rows apart.
    """

    def __init__(self, path: Path, key: Sequence[str]) -> None:
        self._path, self._key = path, key
        path.parent.mkdir(parents=True, exist_ok=True)
        content = path.read_bytes() if path.exists() else b""
        whole = content[: content.rfind(b"\n") + 1]
        if whole != content:
            write_whole(path, whole)
        self._known = {self._key_of(row) for row in self._read(whole.decode().splitlines())}

    def add(self, rows: Iterable[Row]) -> None:
        """Write those rows that are not there yet."""
        new = {key: row for row in rows if (key := self._key_of(row)) not in self._known}
        if not new:
            return
        self._known |= new.keys()
        text = self._lines(list(new.values()))
        with self._path.open("a", encoding="utf-8", newline="") as file:
            file.write(text)

    def _key_of(self, row: Row) -> Key:
        return tuple(str(row.get(name, "")) for name in self._key)

    @abstractmethod
    def _read(self, lines: Sequence[str]) -> Iterable[Row]:
        """The rows that are there."""

    @abstractmethod
    def _lines(self, rows: Sequence[Row]) -> str:
        """Rows as they are written at the end of the file, which is made ready for them."""


class CSVRows(RowFile):
    """Comma-separated values. Where a row brings a new column along, the file is written anew, with that one last."""

    def _read(self, lines: Sequence[str]) -> Iterable[Row]:
        reader = csv.DictReader(lines)
        self._columns = list(reader.fieldnames or ())
        return reader

    def _lines(self, rows: Sequence[Row]) -> str:
        columns = list(dict.fromkeys([*self._columns, *(name for row in rows for name in row)]))
        if columns != self._columns:
            before = csv.DictReader(self._path.read_text("utf-8").splitlines()) if self._columns else ()
            self._columns = columns
            write_whole(self._path, self._text(before, header=True).encode())
        return self._text(rows)

    def _text(self, rows: Iterable[Row], *, header: bool = False) -> str:
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, self._columns, lineterminator="\n")
        if header:
            writer.writeheader()
        writer.writerows({name: _in_one_line(value) for name, value in row.items()} for row in rows)
        return text.getvalue()


class JSONRows(RowFile):
    """A JSON object a line."""

    def _read(self, lines: Sequence[str]) -> Iterable[Row]:
        for line in lines:
            row = json.loads(line)
            if not isinstance(row, dict):
                raise ValueError(f"{self._path} holds something else than epochs. Got the line {line[:40]!r} in it.")
            yield row

    def _lines(self, rows: Sequence[Row]) -> str:
        return "".join(f"{json.dumps(json.loads(strict_json(dict(row))))}\n" for row in rows)


def _in_one_line(value: Any) -> Any:
    return "\\n".join(value.splitlines()) if isinstance(value, str) else value


KINDS: Mapping[str, type[RowFile]] = {".csv": CSVRows, ".jsonl": JSONRows}
"""The kinds of files, by what their names end in."""
