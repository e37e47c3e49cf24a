"""The interface between the search loop and whatever runs trials."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any

from skhpt.evaluation import Evaluation
from skhpt.trials import TrialResult, TrialSpec


class Executor(ABC):
    """Runs trials and yields their results as they come."""

    @abstractmethod
    def run(self, evaluate: Evaluation, specs: Sequence[TrialSpec]) -> Iterator[TrialResult]:
        """Evaluate each spec.

        Parameters
        ----------
        evaluate : Evaluation
            Runs one trial, or says what becomes of one whose worker is lost. What it raises ends the run.
        specs : sequence of TrialSpec
            The trials.

        Yields
        ------
        TrialResult
            One for each spec, in any order; fewer if the time is over.
        """

    def builds_here(self, estimator: Any) -> bool:
        """Whether a model may be built in this process before its trials run.

        Not where they run in other processes, from which it would keep a GPU, or which are forks of this one.

        Parameters
        ----------
        estimator : estimator
            That the trials train.
        """
        return True
