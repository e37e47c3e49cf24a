"""What an executor is handed with the trials."""

from __future__ import annotations

from typing import Protocol

from skhpt.trials import TrialResult, TrialSpec


class Evaluation(Protocol):
    """Runs one trial wherever it is sent, and stands in for it where it did not come back."""

    def __call__(self, spec: TrialSpec) -> TrialResult:
        """Run a trial by itself. A failing fit is a result; what this raises ends the run."""

    def lost(self, spec: TrialSpec, reason: str) -> TrialResult:
        """The result of a trial that was run and will not report, with a sentence that says why.

        Called in the process of the search. What this raises ends the run.
        """
