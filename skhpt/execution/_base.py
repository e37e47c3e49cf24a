"""The interface between the search loop and whatever runs trials."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence

from skhpt.trials import TrialResult, TrialSpec


class Executor(ABC):
    """Runs trials and yields their results as they come."""

    @abstractmethod
    def run(self, evaluate: Callable[[TrialSpec], TrialResult], specs: Sequence[TrialSpec]) -> Iterator[TrialResult]:
        """Evaluate each spec once.

        Parameters
        ----------
        evaluate : callable
            Runs one trial. A failing fit is a result; what this raises ends the run.
        specs : sequence of TrialSpec
            The trials.

        Yields
        ------
        TrialResult
            One for each spec, in any order.
        """
