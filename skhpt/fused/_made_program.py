"""Programs as they are made, and found again by later searches of the process."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import keras

from skhpt.estimators import Rows, variables_of
from skhpt.fused._axis import Widths
from skhpt.fused._data import Tables
from skhpt.fused._packed import PackedProgram
from skhpt.fused._program import Program, make_program
from skhpt.fused._shelf import Shelf
from skhpt.fused._trace import Constant, Trace, differing
from skhpt.fused._wide_model import WideModel


@dataclass(frozen=True, eq=False)
class MadeProgram:
    """A program, with what it is good for.

    Parameters
    ----------
    program : Program
        What trains.
    model : keras.Model
        Whose steps they are.
    trace : Trace
        Of that.
    inputs : tuple of int
        The numbers of the constants that are inputs of it, each lane having its own values.
    wide : WideModel or None, default=None
        The model, if others have room in it.
    """

    program: Program
    model: keras.Model
    trace: Trace
    inputs: tuple[int, ...]
    wide: WideModel | None = None

    def suits(self, trace: Trace) -> bool:
        """Whether it trains what has a trace."""
        same = trace.structure == self.trace.structure
        return same and trace.others(self.inputs) == self.trace.others(self.inputs)

    def constants(self, trace: Trace) -> list[Constant]:
        """What a lane that it suits has for inputs."""
        return [trace.constants[number] for number in self.inputs]

    def has_room_for(self, widths: Widths) -> bool:
        """Whether a model may be so wide."""
        return self.wide is not None and self.wide.room.has(widths)


_MOST_KEPT = 16
"""Programs in a process that later searches find again: of a network of a few layers, each takes some megabytes."""

_LARGEST_KEPT = 2**24
"""Numbers in the variables of a model whose program is kept: larger ones take longer to train than to compile."""

kept_programs: Shelf[MadeProgram] = Shelf(_MOST_KEPT)


def made_program(
    model: keras.Model,
    traces: Sequence[Trace],
    rows: Rows,
    *,
    halts: bool,
    wide: WideModel | None = None,
    is_shown: bool = False,
) -> MadeProgram:
    """The program of some trials: one that an earlier search of this process has made, if it is just the same.

    Constants in which they differ are inputs of it. One in which they agree stays a constant, which is faster.

    Parameters
    ----------
    model : keras.Model
        What the first of them trains; the wide model, if there is one.
    traces : sequence of Trace
        Of all, of one structure. The first is that of the model.
    rows : Rows
        Those that the model was traced on.
    halts : bool
        Whether a loss that is not finite ends the epoch of its lane.
    wide : WideModel or None, default=None
        Has room for all of them.
    is_shown : bool, default=False
        Whether callbacks see the model, who may change what no later search is to find.

    Raises
    ------
    CannotFuseError
        If there is none.
    """
    trace, inputs = traces[0], differing(traces)

    def make() -> MadeProgram:
        program = make_program(model, Tables([rows]), trace, inputs, halts=halts)
        packed = program if wide is None else PackedProgram(program, wide)
        return MadeProgram(packed, model, trace, inputs, wide)

    if is_shown or _size(model) > _LARGEST_KEPT:
        return make()
    room: Hashable = None if wide is None else wide.room
    return kept_programs.get((trace.structure, room, inputs, trace.others(inputs), halts), make)


def _size(model: keras.Model) -> int:
    return sum(math.prod(variable.shape) for part in variables_of(model) for variable in part)
