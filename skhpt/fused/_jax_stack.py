"""The states of lanes on JAX."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
import numpy.typing as npt

from skhpt.estimators import ModelState
from skhpt.fused._stretches import on_first_axis, padded


@dataclass(frozen=True)
class JaxStack:
    """The states of lanes, beside each other.

    Parameters
    ----------
    n_lanes : int
        How many there are. Arrays have room for some more, in which others repeat one of them.
    parts : list of list of jax.Array
        Weights, others and the optimizer's, of a `ModelState`.
    constants : list of jax.Array
        Those that are inputs of the program.
    """

    n_lanes: int
    parts: list[list[Any]]
    constants: list[Any]

    @classmethod
    def of(cls, states: Sequence[ModelState]) -> JaxStack:
        """Put states beside each other."""
        return cls._with_room(_stacked(states), padded(len(states)))

    @classmethod
    def _with_room(cls, arrays: Sequence[Sequence[npt.NDArray[Any]]], room: int) -> JaxStack:
        *parts, constants = jax.device_put([[on_first_axis(array, room) for array in part] for part in arrays])
        return cls(len(arrays[0][0]), parts, constants)

    @property
    def room(self) -> int:
        """For how many lanes."""
        return len(self.parts[0][0])

    @property
    def states(self) -> list[ModelState]:
        """Those of all lanes."""
        arrays = self._arrays
        return [ModelState(*([array[lane] for array in part] for part in arrays)) for lane in range(self.n_lanes)]

    def take(self, lanes: Sequence[int]) -> JaxStack:
        """Some of the lanes, in as much room unless they have become few."""
        arrays = [[array[list(lanes)] for array in part] for part in self._arrays]
        room = self.room if 2 * len(lanes) > self.room else padded(len(lanes))
        return self._with_room(arrays, room)

    def replace(self, lanes: Sequence[int], states: Sequence[ModelState]) -> JaxStack:
        """Give some lanes another state."""
        arrays = [[array.copy() for array in part] for part in self._arrays]
        for part, new_part in zip(arrays, _stacked(states), strict=True):
            for array, values in zip(part, new_part, strict=True):
                array[list(lanes)] = values
        return self._with_room(arrays, self.room)

    @property
    def _arrays(self) -> list[list[npt.NDArray[Any]]]:
        """The parts of a `ModelState`, on the host."""
        return [[np.asarray(array)[: self.n_lanes] for array in part] for part in (*self.parts, self.constants)]


def _stacked(states: Sequence[ModelState]) -> list[list[npt.NDArray[Any]]]:
    all_parts = zip(*(state.parts for state in states), strict=True)
    return [[np.stack(values) for values in zip(*parts, strict=True)] for parts in all_parts]
