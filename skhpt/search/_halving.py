"""What the two halving searchers share."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import is_classifier
from sklearn.metrics import get_scorer_names
from sklearn.utils import Tags
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import validate_data

from skhpt._compat.sklearn import Interval, StrOptions, num_samples, yields_constant_splits
from skhpt.results import Column, metric_names
from skhpt.search._base import BaseSearch
from skhpt.search._folds import Folds, SubsampledFolds
from skhpt.search._halving_narrator import HalvingNarrator
from skhpt.search._loop import SearchOutcome
from skhpt.search._narrator import Narrator
from skhpt.search._resource import Resource
from skhpt.search._spaces import Settings
from skhpt.strategies import HalvingSchedule, HalvingStrategy, Strategy
from skhpt.trials import Budget, TrialResult

# A fold of n samples a class is the least that scikit-learn starts with.
_SAMPLES_A_CLASS_AND_FOLD = 2


class BaseHalvingSearch(BaseSearch):
    """A search by successive halving, with scikit-learn's parameters, attributes and results.

    Not for use by itself: a subclass says which candidates to begin with.
    """

    _parameter_constraints: dict[str, Any] = {
        **{name: value for name, value in BaseSearch._parameter_constraints.items() if name != "pre_dispatch"},
        "scoring": [StrOptions(set(get_scorer_names())), callable, None],  # a single metric
        "max_resources": [Interval(Integral, 0, None, closed="neither"), StrOptions({"auto"})],
        "min_resources": [Interval(Integral, 0, None, closed="neither"), StrOptions({"exhaust", "smallest"})],
        "resource": [str],
        "factor": [Interval(Real, 0, None, closed="neither")],
        "aggressive_elimination": ["boolean"],
    }

    _round_task = "halving-iteration"

    def __init__(
        self,
        estimator: Any,
        *,
        factor: float,
        resource: str,
        max_resources: int | str,
        min_resources: int | str,
        aggressive_elimination: bool,
        cv: Any,
        scoring: Any,
        refit: Any,
        error_score: Any,
        return_train_score: bool,
        random_state: Any,
        n_jobs: int | None,
        verbose: int,
        record_validation: bool,
        repeats: int,
        refit_epochs: str,
        engine: str,
        max_retries: int,
        runs_dir: Any,
        resume: Any,
        max_time: float | None,
        checkpoint_seconds: float,
        max_epochs_total: int | None,
        target_score: float | None,
        store_predictions: bool,
        loggers: Any,
        progress: bool | str,
    ) -> None:
        super().__init__(
            estimator=estimator,
            scoring=scoring,
            n_jobs=n_jobs,
            refit=refit,
            cv=cv,
            verbose=verbose,
            error_score=error_score,
            return_train_score=return_train_score,
        )
        self.factor = factor
        self.resource = resource
        self.max_resources = max_resources
        self.min_resources = min_resources
        self.aggressive_elimination = aggressive_elimination
        self.random_state = random_state
        self.record_validation = record_validation
        self.repeats = repeats
        self.refit_epochs = refit_epochs
        self.engine = engine
        self.max_retries = max_retries
        self.runs_dir = runs_dir
        self.resume = resume
        self.max_time = max_time
        self.checkpoint_seconds = checkpoint_seconds
        self.max_epochs_total = max_epochs_total
        self.target_score = target_score
        self.store_predictions = store_predictions
        self.loggers = loggers
        self.progress = progress

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.array_api_support = False
        return tags

    @property
    def _plan_needs_data(self) -> bool:
        return self._budgets_count.is_samples

    @abstractmethod
    def _candidate_settings(self) -> Settings:
        """The candidates to begin with."""

    def _check_data(self, cv: Any, X: Any, y: Any, split_params: Mapping[str, Any]) -> None:
        if not yields_constant_splits(cv):
            raise ValueError(
                "The cv parameter must yield consistent folds across calls to split(). "
                "Set its random_state to an int, or set shuffle=False."
            )
        resource = self._budgets_count
        if not resource.is_samples and resource.name not in self.estimator.get_params():
            raise ValueError(
                f"Cannot use resource={self.resource} which is not supported by estimator "
                f"{type(self.estimator).__name__}"
            )
        if self.store_predictions and resource.is_samples:
            raise ValueError(
                "store_predictions=True needs a rung that is scored on all rows. Got resource='n_samples', which draws "
                "some of them. Use another resource, such as 'epochs'."
            )
        self._check_first_rung()
        self.resource_ = resource.name
        self.min_resources_ = self._least(cv, X, y, split_params)
        self.max_resources_ = self._most(X)
        if self.min_resources_ > self.max_resources_:
            raise ValueError(
                f"min_resources_={self.min_resources_} is greater than max_resources_={self.max_resources_}."
            )
        if self.min_resources_ == 0:
            raise ValueError(f"min_resources_={self.min_resources_}: you might have passed an empty dataset X.")

    def _check_first_rung(self) -> None:
        """Raise if it is undetermined with how many candidates, or with what budget, to begin."""

    def _least(self, cv: Any, X: Any, y: Any, split_params: Mapping[str, Any]) -> Any:
        """The least that a candidate may get: so many samples that each fold can have some of each class."""
        if self.min_resources not in ("smallest", "exhaust"):
            return self.min_resources
        if not self._budgets_count.is_samples:
            return 1
        least = cv.get_n_splits(X, y, **split_params) * _SAMPLES_A_CLASS_AND_FOLD
        if is_classifier(self.estimator):
            y = validate_data(self, X="no_validation", y=y)
            check_classification_targets(y)
            least *= len(np.unique(y))
        return least

    def _most(self, X: Any) -> Any:
        if self.max_resources != "auto":
            return self.max_resources
        resource = self._budgets_count
        if resource.continues:
            return self.estimator.get_params()[resource.name]
        if not resource.is_samples:
            raise ValueError("resource can only be 'n_samples' when max_resources='auto'")
        return num_samples(X)

    @property
    def _budgets_count(self) -> Resource:
        return Resource.named(self.resource, self.estimator, self._searched_names())

    @abstractmethod
    def _searched_names(self) -> set[str]:
        """The parameters that candidates set."""

    def _make_folds(self, cv: Any, X: Any, y: Any, split_params: Mapping[str, Any]) -> Folds:
        if self._budgets_count.is_samples:
            return SubsampledFolds(cv, X, y, split_params, random_state=self._sampling_state)
        return super()._make_folds(cv, X, y, split_params)

    def _make_strategy(self) -> Strategy:
        settings = self._candidate_settings()
        # Looking at candidates draws them, once more than they are used: scikit-learn's random numbers depend on it.
        self._check_resource_is_free(name for params in settings for name in params)
        self._schedule = self._make_schedule(len(settings))
        return HalvingStrategy(settings, self._schedule)

    def _check_resource_is_free(self, searched: Iterable[str]) -> None:
        resource = self._budgets_count
        if not resource.is_samples and resource.name in searched:
            raise ValueError(
                f"Cannot use parameter {resource.name} as the resource since it is part of the searched parameters."
            )

    def _make_schedule(self, n_candidates: int) -> HalvingSchedule:
        make = HalvingSchedule.exhausting if self.min_resources == "exhaust" else HalvingSchedule
        schedule = make(
            n_candidates, self.factor, self.min_resources_, self.max_resources_, self.aggressive_elimination
        )
        rungs = schedule.rungs()
        self.min_resources_ = schedule.min_resources
        self.n_resources_ = [rung.budget.amount for rung in rungs if rung.budget is not None]
        self.n_candidates_ = [rung.n_candidates for rung in rungs]
        self.n_remaining_candidates_ = schedule.n_survivors(rungs[-1].n_candidates) if rungs else n_candidates
        self.n_required_iterations_ = schedule.n_required_iterations
        self.n_possible_iterations_ = schedule.n_possible_iterations
        self.n_iterations_ = schedule.n_iterations
        return schedule

    def _make_narrator(self, scorer: Any) -> Narrator:
        return HalvingNarrator(self.verbose, self._n_trials_a_candidate, None, self._missing_score, self._schedule)

    def _deciding_metric(self, trials: Sequence[TrialResult], refit_metric: Any) -> Any:
        if "score" not in metric_names(trials):
            raise ValueError(
                f"The 'scoring' parameter of {type(self).__name__} must return one score. "
                f"Got {metric_names(trials)} instead."
            )
        return "score"

    def _store_results(
        self, results: dict[str, Column], outcome: SearchOutcome, scorer: Any, refit_metric: Any
    ) -> None:
        super()._store_results(results, outcome, scorer, refit_metric)
        if not outcome.is_whole:  # the later rungs were never begun
            ended = [*outcome.trials, *outcome.loose]
            self.n_iterations_ = 1 + max((self._round_of(trial.budget) for trial in ended if trial.budget), default=-1)
            self.n_candidates_ = self.n_candidates_[: self.n_iterations_]
            self.n_resources_ = self.n_resources_[: self.n_iterations_]
        if outcome.trials and self._best_candidate is not None:
            self.best_score_ = results["mean_test_score"][self.best_index_]

    def _select_best_index(self, refit: Any, refit_metric: Any, results: Mapping[str, Any]) -> Any:
        """The best of those that may win; their first where none has a score. A function as `refit` has no say."""
        if self._rule is not None:
            return super()._select_best_index(refit, refit_metric, results)
        rows = self._rows_that_may_win(results)
        means = results["mean_test_score"][rows]
        return rows[0 if np.isnan(means).all() else np.nanargmax(means)]

    def _rows_that_may_win(self, results: Mapping[str, Any]) -> npt.NDArray[np.intp]:
        return np.flatnonzero(self._may_win(results))

    def _may_win(self, results: Mapping[str, Any]) -> Any:
        """Of each row, whether it can be the best: those of the last rung.

        Of a search that has ended early it is the last rung of which all candidates are there: that few of a later one
        have come to its end says nothing of them, unless one has reached the target.
        """
        rounds = self._rounds_of(results)
        last = rounds == self.n_iterations_ - 1
        if self.target_score is not None and np.any(results["mean_test_score"][last] >= self.target_score):
            return last
        whole = [number for number, n_asked in enumerate(self.n_candidates_) if np.sum(rounds == number) == n_asked]
        return rounds == (max(whole) if whole else rounds.max())

    def _round_of(self, budget: Budget) -> int:
        """The number of the round that a budget belongs to."""
        return budget.rung

    def _rounds_of(self, results: Mapping[str, Any]) -> Any:
        """The number of the round of each row."""
        return results["iter"]
