"""Ending a search that has trained for long enough."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby

from skhpt.trials import Candidate, TrialResult, TrialSpec


class EpochsTotal:
    """A limit to the epochs of all trials together: those that were reported, and those that trials are to begin.

    Candidates are admitted in order, each with all its trials, until the next one would exceed it.

    Parameters
    ----------
    most : int
        The limit.
    epochs_of : callable
        From a candidate to the epochs that each of its trials is to have in the end.
    """

    def __init__(self, most: int, epochs_of: Callable[[Candidate], int]) -> None:
        self._most = most
        self._epochs_of = epochs_of
        self._reported = 0
        self._trained: dict[tuple[int, int, int], int] = {}

    is_reached = False  # what the next round would take is known once it has begun

    def ended(self, spec: TrialSpec, result: TrialResult) -> None:
        self._reported += len(result.epochs)
        if result.epochs:
            self._trained[result.key] = result.epochs[-1].epoch

    def admitted(self, waiting: Sequence[TrialSpec]) -> Sequence[TrialSpec]:
        ahead, admitted = self._reported, []
        for _, trials in groupby(waiting, key=lambda spec: spec.candidate.index):
            specs = list(trials)
            ahead += sum(self._ahead(spec) for spec in specs)
            if ahead > self._most:
                break
            admitted += specs
        return admitted

    def _ahead(self, spec: TrialSpec) -> int:
        """The epochs that a trial has before it, if it is not stopped early."""
        behind = 0 if spec.paused is None else self._trained.get(spec.key, 0)
        return max(0, self._epochs_of(spec.candidate) - behind)
