"""What a model under training consists of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import keras
import numpy.typing as npt

Arrays = list[npt.NDArray[Any]]


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
    settings : list of ndarray of shape ()
        No variables: the values of the knobs that are inputs of the program.
    """

    weights: Arrays
    others: Arrays
    optimizer: Arrays
    settings: Arrays = field(default_factory=list)

    @classmethod
    def of(cls, model: keras.Model) -> ModelState:
        """What a built and compiled model holds."""
        return cls(*([variable.numpy() for variable in part] for part in variables_of(model)))

    @property
    def parts(self) -> tuple[Arrays, Arrays, Arrays, Arrays]:
        """All of it."""
        return self.weights, self.others, self.optimizer, self.settings

    def put_into(self, model: keras.Model) -> None:
        """Let a model hold it."""
        for variables, values in zip(variables_of(model), self.parts[:3], strict=True):
            for variable, value in zip(variables, values, strict=True):
                variable.assign(value)


def variables_of(model: keras.Model) -> tuple[list[keras.Variable], list[keras.Variable], list[keras.Variable]]:
    """The variables of a model, in the order that a `ModelState` has."""
    of_metrics = {id(variable) for variable in model.metrics_variables}
    others = [variable for variable in model.non_trainable_variables if id(variable) not in of_metrics]
    return list(model.trainable_variables), others, list(model.optimizer.variables)
