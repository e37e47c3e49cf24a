"""What a search does around the trials of each round."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

from skhpt.evaluation import RoundEvaluation, TrialSetup, network_step, portable
from skhpt.results import Column, OneStandardError, score_table
from skhpt.search._check import check_parameter_names
from skhpt.search._correction import check_held_out_once
from skhpt.search._folds import KeptFolds
from skhpt.search._listeners import Listeners
from skhpt.search._loop import RoundOfTrials, SearchOutcome
from skhpt.search._messages import warn_about_missing_scores, warn_or_raise_about_failures
from skhpt.search._narrator import Narrator
from skhpt.search._resource import Resource, epochs_of
from skhpt.search._selection import check_cost
from skhpt.search._shared_paths import shared_callback_paths, tell_of_own_paths
from skhpt.search._task_tree import TaskTree
from skhpt.strategies import Request
from skhpt.trials import Candidate, Phase, RoundBeginning, TrialResult, TrialSpec


class SearchRounds:
    """The `Rounds` of a search by cross-validation.

    Parameters
    ----------
    setup : TrialSetup
        What all trials share, but for the splits.
    folds : KeptFolds
        The splits.
    resource : Resource
        What budgets are counted in.
    narrator : Narrator
        Prints.
    listeners : Listeners
        Those who are told.
    tasks : TaskTree
        Tells callbacks.
    metric : callable
        From trials to the name of the metric that a strategy is told, if there is one.
    error_score : float
        The score of a failed trial.
    n_candidates : int
        How many there are, in all rounds.
    check : callable or None, default=None
        Raises what all trials would raise, before the first round of a search that does not go on with a run.
    repeats : int, default=1
        How often each candidate is run on each fold.
    run : path or None, default=None
        The run that the search goes on with, which remembers failures.
    rule : OneStandardError or None, default=None
        What chooses the best candidate by its cost.
    are_batches : bool, default=False
        Whether rounds are parts of one search that learns from all of them: it goes on when all fits of one have
        failed, as long as others have not, and is told of no score of a candidate that has failed. If not, such a round
        ends it, as in scikit-learn, and `error_score` is what a failed fit has scored.

    Attributes
    ----------
    table : dict of str to column
        `cv_results_` of all rounds so far.
    """

    table: dict[str, Column]

    def __init__(
        self,
        *,
        setup: TrialSetup,
        folds: KeptFolds,
        resource: Resource,
        narrator: Narrator,
        listeners: Listeners,
        tasks: TaskTree,
        metric: Callable[[Sequence[TrialResult]], object],
        error_score: float,
        n_candidates: int,
        check: Callable[[Sequence[TrialSpec], TrialSetup], None] | None = None,
        repeats: int = 1,
        run: object = None,
        rule: OneStandardError | None = None,
        are_batches: bool = False,
    ) -> None:
        self._setup = setup
        self._folds = folds
        self._resource = resource
        self._narrator = narrator
        self._listeners = listeners
        self._tasks = tasks
        self._metric = metric
        self._error_score = error_score
        self._n_candidates = n_candidates
        self._check = check if run is None else None
        self._repeats = repeats
        self._run = run
        self._rule = rule
        self._are_batches = are_batches
        self.table = {}
        self._n_begun = 0
        self._paused: dict[tuple[int, int, int], Any] = {}  # the trainings that the next rung may go on with

    def begin(self, requests: Sequence[Request]) -> RoundOfTrials:
        candidates = [portable(self._resource.candidate(request), self._setup.estimator) for request in requests]
        for candidate in candidates:
            check_parameter_names(self._setup.estimator, candidate.params)
        self._note_shared_paths(candidates)
        if self._rule is not None:
            has_budgets = requests[0].budget is not None
            check_cost(self._rule, self._setup.estimator, candidates, has_budgets=has_budgets)
        splits = self._folds.of(requests[0].budget)
        if self._setup.rescoring is not None:
            check_held_out_once(splits)
        runs = product(zip(requests, candidates, strict=True), range(self._repeats), range(self._folds.n_splits))
        specs = [
            TrialSpec(
                candidate,
                fold,
                repeat,
                budget=request.budget,
                place=place,
                paused=self._paused.get((candidate.index, fold, repeat)),
            )
            for place, ((request, candidate), repeat, fold) in enumerate(runs)
        ]
        self._paused = {}  # whoever is not asked for again is let go
        setup = replace(self._setup, splits=splits)
        if self._check is not None:
            self._listeners.phase_begins(Phase("checking the candidates"))
            self._check(specs, setup)
            self._check = None
        tasks = self._tasks.begin_round(len(specs))
        evaluate = RoundEvaluation(setup, tasks, self._listeners, self._narrator.announcer(len(candidates)))
        round_ = RoundOfTrials(candidates, specs, evaluate)
        self._narrator.round_begins(round_)
        self._listeners.round_begins(RoundBeginning(self._n_begun, specs, self._epochs(specs)))
        self._n_begun += 1
        return round_

    def _epochs(self, specs: Sequence[TrialSpec]) -> dict[tuple[int, int, int], int]:
        """For how many epochs each of the trials is to train, as far as it can be told."""
        if not self._listeners.are_there or network_step(self._setup.estimator) is None:
            return {}
        told = epochs_of(self._setup.estimator, [spec.candidate.params for spec in specs])
        return {spec.key: epochs for spec, epochs in zip(specs, told, strict=True) if epochs is not None}

    def _note_shared_paths(self, candidates: Sequence[Candidate]) -> None:
        """See which paths of callbacks need the name of the trial; one that does in a round does in later ones, too."""
        shared = shared_callback_paths(
            self._setup.estimator,
            [candidate.params for candidate in candidates],
            self._setup.fit_params,
            needed=["fold", "repeat"] if self._repeats > 1 else ["fold"],
            n_candidates=self._n_candidates,
        )
        tell_of_own_paths({path: own for path, own in shared.items() if path not in self._setup.shared_paths})
        self._setup.shared_paths.update(shared)

    def goes_on(self, round_: RoundOfTrials, results: Mapping[int, TrialResult]) -> None:
        self._narrator.round_goes_on(round_, len(results))
        for spec in round_.specs:
            if spec.place in results:
                self._listeners.trial_ended(spec, results[spec.place], resumed=True)

    def trial_ended(self, round_: RoundOfTrials, spec: TrialSpec, result: TrialResult) -> TrialResult:
        self._narrator.trial_ended(spec, result, len(round_.candidates))
        if result.paused is not None:
            self._paused[result.key] = result.paused
        kept = replace(result, paused=None, checkpoint=None)
        self._listeners.trial_ended(spec, kept, resumed=False)
        return kept

    def _score_table(self, outcome: SearchOutcome) -> dict[str, Column]:
        return score_table(
            outcome.candidates,
            outcome.trials,
            error_score=self._error_score,
            shows_parameters=self._rule is not None,
        )

    def end_early(self, ended: Sequence[TrialResult], outcome: SearchOutcome) -> None:
        if outcome.stopped_by is None:  # what it was is told then, and nothing else
            survives = any(trial.error is None for trial in [*outcome.trials, *outcome.loose])
            warn_or_raise_about_failures(ended, self._error_score, survives=survives, run=self._run)
        n_told_before = self._n_told_before
        if outcome.trials:
            self.table = self._score_table(outcome)
        if outcome.stopped_by is None:
            self._warn_about_missing_scores(n_told_before)

    def end(self, round_: RoundOfTrials, outcome: SearchOutcome) -> list[float]:
        if not round_.specs:
            raise ValueError("No fits were performed. Was the CV iterator empty? Were there no candidates?")
        survives = self._are_batches and any(trial.error is None for trial in outcome.trials)
        ended = outcome.trials[-len(round_.specs) :]
        warn_or_raise_about_failures(ended, self._error_score, survives=survives, run=self._run)
        n_told_before = self._n_told_before
        self.table = self._score_table(outcome)
        self._warn_about_missing_scores(n_told_before)
        self._tasks.end_round()
        scores = self._scores(outcome, round_, ended)
        indices = [candidate.index for candidate in round_.candidates]
        self._listeners.round_ended(self._n_begun - 1, dict(zip(indices, scores, strict=True)))
        return scores

    def _scores(self, outcome: SearchOutcome, round_: RoundOfTrials, ended: Sequence[TrialResult]) -> list[float]:
        """Of each candidate of a round, what decides."""
        metric = self._metric(outcome.trials)
        if not isinstance(metric, str):  # there is no refit, or the user's own function decides
            return [math.nan] * len(round_.candidates)
        means = self.table[f"mean_test_{metric}"][-len(round_.candidates) :]
        # Who learns from scores is to keep away from failures, and not to take `error_score` for a score.
        failed = {trial.candidate for trial in ended if trial.error is not None} if self._are_batches else set()
        told = zip(round_.candidates, means, strict=True)
        return [math.nan if candidate.index in failed else float(mean) for candidate, mean in told]

    @property
    def _n_told_before(self) -> int:
        """Rows of the table that were warned of already."""
        return len(self.table.get("params", ())) if self._are_batches else 0

    def _warn_about_missing_scores(self, n_told_before: int) -> None:
        warn_about_missing_scores({name: column[n_told_before:] for name, column in self.table.items()})
