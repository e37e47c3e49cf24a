"""What stands for a run where nothing is kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

from skhpt.store._checkpoint_files import Key
from skhpt.store._run import Split
from skhpt.trials import Candidate, Checkpoint, TrialResult, TrialSpec


class NoRun:
    """Has the face of a `Run`, and writes nothing."""

    path = None
    checkpoints = None
    goes_on = False
    best_facts: Mapping[str, Any] = MappingProxyType({})
    best = Path()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None: ...

    def seed(self, name: str, fresh: Any = None) -> Any:
        """As of `Run`: there is no other."""
        return fresh

    def splits(self, number: int, drawn: Sequence[Split]) -> Sequence[Split]:
        """As of `Run`: those that were drawn."""
        return drawn

    def begin_round(
        self, candidates: Sequence[Candidate], specs: Sequence[TrialSpec]
    ) -> tuple[dict[Key, TrialResult], dict[Key, Checkpoint]]:
        """As of `Run`: nothing has ended before."""
        return {}, {}

    def keep(self, result: TrialResult) -> None:
        """As of `Run`."""

    def keep_best(self, store: Callable[[Path], object], facts: Mapping[str, Any]) -> None:
        """As of `Run`."""

    def keep_choice(self, candidate: int | None, score: str | None, row: int | None = None) -> None:
        """As of `Run`."""

    def keep_correction(self, score: float, low: float, high: float) -> None:
        """As of `Run`."""

    def note(self, sentence: str) -> None:
        """As of `Run`."""

    def end_round(self) -> None:
        """As of `Run`."""

    def end(self, status: str, reason: str | None = None) -> None:
        """As of `Run`."""
