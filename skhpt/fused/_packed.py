"""Lanes of different widths in one program."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy.typing as npt

from skhpt.estimators import ModelState
from skhpt.fused._axis import Widths
from skhpt.fused._data import Batches
from skhpt.fused._program import Program
from skhpt.fused._wide_model import WideModel

Logs = dict[str, npt.NDArray[Any]]


@dataclass(frozen=True)
class PackedStack:
    """The states of lanes, beside each other.

    Parameters
    ----------
    stack : object
        Of the program of the wide model.
    widths : list of Widths
        Of each lane's own model.
    """

    stack: Any
    widths: list[Widths]


class PackedProgram:
    """Trains narrow models in the program of a wide one: a `Program` whose states are the narrow models' own.

    Parameters
    ----------
    program : Program
        Of the wide model.
    wide : WideModel
        That model.
    """

    def __init__(self, program: Program, wide: WideModel) -> None:
        self._program, self._wide = program, wide

    def check(self, *, evaluates: bool = False) -> None:
        """As of `Program`."""
        self._program.check(evaluates=evaluates)

    def put(self, arrays: Sequence[Any]) -> Any:
        """As of `Program`."""
        return self._program.put(arrays)

    def stack(self, states: Sequence[ModelState]) -> PackedStack:
        """Put the states of lanes beside each other."""
        widths = [self._wide.widths_of(state) for state in states]
        return PackedStack(self._program.stack(self._padded(states, widths)), widths)

    def read(self, stack: PackedStack) -> list[ModelState]:
        """The states of all lanes."""
        states = self._program.read(stack.stack)
        return [self._wide.cropped(state, widths) for state, widths in zip(states, stack.widths, strict=True)]

    def take(self, stack: PackedStack, lanes: Sequence[int]) -> PackedStack:
        """Some of the lanes."""
        return PackedStack(self._program.take(stack.stack, lanes), [stack.widths[lane] for lane in lanes])

    def replace(self, stack: PackedStack, lanes: Sequence[int], states: Sequence[ModelState]) -> PackedStack:
        """Give some lanes another state."""
        states = self._padded(states, [stack.widths[lane] for lane in lanes])
        return PackedStack(self._program.replace(stack.stack, lanes, states), stack.widths)

    def train(
        self, stack: PackedStack, data: Any, batches: Sequence[Batches], *, n_epochs: int = 1
    ) -> tuple[PackedStack, Logs]:
        """As of `Program`."""
        changed, logs = self._program.train(stack.stack, data, batches, n_epochs=n_epochs)
        return PackedStack(changed, stack.widths), logs

    def evaluate(self, stack: PackedStack, data: Any, batches: Sequence[Batches]) -> tuple[PackedStack, Logs]:
        """As of `Program`."""
        changed, logs = self._program.evaluate(stack.stack, data, batches)
        return PackedStack(changed, stack.widths), logs

    def predict(self, stack: PackedStack, data: Any, batches: Batches) -> Any:
        """As of `Program`."""
        return self._program.predict(stack.stack, data, batches)

    def _padded(self, states: Sequence[ModelState], widths: Sequence[Widths]) -> list[ModelState]:
        return [self._wide.padded(state, theirs) for state, theirs in zip(states, widths, strict=True)]
