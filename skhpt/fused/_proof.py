"""Proof that a lane trains in the program of a wide model as its own model does."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from skhpt.estimators import Rows
from skhpt.fused._applicant import Applicant
from skhpt.fused._data import Batches, Tables
from skhpt.fused._traced_programs import Seat
from skhpt.fused._tracing import loss_of

OTHER_LOSS = "the loss of its first batch in a shared program is not that of its own model"
_CLOSE = {"float32": 1e-4, "float64": 1e-9}  # relative; a sum over more entries, most of them 0, is rounded elsewhere
_CLOSE_ENOUGH = 0.05  # in half precision


def come_to_their_losses(lanes: Sequence[tuple[Applicant, Seat]]) -> list[bool]:
    """Whether the loss of each lane's first batch is that of its own model.

    Parameters
    ----------
    lanes : sequence of (Applicant, Seat)
        Trials, and where they are to train: in one program.

    Returns
    -------
    list of bool
        Where one is not, a warning asks for a report: packing has a fault.
    """
    if not lanes:
        return []
    first, _ = lanes[0]
    rows = first.rows.few(first.batch_size)  # as arrays: tables of a view hold all rows that it is a view of
    found = _in_program(lanes, rows)
    return [_is_right(one, rows, loss) for (one, _), loss in zip(lanes, found, strict=True)]


def _is_right(one: Applicant, rows: Rows, found: float) -> bool:
    expected = loss_of(one.births.model, rows, one.births.some_state)
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


def _in_program(lanes: Sequence[tuple[Applicant, Seat]], rows: Rows) -> list[float]:
    """The losses of a batch in a program."""
    program, tables, n_lanes = lanes[0][1].program.program, Tables([rows]), len(lanes)
    X, y, weights = (part[None] for part in tables.numbers(rows, np.arange(len(rows))))
    batches = Batches(slice(0, n_lanes), X, y, weights, np.zeros(n_lanes, np.int32), len(rows))
    stack = program.stack([replace(one.births.some_state, constants=seat.constants) for one, seat in lanes])
    _, logs = program.train(stack, [program.put(arrays) for arrays in tables.arrays], [batches])
    return [float(loss) for loss in logs["loss"]]
