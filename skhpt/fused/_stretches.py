"""Batches in the shapes that a compiler is given: few of them, since it compiles anew for each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from skhpt.fused._data import Batches, RowNumbers

_EXACT = 16


@dataclass(frozen=True)
class Stretch:
    """Steps of equally many rows.

    Parameters
    ----------
    numbers : list of ndarray of shape (n_views, n_steps or more, n_rows)
        Rows of the tables of inputs, targets and weights.
    views : ndarray of shape (n_lanes or more,)
        The view of each lane.
    n_steps : int
        How many steps there are.
    """

    numbers: list[RowNumbers]
    views: RowNumbers
    n_steps: int


def padded(number: int) -> int:
    """A size that has room for so many lanes: at most an eighth more.

    Examples
    --------
    >>> [padded(number) for number in (1, 15, 16, 17, 31, 32, 33, 4001)]
    [1, 15, 16, 18, 32, 32, 36, 4096]
    """
    unit = 1 if number <= _EXACT else 2 ** ((number - 1).bit_length() - 4)
    return -(-number // unit) * unit


def padded_steps(number: int) -> int:
    """The same for steps, of which those that are not taken cost no time.

    Examples
    --------
    >>> [padded_steps(number) for number in (1, 3, 5, 9, 16, 17)]
    [1, 4, 8, 16, 16, 18]
    """
    return padded(number) if number > _EXACT else int(2 ** (number - 1).bit_length())


def stretches(batches: Batches, first_lane: int, n_lanes: int) -> Iterator[Stretch]:
    """All full batches, and then the last one if it is smaller.

    Parameters
    ----------
    batches : Batches
        Of some lanes.
    first_lane, n_lanes : int
        Where these stand among so many. The others are given a view too.
    """
    parts = [batches.X, batches.y, batches.sample_weight]
    n_views, n_rows = batches.X.shape
    views = np.zeros(n_lanes, np.int32)
    views[first_lane : first_lane + len(batches.views)] = batches.views
    n_full = n_rows // batches.size
    for start, n_steps, size in ((0, n_full, batches.size), (n_full * batches.size, 1, n_rows % batches.size)):
        if n_steps and size:
            some = [each[:, start : start + n_steps * size].reshape(n_views, n_steps, size) for each in parts]
            yield Stretch([_with_room(each) for each in some], views, n_steps)


def on_first_axis(array: npt.NDArray[Any], size: int) -> npt.NDArray[Any]:
    """An array with its first entry repeated until there are so many."""
    if len(array) == size:
        return array
    return np.concatenate([array, np.broadcast_to(array[:1], (size - len(array), *array.shape[1:]))])


def _with_room(numbers: RowNumbers) -> RowNumbers:
    n_views, n_steps, size = numbers.shape
    if (padded(n_views), padded_steps(n_steps)) == (n_views, n_steps):
        return numbers
    room = np.zeros((padded(n_views), padded_steps(n_steps), size), np.int32)
    room[:n_views, :n_steps] = numbers
    return room
