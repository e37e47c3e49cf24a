"""What the workers of a cluster are sent once for many trials."""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import cloudpickle
import numpy as np

LARGE = 2**16
"""From how many bytes on an array is sent by itself."""


@dataclass(frozen=True)
class Parcel:
    """An object in bytes, without its large arrays.

    So what is small may be sent with each trial, and an array once, however many rounds of a search use it.

    Parameters
    ----------
    content : bytes
        A pickle.
    arrays : sequence of ndarray
        What it lacks.

    Examples
    --------
    >>> rows = np.zeros((1000, 100))
    >>> parcel = Parcel.of({"X": rows, "name": "wine"})
    >>> parcel.arrays[0] is rows, len(parcel.content) < 100
    (True, True)
    >>> unpacked(parcel.content, parcel.arrays)["X"] is rows
    True
    """

    content: bytes
    arrays: Sequence[np.ndarray[Any, Any]] = field(repr=False)

    @classmethod
    def of(cls, content: Any) -> Parcel:
        """Pack an object that holds arrays anywhere, as in data frames."""
        file = io.BytesIO()
        packer = _Packer(file)
        packer.dump(content)
        return cls(file.getvalue(), packer.arrays)


def unpacked(content: bytes, arrays: Sequence[np.ndarray[Any, Any]]) -> Any:
    """Back from a `Parcel`.

    Parameters
    ----------
    content : bytes
        As in the parcel.
    arrays : sequence of ndarray
        Equal to those of the parcel.
    """
    return _Unpacker(io.BytesIO(content), arrays.__getitem__).load()


class _Packer(cloudpickle.Pickler):  # type: ignore[misc]  # cloudpickle has no types
    def __init__(self, file: io.BytesIO) -> None:
        super().__init__(file)
        self.arrays: list[np.ndarray[Any, Any]] = []
        self._places: dict[int, int] = {}

    def persistent_id(self, content: Any) -> int | None:
        if type(content) not in (np.ndarray, np.memmap) or content.nbytes < LARGE or content.dtype.hasobject:
            return None
        if id(content) not in self._places:
            self._places[id(content)] = len(self.arrays)
            self.arrays.append(content)
        return self._places[id(content)]


class _Unpacker(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, array: Callable[[int], Any]) -> None:
        super().__init__(file)
        self._array = array

    def persistent_load(self, place: Any) -> Any:
        return self._array(place)
