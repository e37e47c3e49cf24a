"""What a model under training consists of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import keras
import numpy.typing as npt

Arrays = list[npt.NDArray[Any]]
Variables = tuple[list[keras.Variable], list[keras.Variable], list[keras.Variable]]


@dataclass(frozen=True)
class ModelState:
    """The values of a model's variables.

    Parameters
    ----------
    weights : list of ndarray
        Of what is trained.
    others : list of ndarray
        Of what is not: the statistics of batches, where random numbers have got to.
    optimizer : list of ndarray
        The learning rate, momenta, the number of steps.
    constants : list of ndarray
        No variables: the constants of the model that are inputs of its program.
    """

    weights: Arrays
    others: Arrays
    optimizer: Arrays
    constants: Arrays = field(default_factory=list)

    @classmethod
    def of(cls, variables: Variables) -> ModelState:
        """What variables hold."""
        return cls(*([variable.numpy() for variable in part] for part in variables))

    def copy(self) -> ModelState:
        """The same in arrays of its own, rather than in parts of those that hold the states of others too."""
        return ModelState(*([array.copy() for array in part] for part in self.parts))

    @property
    def parts(self) -> tuple[Arrays, Arrays, Arrays, Arrays]:
        """All of it."""
        return self.weights, self.others, self.optimizer, self.constants

    def put_into(self, variables: Variables) -> None:
        """Let variables hold it."""
        for part, values in zip(variables, self.parts[:3], strict=True):
            for variable, value in zip(part, values, strict=True):
                variable.assign(value)


def variables_of(model: keras.Model) -> Variables:
    """The variables of a built and compiled model, in the order that a `ModelState` has."""
    of_metrics = {id(variable) for variable in model.metrics_variables}
    others = [variable for variable in model.non_trainable_variables if id(variable) not in of_metrics]
    return list(model.trainable_variables), others, list(model.optimizer.variables)
