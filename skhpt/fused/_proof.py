"""Proof that a lane trains in the program of a wide model as its own model does."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np

from skhpt.estimators import ModelState, Rows
from skhpt.fused._applicant import Applicant
from skhpt.fused._data import Batches, Tables
from skhpt.fused._traced_programs import Seat
from skhpt.fused._tracing import loss_of

OTHER_LOSS = "the loss of its first batch in a shared program is not that of its own model"
_CLOSE = {"float32": 1e-4, "float64": 1e-9}  # relative; a sum over more entries, most of them 0, is rounded elsewhere
_CLOSE_ENOUGH = 0.05  # in half precision


def comes_to_its_loss(one: Applicant, seat: Seat) -> bool:
    """Whether the loss of a lane's first batch is that of its own model.

    Parameters
    ----------
    one : Applicant
        The trial.
    seat : Seat
        Where it is to train.

    Returns
    -------
    bool
        If not, a warning asks for a report: packing has a fault.
    """
    rows = one.rows.take(np.arange(min(one.batch_size, len(one.rows))))
    state = one.births.some_state
    expected = loss_of(one.births.model, rows, state)
    found = _in_program(seat, rows, state)
    tolerance = _CLOSE.get(str(one.births.model.compute_dtype), _CLOSE_ENOUGH)
    if np.allclose(found, expected, rtol=tolerance, atol=tolerance / 100, equal_nan=True):
        return True
    warnings.warn(
        f"A model of widths {one.widths} came to a loss of {found} in a program of several widths, and to {expected} "
        f"by itself. It is trained by itself. This is a fault of skhpt: please report it with the model.",
        RuntimeWarning,
        stacklevel=2,
    )
    return False


def _in_program(seat: Seat, rows: Rows, state: ModelState) -> float:
    """The loss of a batch in a program."""
    program, tables = seat.program.program, Tables([rows])
    X, y, weights = (part[None] for part in tables.numbers(rows, np.arange(len(rows))))
    batches = Batches(slice(0, 1), X, y, weights, np.zeros(1, np.int32), len(rows))
    stack = program.stack([replace(state, constants=seat.constants)])
    _, logs = program.train(stack, [program.put(arrays) for arrays in tables.arrays], [batches])
    return float(logs["loss"][0])
