"""Trainings in the middle, on disk.

A file holds the checkpoints of one trial or of many: an index in JSON, and the bytes of all arrays. It is a `.npz` of
two arrays of bytes, since one with an entry for each variable of each lane takes a second to write.
"""

from __future__ import annotations

import io
import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from skhpt.store._files import storing, write_whole
from skhpt.store._layout import CHECKPOINTS
from skhpt.trials import Checkpoint

Key = tuple[int, int, int]

_NAME = re.compile(r"(group|rung)-(\d+)-.*\.npz")


class CheckpointFiles:
    """The checkpoints of a run: those of groups under way, and those of trainings that a later rung may go on with.

    Parameters
    ----------
    run : Path
        Its directory.
    seconds : float
        How long to wait at least between two checkpoints of a group.
    note : callable
        Is told what there is to say of a trial that would start over.
    """

    def __init__(self, run: Path, seconds: float, note: Callable[[str], None]) -> None:
        self.seconds = seconds
        self._run = run
        self._directory = run / CHECKPOINTS
        self._note = note
        self._round = 0
        self._lock = threading.Lock()

    def begin_round(self, number: int) -> dict[Key, Checkpoint]:
        """What there is to go on from in a round, by trial. What can't be read is left out: its trial starts over."""
        self._round = number
        found: dict[Key, Checkpoint] = {}
        for file, kind, of_round in self._files():
            if of_round != number if kind == "group" else of_round >= number:
                continue
            for key, checkpoint in self._read(file).items():
                if key not in found or found[key].epochs < checkpoint.epochs:
                    found[key] = checkpoint
        return found

    def keep(self, group: str, trainings: Mapping[Key, Checkpoint]) -> None:
        """Keep the trainings of a group in the place of those that were kept of it before."""
        with self._lock:
            self._write(f"group-{self._round:04d}-{group}.npz", trainings)

    def keep_paused(self, key: Key, checkpoint: Checkpoint) -> None:
        """Keep a training that a later rung may go on with."""
        self._write(f"rung-{self._round:04d}-{'-'.join(map(str, key))}.npz", {key: checkpoint})

    def refuse(self, key: Key, reason: str) -> None:
        """Note that a trial would start over, and why."""
        candidate, fold, repeat = key
        with self._lock:
            self._note(f"candidate {candidate}, fold {fold}, repeat {repeat} would start over, because {reason}")

    def end_round(self) -> None:
        """Let go of what nobody will ask for any more. Later rounds may have begun: this one may be a replay."""
        for file, kind, of_round in self._files():
            if of_round < self._round or (kind == "group" and of_round == self._round):
                file.unlink(missing_ok=True)

    def clear(self) -> None:
        """Let go of all."""
        for file, _, _ in self._files():
            file.unlink(missing_ok=True)

    def _files(self) -> Iterator[tuple[Path, str, int]]:
        """Each file, of what kind, and from which round."""
        for file in sorted(self._directory.glob("*.npz")):
            if match := _NAME.fullmatch(file.name):
                yield file, match[1], int(match[2])

    def _write(self, name: str, trainings: Mapping[Key, Checkpoint]) -> None:
        with storing(self._run):
            self._directory.mkdir(exist_ok=True)
            # A power cut may lose one, and then a training starts over: not worth waiting for the disk.
            write_whole(self._directory / name, packed(trainings), durable=False)

    def _read(self, file: Path) -> dict[Key, Checkpoint]:
        try:
            return unpacked(file.read_bytes())
        except Exception as error:  # noqa: BLE001 - what is not what was written may fail in any way
            self._note(f"the checkpoint {file.name} can't be read: {error!r}")
            return {}


def packed(trainings: Mapping[Key, Checkpoint]) -> bytes:
    """The content of a file.

    Parameters
    ----------
    trainings : mapping of (candidate, fold, repeat) to Checkpoint
        What it is to hold.
    """
    index: list[dict[str, Any]] = []
    chunks: list[bytes] = []
    position = 0
    for key, checkpoint in trainings.items():
        arrays = []
        for name, array in checkpoint.arrays.items():
            value = np.asarray(array)
            if value.dtype.hasobject:
                raise TypeError(f"{name!r} holds objects, which a checkpoint can't.")
            arrays.append([name, value.dtype.str, list(value.shape), position])
            chunks.append(value.tobytes())
            position += value.nbytes
        known = {"epochs": checkpoint.epochs, "reported": checkpoint.reported, "facts": checkpoint.facts}
        index.append({"key": list(key), "arrays": arrays} | known)
    file = io.BytesIO()
    np.savez(file, index=_bytes(json.dumps(index).encode()), data=_bytes(b"".join(chunks)))
    return file.getvalue()


def unpacked(content: bytes) -> dict[Key, Checkpoint]:
    """Back from `packed`. Raises one of many errors if it is something else; nothing of it is run."""
    with np.load(io.BytesIO(content), allow_pickle=False) as file:
        index, data = json.loads(file["index"].tobytes()), file["data"].tobytes()
    found = {}
    for entry in index:
        candidate, fold, repeat = map(int, entry["key"])
        arrays = {str(name): _array(data, *place) for name, *place in entry["arrays"]}
        found[candidate, fold, repeat] = Checkpoint(
            int(entry["epochs"]), int(entry["reported"]), dict(entry["facts"]), arrays
        )
    return found


def _bytes(content: bytes) -> np.ndarray[Any, Any]:
    return np.frombuffer(content, dtype=np.uint8)


def _array(data: bytes, dtype: str, shape: list[int], position: int) -> np.ndarray[Any, Any]:
    kind = np.dtype(dtype)
    if kind.hasobject or min(shape, default=0) < 0:
        raise ValueError("not an array of numbers")
    return np.frombuffer(data, kind, int(np.prod(shape)), offset=position).reshape(shape).copy()
