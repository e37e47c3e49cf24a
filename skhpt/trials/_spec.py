"""What a worker is asked to run."""

from __future__ import annotations

from dataclasses import dataclass

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
    """

    candidate: Candidate
    fold: int
    repeat: int = 0
