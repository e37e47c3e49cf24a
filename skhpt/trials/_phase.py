"""What a search does before its trials train."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Phase:
    """Something other than training that takes a search some time.

    Parameters
    ----------
    text : str
        What it is, such as ``"building the models of 12 trials"``.
    n_programs : int, default=0
        How many groups of trials have programs that are compiled now, each before the first epoch of its trials.
    """

    text: str
    n_programs: int = 0
