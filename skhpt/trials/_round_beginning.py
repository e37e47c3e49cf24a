"""What there is to know of a round as it begins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from skhpt.trials._spec import TrialSpec


@dataclass(frozen=True)
class RoundBeginning:
    """The trials that are about to run at one time.

    Parameters
    ----------
    number : int
        Of the round, from 0.
    specs : sequence of TrialSpec
        All of its trials, also those that have ended in an earlier process.
    epochs : mapping of (candidate, fold, repeat) to int
        For how many epochs each of them is to have been trained at its end, those of earlier rungs included; callbacks
        may stop it before. What has no such number is not there.
    """

    number: int
    specs: Sequence[TrialSpec]
    epochs: Mapping[tuple[int, int, int], int]
