"""The programs of a search, one for each architecture."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import keras
import numpy as np

from skhpt.estimators import Rows
from skhpt.exceptions import CannotFuseError
from skhpt.fused._births import Births
from skhpt.fused._data import Tables, shapes_of
from skhpt.fused._knobs import Knob
from skhpt.fused._program import Program, make_program


@dataclass(frozen=True)
class NumberedProgram:
    """A program, with what it runs.

    Parameters
    ----------
    number : int
        In the search, from 0.
    model : keras.Model
        Whose steps they are.
    inputs : tuple of int
        Which of the model's knobs are inputs of it, each lane having its own value.
    knobs : sequence of Knob
        Those.
    program : Program
        What trains.
    """

    number: int
    model: keras.Model
    inputs: tuple[int, ...]
    knobs: Sequence[Knob]
    program: Program


@dataclass(frozen=True)
class Applicant:
    """Who wants a program.

    Parameters
    ----------
    births : Births
        The models.
    rows : Rows
        What they are to be trained on.
    halts : bool
        Whether a loss that is not finite ends the epoch.
    evaluates : bool
        Whether there are rows to be evaluated after each epoch.
    """

    births: Births
    rows: Rows
    halts: bool
    evaluates: bool = False


class Programs:
    """Makes each program once, for as long as the search goes on."""

    def __init__(self) -> None:
        self._known: dict[Hashable, NumberedProgram | CannotFuseError] = {}

    def of(self, applicants: Sequence[Applicant]) -> list[NumberedProgram | CannotFuseError]:
        """A program for each, or the reason why there is none.

        Numbers in which models differ that are otherwise the same become inputs of their program. A number in which
        they agree is a constant of it, which is faster.
        """
        alike: dict[Hashable, list[Applicant]] = {}
        keys = [(some.births.signature, shapes_of(some.rows), some.halts) for some in applicants]
        for key, applicant in zip(keys, applicants, strict=True):
            alike.setdefault(key, []).append(applicant)
        inputs = {key: _differing([some.births.settings for some in group]) for key, group in alike.items()}
        return [self._for(key, inputs[key], some) for key, some in zip(keys, applicants, strict=True)]

    def _for(self, key: Hashable, inputs: tuple[int, ...], applicant: Applicant) -> NumberedProgram | CannotFuseError:
        settings = applicant.births.settings
        constants = tuple(value for place, value in enumerate(settings) if place not in inputs)
        key = (key, inputs, constants)
        if key not in self._known:
            self._known[key] = self._made(applicant, inputs)
        return self._known[key]

    def _made(self, applicant: Applicant, inputs: tuple[int, ...]) -> NumberedProgram | CannotFuseError:
        model, rows = applicant.births.model, applicant.rows
        knobs = [applicant.births.knobs[place] for place in inputs]
        few = rows.take(np.arange(min(2, len(rows))))
        try:
            model._symbolic_build(data_batch=keras.tree.lists_to_tuples(few.arrays))
            program = make_program(model, Tables([few]), knobs, halts=applicant.halts)
            program.check(evaluates=applicant.evaluates)
        except CannotFuseError as error:
            return error
        except Exception as error:  # noqa: BLE001 - the model does not take these rows, as a fit will say
            return CannotFuseError(f"Keras says: {error}")
        number = sum(isinstance(known, NumberedProgram) for known in self._known.values())
        return NumberedProgram(number, model, inputs, knobs, program)


def _differing(settings: Sequence[Sequence[float]]) -> tuple[int, ...]:
    """The places at which the values are not the same for all."""
    return tuple(place for place, values in enumerate(zip(*settings, strict=True)) if len(set(values)) > 1)
