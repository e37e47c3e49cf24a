"""The rows of many lanes, each array held once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from skhpt.estimators import Rows

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


class Tables:
    """Arrays of rows, joined.

    Rows that several lanes hold in the same object are held once.

    Parameters
    ----------
    all_rows : sequence of Rows
        Of the same structure. Those without a target, which are only asked for predictions, come after others.
    """

    def __init__(self, all_rows: Sequence[Rows]) -> None:
        self.structure = Structure(all_rows[0])
        self._kept = list(all_rows)  # their ids are what they are known by
        self._starts: list[dict[int, int]] = [{}, {}, {}]
        joined: list[list[list[npt.NDArray[Any]]]] = [[], [], []]
        for rows in all_rows:
            for starts, pieces, part in zip(self._starts, joined, flat_parts(rows), strict=True):
                if part and id(part[0]) not in starts:
                    starts[id(part[0])] = sum(len(piece[0]) for piece in pieces)
                    pieces.append(part)
        self.arrays = [[np.concatenate(arrays) for arrays in zip(*pieces, strict=True)] for pieces in joined]

    def numbers(self, rows: Rows, order: npt.NDArray[np.int64]) -> tuple[RowNumbers, RowNumbers, RowNumbers]:
        """Where rows in some order stand, in the tables of inputs, targets and weights."""
        starts = (known[id(part[0])] if part else 0 for known, part in zip(self._starts, flat_parts(rows), strict=True))
        X, y, sample_weight = ((order + start).astype(np.int32) for start in starts)
        return X, y, sample_weight


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
