"""Ending a search that has found what is good enough."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

import numpy as np

from skhpt.results import score_table
from skhpt.trials import Candidate, Deadline, TrialResult, TrialSpec


class TargetScore:
    """A limit that is reached once a candidate with nothing more to get scores so much, on average over all its trials.

    Parameters
    ----------
    target : float
        The score.
    n_trials : int
        How many trials each candidate has.
    metric : callable
        From trials to the name of the metric that decides.
    error_score : float
        The score of a failed trial. It reaches nothing.
    deadline : Deadline
        Of whoever runs trials: ended once the target is reached, so that no more begin.
    """

    def __init__(
        self,
        target: float,
        *,
        n_trials: int,
        metric: Callable[[Sequence[TrialResult]], object],
        error_score: float,
        deadline: Deadline,
    ) -> None:
        self._target = target
        self._n_trials = n_trials
        self._metric = metric
        self._error_score = error_score
        self._deadline = deadline
        self._trials: dict[int, dict[tuple[int, int], TrialResult]] = defaultdict(dict)
        self.is_reached = False

    def ended(self, spec: TrialSpec, result: TrialResult) -> None:
        if spec.budget is not None and not spec.budget.last:
            return
        trials = self._trials[result.candidate]
        trials[result.repeat, result.fold] = result
        if len(trials) < self._n_trials or any(trial.error is not None for trial in trials.values()):
            return  # `error_score` stands for a score, and may be as high as any
        if self._mean(spec.candidate, [trials[key] for key in sorted(trials)]) >= self._target:
            self.is_reached = True
            self._deadline.end_now()

    def admitted(self, waiting: Sequence[TrialSpec]) -> Sequence[TrialSpec]:
        return [] if self.is_reached else waiting

    def _mean(self, candidate: Candidate, trials: list[TrialResult]) -> float:
        """As `cv_results_` has it."""
        metric = self._metric(trials)
        if not isinstance(metric, str):
            raise ValueError(
                f"The target_score={self._target} needs a metric that decides: of several, the one that refit names. "
                f"Got refit={metric!r}."
            )
        table = score_table([candidate], trials, error_score=self._error_score)
        return float(np.asarray(table[f"mean_test_{metric}"])[0])
