"""What a worker is asked to run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from skhpt.trials._budget import Budget
from skhpt.trials._candidate import Candidate


@dataclass(frozen=True)
class TrialSpec:
    """One (candidate, fold, repeat): the unit that is run.

    Parameters
    ----------
    candidate : Candidate
        The setting to try.
    fold : int
        Which train/test split, from 0.
    repeat : int, default=0
        Which run of the same candidate and fold; each has seeds of its own.
    budget : Budget or None, default=None
        How far to go; None is as far as the estimator goes by itself.
    place : int, default=0
        Position among the trials of its round, from 0.
    paused : object or None, default=None
        The training that an earlier rung left off, to go on from; of a search that was interrupted, a `Checkpoint`.
    """

    candidate: Candidate
    fold: int
    repeat: int = 0
    budget: Budget | None = None
    place: int = 0
    paused: Any = None

    @property
    def key(self) -> tuple[int, int, int]:
        """(candidate, fold, repeat), as of its result."""
        return (self.candidate.index, self.fold, self.repeat)
