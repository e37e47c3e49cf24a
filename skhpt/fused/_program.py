"""The seam between the fused engine and the backend of Keras that runs its programs."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any, Protocol

import keras
import numpy.typing as npt

from skhpt.estimators import ModelState
from skhpt.fused._data import Batches, Tables
from skhpt.fused._trace import Trace

building_or_tracing = threading.RLock()
"""Held by whoever builds a model or traces one: a builder may clear the state that Keras keeps for all threads."""


class Program(Protocol):
    """Trains the models of many lanes at once. What a stack and data are is the backend's own affair."""

    def check(self, *, evaluates: bool) -> None:
        """Raise a `CannotFuseError` if the model can't be trained, asked for predictions, and perhaps evaluated so."""

    def put(self, arrays: Sequence[Any]) -> Any:
        """Arrays where the program reads them."""

    def stack(self, states: Sequence[ModelState]) -> Any:
        """Put the states of lanes beside each other."""

    def read(self, stack: Any) -> list[ModelState]:
        """The states of all lanes."""

    def take(self, stack: Any, lanes: Sequence[int]) -> Any:
        """Some of the lanes."""

    def replace(self, stack: Any, lanes: Sequence[int], states: Sequence[ModelState]) -> Any:
        """Give some lanes another state."""

    def train(
        self, stack: Any, data: Any, batches: Sequence[Batches], *, n_epochs: int = 1
    ) -> tuple[Any, dict[str, npt.NDArray[Any]]]:
        """One epoch, of so many with these lanes, and what it reports: of shape (n_lanes, ...) by name."""

    def evaluate(self, stack: Any, data: Any, batches: Sequence[Batches]) -> tuple[Any, dict[str, npt.NDArray[Any]]]:
        """The loss and the metrics on rows to be evaluated."""

    def predict(self, stack: Any, data: Any, batches: Batches) -> Any:
        """What the models put out: of shape (n_lanes, n_rows, ...), for each output."""


def make_program(model: keras.Model, tables: Tables, trace: Trace, inputs: Sequence[int], *, halts: bool) -> Program:
    """The program of a built and compiled model, on the backend that Keras runs on.

    Parameters
    ----------
    model : keras.Model
        Built and compiled.
    tables : Tables
        Some rows.
    trace : Trace
        The model's.
    inputs : sequence of int
        The numbers of its constants of which each lane has a value of its own.
    halts : bool
        Whether a loss that is not finite ends the epoch of its lane.
    """
    if keras.backend.backend() == "tensorflow":
        from skhpt.fused._tensorflow import TensorFlowProgram

        return TensorFlowProgram(model, tables, trace, inputs, halts=halts)
    from skhpt.fused._jax import JaxProgram

    return JaxProgram(model, tables, trace, inputs, halts=halts)
