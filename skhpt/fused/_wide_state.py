"""What a narrow model holds, as a wide one holds it, and back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from skhpt.estimators import ModelState, variables_of
from skhpt.exceptions import CannotFuseError
from skhpt.fused._axis import Axes, Widths, cropped, own_shape, padded
from skhpt.fused._live import LIVE


@dataclass(frozen=True)
class _WideVariable:
    """What is known of a variable of the wide model.

    Parameters
    ----------
    shape, dtype
        Its own.
    axes : Axes
        Those along which models differ.
    is_live : bool
        Whether narrow models have none.
    """

    shape: tuple[int, ...]
    dtype: str
    axes: Axes
    is_live: bool

    @classmethod
    def of(cls, variable: keras.Variable, axes: Mapping[int, Axes]) -> _WideVariable:
        """What there is to know, with the axes by the ids of variables."""
        shape = tuple(variable.shape)
        known = axes.get(id(variable), (None,) * len(shape))
        return cls(shape, variable.dtype, known, variable.name == LIVE)


class WideState:
    """Takes states of narrow models to states of a wide one, and back.

    Parameters
    ----------
    wide : keras.Model
        Built and compiled. But for what is live, its variables are those of a narrow model, in the same order.
    axes : mapping of int to Axes
        By the id of a variable of the wide model, those along which models differ.
    """

    def __init__(self, wide: keras.Model, axes: Mapping[int, Axes]) -> None:
        axes = {id(slot): axes[id(weight)] for weight, slot in _slots(wide) if id(weight) in axes} | dict(axes)
        self._parts = [[_WideVariable.of(variable, axes) for variable in part] for part in variables_of(wide)]
        self._places = _places_of_widths(self._parts[:2])

    def check(self, narrow: keras.Model, widths: Widths) -> None:
        """Raise if a narrow model's variables are not those that it is to have.

        Raises
        ------
        CannotFuseError
            Which none of the layers that are known is a reason for.
        """
        expected = [
            [own_shape(some.shape, some.axes, widths) for some in variables if not some.is_live]
            for variables in self._parts
        ]
        if expected != [[tuple(variable.shape) for variable in part] for part in variables_of(narrow)]:
            raise CannotFuseError("its variables do not all follow from the widths of its layers")

    def width(self, state: ModelState, number: int) -> int:
        """One of a narrow model's `Widths`, read off its state: every layer that has one has a variable as wide."""
        part, place, axis = self._places[number]
        return int(state.parts[part][place].shape[axis])

    def padded(self, state: ModelState, widths: Widths) -> ModelState:
        """The state of a narrow model as the wide one has it."""
        parts = []
        for arrays, variables in zip(state.parts[:3], self._parts, strict=True):
            rest = iter(arrays)
            own = (_ones(some, widths) if some.is_live else next(rest) for some in variables)
            parts.append([padded(array, some.axes, widths) for array, some in zip(own, variables, strict=True)])
        weights, others, optimizer = parts
        return ModelState(weights, others, optimizer, state.constants)

    def cropped(self, state: ModelState, widths: Widths) -> ModelState:
        """The state of a narrow model, out of what the wide one has."""
        weights, others, optimizer = (
            [cropped(array, of.axes, widths) for array, of in zip(arrays, variables, strict=True) if not of.is_live]
            for arrays, variables in zip(state.parts[:3], self._parts, strict=True)
        )
        return ModelState(weights, others, optimizer, state.constants)


def _places_of_widths(parts: Sequence[Sequence[_WideVariable]]) -> dict[int, tuple[int, int, int]]:
    """For each width that stands alone somewhere, the first such place: part, variable and axis."""
    places: dict[int, tuple[int, int, int]] = {}
    for part, variables in enumerate(parts):
        for place, some in enumerate(some for some in variables if not some.is_live):
            for which, axis in enumerate(some.axes):
                if axis is not None and len(axis) == 1 and axis[0].width is not None:
                    places.setdefault(axis[0].width, (part, place, which))
    return places


def _ones(live: _WideVariable, widths: Widths) -> npt.NDArray[Any]:
    """What is live of a narrow model."""
    return np.ones(own_shape(live.shape, live.axes, widths), live.dtype)


def _slots(model: keras.Model) -> Iterator[tuple[keras.Variable, keras.Variable]]:
    """The variables of the optimizer that are for one weight each, with that weight before them."""
    weights: Sequence[keras.Variable] = model.trainable_variables
    for some in vars(model.optimizer).values():
        if isinstance(some, list) and len(some) == len(weights):
            for weight, slot in zip(weights, some, strict=True):
                if isinstance(slot, keras.Variable) and slot.shape == weight.shape:
                    yield weight, slot
