"""Trials trained together where they can be, and one by one where not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from skhpt.evaluation import Evaluation, TrialsOfRound
from skhpt.exceptions import CannotFuseError
from skhpt.execution._base import Executor
from skhpt.trials import Refusal, TrialResult, TrialSpec

if TYPE_CHECKING:  # it loads TensorFlow
    from skhpt.fused import FusedEngine


class FusedExecutor(Executor):
    """Trains trials together in this process; those that are refused run as they would without.

    Parameters
    ----------
    engine : FusedEngine
        Trains trials together.
    alone : Executor or None
        Runs the others; None lets nothing be refused.
    """

    def __init__(self, engine: FusedEngine, alone: Executor | None) -> None:
        self._engine = engine
        self._alone = alone

    def run(self, evaluate: Evaluation, specs: Sequence[TrialSpec]) -> Iterator[TrialResult]:
        """Evaluate each spec.

        Parameters
        ----------
        evaluate : TrialsOfRound
            Of the round.
        specs : sequence of TrialSpec
            The trials.

        Yields
        ------
        TrialResult
            One for each spec, in any order; fewer if the time is over.

        Raises
        ------
        CannotFuseError
            If a trial is refused and there is nobody else to run it. Nothing was trained then, unless it is a program
            that fails as it runs, or a callback that stops a training where only Keras can.
        """
        trials = cast(TrialsOfRound, evaluate)
        admission = self._engine.admit(specs, trials)
        if admission.refusals and self._alone is None:
            raise CannotFuseError(_sentence(admission.refusals, len(specs)))
        refusals = list(admission.refusals)
        for outcome in self._engine.train(admission, trials):
            if isinstance(outcome, TrialResult):
                yield outcome
            elif self._alone is None:
                raise CannotFuseError(_sentence([outcome], len(specs)))
            else:
                refusals.append(outcome)
        if self._alone is None:
            return
        reasons = {refusal.spec.key: refusal.reason for refusal in refusals}
        for result in self._alone.run(evaluate, [refusal.spec for refusal in refusals]):
            yield replace(result, reason=reasons[result.key])


def _sentence(refused: Sequence[Refusal], n_trials: int) -> str:
    """Who can't be fused, and why."""
    candidates: dict[str, set[int]] = defaultdict(set)
    for refusal in refused:
        candidates[refusal.reason].add(refusal.spec.candidate.index)
    because = "; ".join(f"{reason} (candidates {_some(numbers)})" for reason, numbers in candidates.items())
    return (
        f"engine='fused' can't train {len(refused)} of {n_trials} trials, because {because}. "
        f"With engine='auto' they run one by one."
    )


def _some(numbers: set[int], most: int = 5) -> str:
    first = ", ".join(map(str, sorted(numbers)[:most]))
    return first if len(numbers) <= most else f"{first} and {len(numbers) - most} more"
