"""What all searchers share: scikit-learn's face, and our own `fit`."""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from functools import partial
from numbers import Integral
from typing import TYPE_CHECKING, Any

import pandas as pd
from sklearn.base import clone, is_classifier
from sklearn.model_selection import check_cv
from sklearn.utils import indexable

from skhpt._sklearn import (
    BaseSearchCV,
    Interval,
    MultimetricScorer,
    StrOptions,
    check_method_params,
    fit_context,
)
from skhpt.evaluation import FitTask, TrialSetup, fit, keras_step, network_step, prepare, training_history
from skhpt.exceptions import CannotFuseError
from skhpt.execution import Executor, FusedExecutor, JoblibExecutor
from skhpt.results import Column, best_epoch, engine_table, history_table, metric_names
from skhpt.search._folds import Folds
from skhpt.search._loop import SearchOutcome, run_search
from skhpt.search._narrator import Narrator
from skhpt.search._resource import SAMPLES, Resource, epochs_parameter
from skhpt.search._rounds import SearchRounds
from skhpt.search._task_tree import TaskTree
from skhpt.strategies import Strategy
from skhpt.trials import SearchSeeds, TrialResult, naming_trial

if TYPE_CHECKING:
    from skhpt.fused import FusedEngine


class BaseSearch(BaseSearchCV):
    """A cross-validated search over the strategy / executor / loop split.

    From scikit-learn's class comes what a fitted search does: predicting with the best estimator, tags, metadata
    routing, HTML. A subclass says which strategy to follow.
    """

    _parameter_constraints: dict[str, Any] = {
        **BaseSearchCV._parameter_constraints,
        "engine": [StrOptions({"auto", "fused", "per-trial"})],
        "max_retries": [Interval(Integral, 0, None, closed="left")],
        "random_state": ["random_state"],
        "record_validation": ["boolean"],
        "repeats": [Interval(Integral, 1, None, closed="left")],
        "refit_epochs": [StrOptions({"same", "best"})],
    }

    _round_task: str | None = None  # what callbacks know a round as, where there may be several

    @abstractmethod
    def _make_strategy(self) -> Strategy:
        """The strategy that a new fit follows."""

    @property
    def best_model_(self) -> Any:
        """The `keras.Model` of the best estimator, refitted on all data.

        Raises
        ------
        AttributeError
            If the search is not fitted, did not refit, or its estimator holds no Keras model.
        """
        return self._of_keras_step("model_", "best_model_")

    @property
    def best_history_(self) -> dict[str, list[float]]:
        """The training history of the refit: a list a metric, an entry an epoch.

        Raises
        ------
        AttributeError
            As for `best_model_`.
        """
        self._of_keras_step("history_", "best_history_")
        history: dict[str, list[float]] = training_history(self.best_estimator_)
        return history

    def _of_keras_step(self, attribute: str, asked_for: str) -> Any:
        name = type(self).__name__
        if not hasattr(self, "best_estimator_"):
            raise AttributeError(f"{name} has no {asked_for}: fit it first, with refit switched on.")
        step = keras_step(self.best_estimator_)
        if not hasattr(step, attribute):
            raise AttributeError(f"{name} has no {asked_for}: {type(step).__name__} keeps no {attribute}.")
        return getattr(step, attribute)

    @fit_context(prefer_skip_nested_validation=False)  # the estimator validates its own parameters
    def fit(self, X: Any, y: Any = None, **params: Any) -> BaseSearch:
        """Evaluate the candidates by cross-validation, then refit the best one on all data.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, ...)
            The data.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs), default=None
            The targets.
        **params : dict of str to object
            Passed to the estimator's `fit`, the scorer and the splitter as in scikit-learn. `groups` goes to the
            splitter; what has a row for each sample, such as `sample_weight`, is split along with X.

        Returns
        -------
        self : object
            The fitted search.

        Raises
        ------
        UnknownParameterError
            If a candidate names a parameter that the estimator does not have. Nothing has been fitted then.
        ValueError
            If all fits failed.
        """
        scorer, refit_metric = self._get_scorers()
        X, y = indexable(X, y)
        params = check_method_params(X, params=params)
        routed = self._get_routed_params_for_fit(params)
        tasks = TaskTree(self, X, y, params)
        seeds = SearchSeeds.from_random_state(self.random_state)
        cv = check_cv(self.cv, y, classifier=is_classifier(self.estimator))
        self._check_data(cv, X, y, routed.splitter.split)
        folds = self._make_folds(cv, X, y, routed.splitter.split)
        self.n_splits_ = folds.n_splits
        self._check_recording()
        strategy = self._make_strategy()  # draws before the splitter does, as in scikit-learn
        setup = TrialSetup(
            estimator=clone(self.estimator),
            X=X,
            y=y,
            splits=(),  # each round has its own
            scorer=scorer,
            seeds=seeds,
            fit_params=routed.estimator.fit,
            score_params=routed.scorer.score,
            error_score=self.error_score,
            return_train_score=self.return_train_score,
            record_validation=self.record_validation,
            epochs=self._budgets_count.epochs,
        )
        engine = self._make_engine()
        table, outcome = self._search(strategy, setup, folds, tasks, refit_metric, self._make_executor(engine))
        self._store_results(table, outcome, scorer, refit_metric)
        if self.refit:
            self._refit_best(setup, engine, seed=seeds.refit(), task=tasks.refit())
        self.fused_seconds_ = 0.0 if engine is None else engine.step_seconds
        tasks.end()
        return self

    def __getstate__(self) -> dict[str, Any]:
        # What a fit in progress keeps is no part of a pickle: each trial that is sent to a worker is one.
        running = {"_callback_fit_ctx", "_skl_callbacks_to_teardown"}
        state: dict[str, Any] = super().__getstate__()
        return {name: value for name, value in state.items() if name not in running}

    def _search(
        self,
        strategy: Strategy,
        setup: TrialSetup,
        folds: Folds,
        tasks: TaskTree,
        refit_metric: Any,
        executor: Executor,
    ) -> tuple[dict[str, Column], SearchOutcome]:
        """Follow the strategy to its end: what becomes `cv_results_`, and all that it is made of."""
        rounds = SearchRounds(
            setup=setup,
            folds=folds,
            resource=self._budgets_count,
            narrator=self._make_narrator(setup.scorer),
            tasks=tasks,
            metric=partial(self._deciding_metric, refit_metric=refit_metric),
            error_score=self._missing_score,
            repeats=self.repeats,
        )
        plan = strategy.plan()
        n_candidates = sum(round_.n_candidates for round_ in plan)
        n_tasks = len(plan) if self._round_task else n_candidates * self._n_trials_a_candidate
        tasks.begin_search(n_tasks, round_name=self._round_task)
        outcome = run_search(strategy, executor, rounds)
        if not outcome.trials:  # a halving whose factor is below 1
            raise ValueError("No fits were performed. Was the CV iterator empty? Were there no candidates?")
        tasks.end_search()
        return rounds.table, outcome

    def _make_engine(self) -> FusedEngine | None:
        """What trains trials together, if they may be and there is a network to train."""
        if self.engine == "per-trial":
            return None
        if network_step(self.estimator) is None:
            if self.engine == "fused":
                raise CannotFuseError(f"engine='fused' can't be used, because {self._not_ours}.")
            return None
        from skhpt.fused import FusedEngine  # loads TensorFlow, as the estimator has

        return FusedEngine()

    def _make_executor(self, engine: FusedEngine | None) -> Executor:
        alone = JoblibExecutor(self.n_jobs, self.pre_dispatch, self.max_retries)
        return alone if engine is None else FusedExecutor(engine, None if self.engine == "fused" else alone)

    @property
    def _not_ours(self) -> str:
        """Why an estimator without a network of skhpt's is not fused."""
        return f"{type(self.estimator).__name__} is neither a Keras wrapper of skhpt's nor a pipeline that ends in one"

    @property
    def _n_trials_a_candidate(self) -> int:
        return int(self.n_splits_ * self.repeats)

    def _check_recording(self) -> None:
        """Raise if epochs are to be recorded, or chosen by a record, where there are none."""
        if self.record_validation and network_step(self.estimator) is None:
            raise ValueError(
                "record_validation needs a Keras wrapper of skhpt's as the estimator, or as the last step of its "
                f"pipeline. Got {type(self.estimator).__name__}."
            )
        if self.refit_epochs == "best" and not (self.record_validation and self.refit):
            raise ValueError("refit_epochs='best' needs record_validation=True and a refit.")

    def _check_data(self, cv: Any, X: Any, y: Any, split_params: Mapping[str, Any]) -> None:
        """Raise if the search can't be made on these data; what it takes from them is settled here."""

    @property
    def _budgets_count(self) -> Resource:
        """What the strategy's budgets are counted in, if it has any."""
        return Resource(SAMPLES)

    def _make_folds(self, cv: Any, X: Any, y: Any, split_params: Mapping[str, Any]) -> Folds:
        return Folds(cv, X, y, split_params)

    def _make_narrator(self, scorer: Any) -> Narrator:
        metrics = list(scorer._scorers) if isinstance(scorer, MultimetricScorer) else None
        return Narrator(self.verbose, self._n_trials_a_candidate, metrics, self._missing_score)

    def _deciding_metric(self, trials: Sequence[TrialResult], refit_metric: Any) -> Any:
        """The metric that selects. What a callable `scoring` returns is known only once it was called."""
        if not (callable(self.scoring) and any(trial.multimetric for trial in trials)):
            return refit_metric
        self._check_refit_for_multimetric(metric_names(trials))
        return self.refit

    @property
    def _missing_score(self) -> float:
        """The score of a failed trial. With ``error_score="raise"`` there is no such trial."""
        return float("nan") if self.error_score == "raise" else float(self.error_score)

    def _store_results(
        self, results: dict[str, Column], outcome: SearchOutcome, scorer: Any, refit_metric: Any
    ) -> None:
        self.multimetric_ = any(trial.multimetric for trial in outcome.trials)
        metric = self._deciding_metric(outcome.trials, refit_metric)
        self.cv_results_ = results
        self.histories_: pd.DataFrame = history_table(outcome.trials)
        unasked = "engine='per-trial'" if self.engine == "per-trial" else self._not_ours
        self.engine_report_: pd.DataFrame = engine_table(outcome.trials, unasked)
        self.scorer_ = scorer._scorers if isinstance(scorer, MultimetricScorer) else scorer
        if self.refit or not self.multimetric_:
            self.best_index_ = self._select_best_index(self.refit, metric, results)
            self.best_params_ = results["params"][self.best_index_]
            self._best_candidate = outcome.candidates[self.best_index_].index
            if not callable(self.refit):
                self.best_score_ = results[f"mean_test_{metric}"][self.best_index_]

    def _best_epochs(self) -> dict[str, int]:
        """The parameter of the refit that says for how many epochs, if that is not the candidate's."""
        best = prepare(self.estimator, self.best_params_, seed=0)
        if self.refit_epochs == "same" or network_step(best) is None:
            return {}
        histories = self.histories_[self.histories_["candidate"] == self._best_candidate]
        if "iter" in histories and not self._budgets_count.continues:  # the last rung alone is like the refit
            histories = histories[histories["iter"] == histories["iter"].max()]
        return {epochs_parameter(best): best_epoch(histories, self._metric_of_epochs)}

    @property
    def _metric_of_epochs(self) -> str:
        """The name that Keras would have for what decides, if it has one."""
        if isinstance(self.scoring, str):
            return self.scoring
        if self.scoring is None:
            return "accuracy" if is_classifier(self.estimator) else "r2_score"
        return self.refit if isinstance(self.refit, str) else "loss"

    def _refit_best(self, setup: TrialSetup, engine: FusedEngine | None, *, seed: int, task: FitTask) -> None:
        params = self.best_params_ | self._best_epochs()
        everything = setup.X, setup.y, setup.fit_params
        with naming_trial(candidate=self._best_candidate, fold="refit", repeat=0):
            start = time.time()
            best = self._refitted_together(setup, engine, params, seed=seed, task=task)
            if best is None:
                best = prepare(self.estimator, params, seed=seed)
                with task.fitting(best, *everything):
                    fit(best, *everything)
            self.refit_time_ = time.time() - start
        self.best_estimator_ = best
        if hasattr(best, "feature_names_in_"):
            self.feature_names_in_ = best.feature_names_in_
        task.end(*everything)

    def _refitted_together(
        self, setup: TrialSetup, engine: FusedEngine | None, params: dict[str, Any], *, seed: int, task: FitTask
    ) -> Any:
        """The best estimator, fitted by the engine that ran its trials; None if another one did."""
        report = self.engine_report_
        if engine is None or "fused" not in set(report["engine"][report["candidate"] == self._best_candidate]):
            return None
        best = prepare(self.estimator, params, seed=seed)
        try:
            engine.refit(best, setup, params, task)
        except CannotFuseError:
            if self.engine == "fused":
                raise
            return None
        return best
