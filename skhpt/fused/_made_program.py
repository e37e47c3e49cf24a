"""Programs as they are made, and found again by later searches of the process."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import keras

from skhpt.estimators import Rows, fresh_metric_names, variables_of
from skhpt.fused._applicant import Applicant
from skhpt.fused._axis import Widths
from skhpt.fused._data import Tables
from skhpt.fused._knobs import knobs_of
from skhpt.fused._packed import PackedProgram
from skhpt.fused._program import Program, make_program
from skhpt.fused._shelf import Shelf
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
    inputs : tuple of int
        Which of a model's knobs are inputs of it, each lane having its own value.
    constants : mapping of int to float
        The values of the others.
    widths : Widths
        Of its model.
    wide : WideModel or None
        That, if others have room in it.
    """

    program: Program
    model: keras.Model
    inputs: tuple[int, ...]
    constants: Mapping[int, float]
    widths: Widths
    wide: WideModel | None = None

    def suits(self, applicant: Applicant) -> bool:
        """Whether a model of its family agrees with it in what is constant, however wide it is."""
        settings = applicant.births.settings
        return all(settings[place] == value for place, value in self.constants.items())

    def has_room_for(self, widths: Widths) -> bool:
        """Whether a model may be so wide."""
        return widths == self.widths if self.wide is None else self.wide.room.has(widths)


_MOST_KEPT = 16
"""Programs in a process that later searches find again: of a network of a few layers, each takes some megabytes."""

_LARGEST_KEPT = 2**24
"""Numbers in the variables of a model whose program is kept: larger ones take longer to train than to compile."""

kept_programs: Shelf[MadeProgram] = Shelf(_MOST_KEPT)


def made_program(together: Sequence[Applicant], wide: WideModel | None = None) -> MadeProgram:
    """The program of some trials: one that an earlier search of this process has made, if it is just the same.

    Numbers in which their models differ are inputs of it. A number in which they agree is a constant, which is faster.

    Parameters
    ----------
    together : sequence of Applicant
        Of one family. Their models are of the same widths unless there is a wide one.
    wide : WideModel or None, default=None
        Has room for all of them.

    Raises
    ------
    CannotFuseError
        If there is none.
    """
    first = together[0]
    settings = first.births.settings
    inputs = _differing([some.births.settings for some in together])
    constants = {place: value for place, value in enumerate(settings) if place not in inputs}

    model = first.births.model if wide is None else wide.model

    def make() -> MadeProgram:
        program = _program(model, first, inputs)
        packed = program if wide is None else PackedProgram(program, wide)
        return MadeProgram(packed, model, inputs, constants, first.widths if wide is None else wide.room.widths, wide)

    is_seen = wide is None and any(one.is_shown for one in together)
    if not first.is_described or is_seen or _size(model) > _LARGEST_KEPT:
        return make()
    room = first.widths if wide is None else wide.room
    config = keras.config.floatx(), keras.config.epsilon(), keras.config.image_data_format()
    environment = *config, _structure(first.rows)
    return kept_programs.get((first.family, room, inputs, tuple(constants.items()), environment), make)


def _program(model: keras.Model, applicant: Applicant, inputs: Sequence[int]) -> Program:
    rows = applicant.rows
    few = rows.few()
    with fresh_metric_names():
        model._symbolic_build(data_batch=keras.tree.lists_to_tuples(few.arrays))
    knobs = knobs_of(model)
    return make_program(model, Tables([few]), [knobs[place] for place in inputs], halts=applicant.halts)


def _size(model: keras.Model) -> int:
    return sum(math.prod(variable.shape) for part in variables_of(model) for variable in part)


def _structure(rows: Rows) -> str:
    """How inputs, targets and weights are nested."""
    return repr(keras.tree.map_structure(lambda array: None, (rows.X, rows.y))) + str(rows.sample_weight is None)


def _differing(settings: Sequence[Sequence[float]]) -> tuple[int, ...]:
    """The places at which the values are not the same for all."""
    return tuple(place for place, values in enumerate(zip(*settings, strict=True)) if len(set(values)) > 1)
