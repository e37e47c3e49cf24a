"""A training in the middle, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Checkpoint:
    """All that it takes to go on with a training in another process, whichever engine it was begun by.

    Parameters
    ----------
    epochs : int
        How many it was trained for.
    reported : int
        How many of these earlier rungs have reported.
    facts : mapping of str to object
        What JSON can hold: the history, where callbacks have got to.
    arrays : mapping of str to ndarray
        The values of variables, by name; none of objects.
    """

    epochs: int
    reported: int
    facts: Mapping[str, Any]
    arrays: Mapping[str, npt.NDArray[np.generic]]


class Checkpoints(Protocol):
    """Where checkpoints are kept while trials train together. Called from several threads."""

    seconds: float
    """How long to wait at least between two checkpoints of a group."""

    def keep(self, group: str, trainings: Mapping[tuple[int, int, int], Checkpoint]) -> None:
        """Keep these, by the keys of their trials, in the place of what was kept of this group before."""

    def refuse(self, key: tuple[int, int, int], reason: str) -> None:
        """Note that a trial would start over, and why."""
