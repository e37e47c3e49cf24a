"""The rows of many lanes, each array held once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from skhpt.estimators import Rows
from skhpt.fused._sparse_tables import joined
from skhpt.trials import RowView

RowNumbers = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Structure:
    """How inputs, targets and weights are nested.

    Parameters
    ----------
    rows : Rows
        An example.
    """

    rows: Rows

    def inputs(self, flat: Sequence[Any]) -> Any:
        """Inputs as a model takes them."""
        return keras.tree.pack_sequence_as(keras.tree.lists_to_tuples(self.rows.X), list(flat))

    def pack(self, parts: Sequence[Sequence[Any]]) -> tuple[Any, Any, Any]:
        """X, y and sample weights, None where there are none."""
        flat_X, flat_y, flat_weight = parts
        y = keras.tree.pack_sequence_as(self.rows.y, list(flat_y)) if flat_y else None
        return self.inputs(flat_X), y, flat_weight[0] if flat_weight else None


def flat_parts(rows: Rows) -> list[list[npt.NDArray[Any]]]:
    """The arrays of the inputs, of the targets and of the weights."""
    return [[] if part is None else keras.tree.flatten(part) for part in (rows.X, rows.y, rows.sample_weight)]


def shapes_of(rows: Rows) -> tuple[Any, ...]:
    """What two data sets must have in common to be met by one program."""
    return tuple(tuple((array.shape[1:], array.dtype.str) for array in part) for part in flat_parts(rows))


def weighted(rows: Rows) -> Rows:
    """The rows, with weights of one where they have none: the same to every loss and metric."""
    if rows.sample_weight is not None:
        return rows
    return replace(rows, sample_weight=np.ones(len(rows), keras.backend.floatx()))


@dataclass(frozen=True)
class Source:
    """Where an array of rows was taken from.

    Parameters
    ----------
    array : ndarray or RowView
        More rows.
    numbers : ndarray of shape (n_rows,)
        Which of them they are.
    """

    array: npt.NDArray[Any] | RowView
    numbers: npt.NDArray[np.intp]

    def is_beside(self, other: Source) -> bool:
        """Whether rows stand at the same places of both arrays, which are of the same length."""
        return len(self.array) == len(other.array) and np.array_equal(self.numbers, other.numbers)


class _Joined:
    """Arrays of one kind, each held once, one after the other."""

    def __init__(self) -> None:
        self._pieces: list[list[Any]] = []
        self._starts: dict[tuple[int, ...], int] = {}

    def add(self, part: list[Any]) -> None:
        key = tuple(map(id, part))
        if key not in self._starts:
            self._starts[key] = sum(len(piece[0]) for piece in self._pieces)
            self._pieces.append(part)

    def start(self, part: list[Any]) -> int:
        return self._starts[tuple(map(id, part))]

    @property
    def arrays(self) -> list[Any]:
        if len(self._pieces) == 1:
            return self._pieces[0]
        return [joined(list(arrays)) for arrays in zip(*self._pieces, strict=True)]


class Tables:
    """Arrays of rows, joined.

    Rows that several lanes hold in the same object are held once, and so are those that folds have in common.

    Parameters
    ----------
    all_rows : sequence of Rows
        Of the same structure. Those without a target, which are only asked for predictions, come after others.
    sources : mapping of int to Source
        By the id of an array of inputs.
    """

    def __init__(self, all_rows: Sequence[Rows], sources: Mapping[int, Source] | None = None) -> None:
        self.structure = Structure(all_rows[0])
        self._kept = list(all_rows)  # their ids are what they are known by
        self._sources = dict(sources or {})
        self._wholes: dict[tuple[int, str], RowView] = {}
        self._joined = [_Joined(), _Joined(), _Joined()]
        for rows in all_rows:
            for table, part in zip(self._joined, flat_parts(rows), strict=True):
                if part:
                    self._note_view(part)
                    table.add(self._source_of(part))
        self.arrays = [joined.arrays for joined in self._joined]

    def numbers(self, rows: Rows, order: npt.NDArray[np.int64]) -> tuple[RowNumbers, RowNumbers, RowNumbers]:
        """Where rows in some order stand, in the tables of inputs, targets and weights."""
        parts = zip(self._joined, flat_parts(rows), strict=True)
        X, y, sample_weight = (self._numbers_in(joined, part, order) for joined, part in parts)
        return X, y, sample_weight

    def _numbers_in(self, joined: _Joined, part: list[npt.NDArray[Any]], order: npt.NDArray[np.int64]) -> RowNumbers:
        if not part:
            return np.zeros(len(order), np.int32)
        source = self._sources.get(id(part[0]))
        numbers = order if source is None or self._source_of(part) is part else source.numbers[order]
        return (numbers + joined.start(self._source_of(part))).astype(np.int32)

    def _note_view(self, part: list[Any]) -> None:
        """Note what views are of, so that those of the same array share it."""
        for view in part:
            if isinstance(view, RowView):
                whole = self._wholes.setdefault((id(view.base), view.dtype.str), RowView(view.base, dtype=view.dtype))
                self._sources[id(view)] = Source(whole, view.numbers)

    def _source_of(self, part: list[Any]) -> list[Any]:
        """The arrays that hold these rows and more, at the same places; the part itself if that is not known of all."""
        sources = [source for array in part if (source := self._sources.get(id(array))) is not None]
        if len(sources) < len(part) or not all(map(sources[0].is_beside, sources[1:])):
            return part
        return [source.array for source in sources]


@dataclass(frozen=True)
class Batches:
    """What a range of lanes meets, batch after batch.

    Parameters
    ----------
    lanes : slice
        Which lanes.
    X, y, sample_weight : ndarray of shape (n_views, n_rows)
        Rows of the tables. Lanes of the same fold have the same view.
    views : ndarray of shape (n_lanes,)
        The view of each lane of the range.
    size : int
        Rows a batch; the last has what is left.
    """

    lanes: slice
    X: RowNumbers
    y: RowNumbers
    sample_weight: RowNumbers
    views: RowNumbers
    size: int
