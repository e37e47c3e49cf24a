"""The programs of a search, one for each architecture."""

from __future__ import annotations

from collections.abc import Hashable

import keras
import numpy as np

from skhpt.estimators import Rows
from skhpt.exceptions import CannotFuseError
from skhpt.fused._births import Births
from skhpt.fused._data import Tables, shapes_of
from skhpt.fused._program import Program, make_program
from skhpt.fused._signature import signature


class NumberedProgram:
    """A program, with the model that it runs and its number in the search, from 0."""

    def __init__(self, number: int, model: keras.Model, program: Program) -> None:
        self.number = number
        self.model = model
        self.program = program


class Programs:
    """Makes each program once, for as long as the search goes on."""

    def __init__(self) -> None:
        self._known: dict[Hashable, NumberedProgram | CannotFuseError] = {}

    def of(self, birth: Hashable, births: Births, rows: Rows) -> NumberedProgram:
        """The program for a model on such rows.

        Raises
        ------
        CannotFuseError
            If the model can't be trained so.
        """
        key = (signature(births.model, birth), shapes_of(rows))
        if key not in self._known:
            self._known[key] = self._made(births.model, rows)
        known = self._known[key]
        if isinstance(known, CannotFuseError):
            raise known
        return known

    def _made(self, model: keras.Model, rows: Rows) -> NumberedProgram | CannotFuseError:
        few = rows.take(np.arange(min(2, len(rows))))
        try:
            model._symbolic_build(data_batch=keras.tree.lists_to_tuples(few.arrays))
            program = make_program(model, Tables([few]))
            program.check()
        except CannotFuseError as error:
            return error
        except Exception as error:  # noqa: BLE001 - the model does not take these rows, as a fit will say
            return CannotFuseError(f"Keras says: {error}")
        n_programs = sum(isinstance(known, NumberedProgram) for known in self._known.values())
        return NumberedProgram(n_programs, model, program)
