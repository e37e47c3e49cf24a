"""What all searchers share: scikit-learn's face, and our own `fit`."""

from __future__ import annotations

import warnings
from abc import abstractmethod
from collections.abc import Mapping
from functools import partial
from numbers import Integral, Real
from os import PathLike
from typing import TYPE_CHECKING, Any

from sklearn.base import clone, is_classifier
from sklearn.model_selection import check_cv
from sklearn.utils import indexable

from skhpt._compat import warn_of_lost_parts
from skhpt._compat.sklearn import (
    OF_A_RUNNING_FIT,
    PARAMETER_CONSTRAINTS,
    Interval,
    StrOptions,
    check_method_params,
    fit_context,
    routed_params,
    scorers_of,
    search_scorers,
)
from skhpt.evaluation import (
    FitTask,
    Rescoring,
    TrialSetup,
    is_for_keras,
    network_step,
)
from skhpt.exceptions import CannotFuseError
from skhpt.execution import ActiveCluster, Executor, FusedExecutor, JoblibExecutor
from skhpt.results import Column, engine_table, history_table, results_table
from skhpt.search._check import check_scoring, rows_of_search
from skhpt.search._conflicts import check_before_search, takes_seeds
from skhpt.search._correction import Correction, make_rescoring
from skhpt.search._folds import Folds, KeptFolds
from skhpt.search._interrupts import short_when_interrupted
from skhpt.search._limits import SearchLimits, check_limits
from skhpt.search._listeners import listeners_of, run_heard
from skhpt.search._loaded_run import LoadedRun
from skhpt.search._loop import SearchOutcome, run_search
from skhpt.search._narrator import Narrator
from skhpt.search._open_run import open_run
from skhpt.search._planning import Plannable
from skhpt.search._refit import Refit
from skhpt.search._rehearsal import check_first_round
from skhpt.search._resource import SAMPLES, Resource
from skhpt.search._rounds import SearchRounds
from skhpt.search._sampling_state import restored
from skhpt.search._selecting import Selecting
from skhpt.search._selection import check_rule, holds_wrapper
from skhpt.search._showing import Showing
from skhpt.search._tables import make_table
from skhpt.search._target import read_target, scorer_for
from skhpt.search._task_tree import TaskTree
from skhpt.store import NoRun, Run
from skhpt.strategies import Strategy
from skhpt.trials import Deadline, SearchSeeds, own_form

if TYPE_CHECKING:
    from skhpt.fused import FusedEngine


_OF_A_FIT = {"_listeners", "_n_complete", "_n_planned", "_new_run_because", "_sampling_state", "_seeds"}
_OF_A_WHOLE_SEARCH = {
    "corrected_interval_", "corrected_score_", "cv_results_", "feature_names_in_", "fused_seconds_", "multimetric_",
    "refit_time_", "results_",
}  # fmt: skip


class BaseSearch(Plannable, Selecting, Showing):
    """A cross-validated search over the strategy / executor / loop split.

    From scikit-learn's class comes what a fitted search does: predicting with the best estimator, tags, metadata
    routing, HTML. A subclass says which strategy to follow.
    """

    _parameter_constraints: dict[str, Any] = {
        **PARAMETER_CONSTRAINTS,
        "checkpoint_seconds": [Interval(Real, 0, None, closed="left")],
        "engine": [StrOptions({"auto", "fused", "per-trial"})],
        "loggers": [list, tuple, None],
        "max_retries": [Interval(Integral, 0, None, closed="left")],
        "max_epochs_total": [Interval(Integral, 1, None, closed="left"), None],
        "max_time": [Interval(Real, 0, None, closed="neither"), None],
        "progress": ["boolean", StrOptions({"auto"})],
        "random_state": ["random_state"],
        "record_validation": ["boolean"],
        "repeats": [Interval(Integral, 1, None, closed="left")],
        "resume": ["boolean", str, PathLike],
        "runs_dir": [str, PathLike, None],
        "refit_epochs": [StrOptions({"same", "best"})],
        "target_score": [Interval(Real, None, None, closed="neither"), None],
        "store_predictions": ["boolean"],
    }

    _round_task: str | None = None  # what callbacks know a round as, where there may be several
    _rounds_are_batches = False  # of one search, so that one in which all fits fail is not its end

    @abstractmethod
    def _make_strategy(self) -> Strategy:
        """The strategy that a new fit follows."""

    @property
    def _settings_that_decide(self) -> set[str]:
        """Settings that decide which candidates are tried, though in other searches they don't."""
        return set()

    def _validate_params(self) -> None:
        if holds_wrapper(self.estimator):  # of others scikit-learn says it in its own words
            check_scoring(self.scoring, type(self).__name__)
        super()._validate_params()

    @short_when_interrupted
    @fit_context(prefer_skip_nested_validation=False)  # the estimator validates its own parameters
    def fit(self, X: Any, y: Any = None, **params: Any) -> BaseSearch:
        """Evaluate the candidates by cross-validation, then refit the best one on all data.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, ...), or list, tuple or dict of them
            The data. A list, tuple or dict holds an array, table or column for each input of the model, all with the
            same rows. Each is split by rows; the estimator gets them in the form in which they were given.
        y : array-like of shape (n_samples,) or (n_samples, ...), default=None
            The targets. One-hot encoded classes for a `KerasClassifier` are read as the classes 0, 1, …: folds are
            stratified by them, and they are scored as scikit-learn scores classes.
        **params : dict of str to object
            Passed to the estimator's `fit`, the scorer and the splitter as in scikit-learn. `groups` goes to the
            splitter; what has a row for each sample, such as `sample_weight`, is split along with X. As in
            scikit-learn's searches, `validation_data` goes to each fit whole: its rows are evaluated after each epoch,
            and callbacks monitor them. They score no candidate. To score on them instead, as KerasTuner does, join
            the rows and give ``cv=[(train, test)]``.

        Returns
        -------
        self : object
            The fitted search.

        Raises
        ------
        UnknownParameterError
            If a candidate names a parameter that the estimator does not have. Nothing has been fitted then.
        ConflictingParametersError
            If an argument such as `epochs` or `callbacks` would replace a parameter that candidates set, or that is the
            resource. Nothing has been fitted then.
        ValueError
            If an input has another number of rows than `y`, or a callback monitors ``val_…`` and nothing is validated.
            Nothing has been fitted then. Also if all fits failed, or `max_time` or `max_epochs_total` was over before a
            candidate was complete.
        Exception
            What every trial would raise before its training, such as a `ModelError`. Nothing has been fitted then.
        RunError
            If `resume` names a run that this search can't go on with, or the run can't be written.
        KeyboardInterrupt
            After Ctrl-C. It says what is complete, where that is stored and how to go on. What there is by then is in
            the attributes, but for what a refit would have made.
        """
        deadline = Deadline(self.max_time, may_end_early=self.target_score is not None)
        X = rows_of_search(X, y, type(self).__name__, params)
        warn_of_lost_parts()  # here, as the check before the first trial keeps its warnings to itself
        scorer, refit_metric = search_scorers(self)
        X, y = indexable(X, y)
        given, (y, one_hot) = y, read_target(self.estimator, y)
        scorer = scorer_for(scorer, y)
        params = check_method_params(X, params=params)
        routed = routed_params(self, params)
        tasks = TaskTree(self, own_form(X), y, params)
        cv = check_cv(self.cv, y, classifier=is_classifier(self.estimator))
        self._check_data(cv, X, y, routed.splitter.split)
        self._check_recording()
        check_before_search(self, routed.estimator.fit)
        check_rule(self.refit, scorer, self.scoring)
        check_limits(self, refit_metric)
        self._listeners = listeners_of(self)
        rescoring = make_rescoring(self, scorer, refit_metric, y)
        with open_run(self, own_form(X), given, cv, params) as run:
            self.run_ = None if run.path is None else LoadedRun(run.path)
            self._sampling_state = _sampling_state(self.random_state, run)
            self._seeds = SearchSeeds(run.seed("entropy", SearchSeeds.from_random_state(self.random_state).entropy))
            setup = self._make_setup(X, y, routed, scorer, run, rescoring, one_hot)
            folds = KeptFolds(self._make_folds(cv, X, y, routed.splitter.split), run)
            self.n_splits_ = folds.n_splits
            engine = self._make_engine(run, deadline)
            executor = self._make_executor(engine, deadline)
            limits = self._make_limits(deadline, refit_metric)
            table, outcome = self._search(setup, folds, tasks, refit_metric, executor, run, limits)
            if self._takes_seeds:
                SearchSeeds.advance(self.random_state)
            self._forget_earlier_fit()
            self._store_results(table, outcome, scorer, refit_metric)
            if outcome.trials:
                row = None if self._best_candidate is None else int(self.best_index_)
                run.keep_choice(self._best_candidate, self._deciding_column, row)
            if outcome.stopped_by is not None:
                raise outcome.stopped_by
            if self.refit and self._best_candidate is None:
                raise self._no_best(self._deciding_metric(outcome.trials, refit_metric), outcome.trials)
            if rescoring is not None:
                self._correct_score(setup, folds, outcome, refit_metric)
                run.keep_correction(self.corrected_score_, *self.corrected_interval_)
            if self.refit:
                self._refit_best(setup, engine, outcome, task=tasks.refit(), run=run)
            self.fused_seconds_ = 0.0 if engine is None else engine.step_seconds
            run.end(*limits.ending(is_whole=outcome.is_whole))
            tasks.end()
            if (early := limits.cut_short(outcome)) is not None:
                advice = "" if run.path is None else f" resume=True goes on with {run.path}."
                warnings.warn(f"{early}{advice}", UserWarning, stacklevel=4)
        return self

    def _make_setup(
        self,
        X: Any,
        y: Any,
        routed: Any,
        scorer: Any,
        run: Run | NoRun,
        rescoring: Rescoring | None,
        one_hot: int | None,
    ) -> TrialSetup:
        return TrialSetup(
            estimator=clone(self.estimator),
            X=X,
            y=y,
            splits=(),  # each round has its own
            scorer=scorer,
            seeds=self._seeds,
            fit_params=routed.estimator.fit,
            score_params=routed.scorer.score,
            error_score=self.error_score,
            return_train_score=self.return_train_score,
            record_validation=self.record_validation,
            epochs=self._budgets_count.epochs,
            keeps_checkpoints=run.checkpoints is not None,
            rescoring=rescoring,
            one_hot=one_hot,
        )

    def __getstate__(self) -> dict[str, Any]:
        # What a fit in progress keeps is no part of a pickle: each trial that is sent to a worker is one.
        running = OF_A_RUNNING_FIT | _OF_A_FIT
        state: dict[str, Any] = super().__getstate__()
        state = {name: value for name, value in state.items() if name not in running}
        if not is_for_keras(self.estimator, self.get_params(deep=False)):
            return state
        from skhpt.estimators import Packed  # loads Keras, which other estimators do without

        return {"_packed": Packed(state)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        if "_packed" in state:
            from skhpt.estimators import content_of  # loads Keras, as above

            state = content_of(state["_packed"])
        super().__setstate__(state)

    def __sklearn_clone__(self) -> Any:
        method = super(BaseSearch, type(self)).__sklearn_clone__
        if not is_for_keras(self.estimator, self.get_params(deep=False)):
            return method(self)
        from skhpt.estimators import clone_estimator  # loads Keras, which other estimators do without

        return clone_estimator(self, method)

    def _search(
        self,
        setup: TrialSetup,
        folds: KeptFolds,
        tasks: TaskTree,
        refit_metric: Any,
        executor: Executor,
        run: Run | NoRun,
        limits: SearchLimits,
    ) -> tuple[dict[str, Column], SearchOutcome]:
        """Follow the strategy to its end: what becomes `cv_results_`, and all that it is made of."""
        strategy = self._make_strategy()  # draws before the splitter does, as in scikit-learn
        plan = strategy.plan()
        narrator = self._make_narrator(setup.scorer)
        builds_here = executor.builds_here(setup.estimator)
        rounds = SearchRounds(
            setup=setup,
            folds=folds,
            resource=self._budgets_count,
            narrator=narrator,
            listeners=self._listeners,
            tasks=tasks,
            metric=partial(self._deciding_metric, refit_metric=refit_metric),
            error_score=self._missing_score,
            n_candidates=sum(round_.n_candidates for round_ in plan if not round_.budget or not round_.budget.rung),
            repeats=self.repeats,
            check=partial(check_first_round, deadline=limits.deadline) if builds_here else None,
            run=run.path if run.goes_on else None,
            rule=self._rule,
            are_batches=self._rounds_are_batches,
        )
        n_candidates = sum(round_.n_candidates for round_ in plan)
        n_tasks = (
            sum(not round_.joins for round_ in plan) if self._round_task else n_candidates * self._n_trials_a_candidate
        )
        tasks.begin_search(n_tasks, round_name=self._round_task)
        metric = self._deciding_metric([], refit_metric)
        follow = partial(run_search, strategy, executor, rounds, run, limits.all)
        outcome = run_heard(self, plan, metric, run, limits, follow, narrator)
        if not outcome.is_whole:
            if outcome.trials or outcome.stopped_by is not None:
                return rounds.table, outcome
            advice = "Give it more" if run.path is None else f"Go on with resume=True: {run.path} holds what there is"
            raise ValueError(limits.too_early(len(outcome.loose), advice))
        if not outcome.trials:  # a halving whose factor is below 1
            raise ValueError("No fits were performed. Was the CV iterator empty? Were there no candidates?")
        tasks.end_search()
        return rounds.table, outcome

    def _make_limits(self, deadline: Deadline, refit_metric: Any) -> SearchLimits:
        return SearchLimits(
            self,
            deadline,
            n_trials=self._n_trials_a_candidate,
            metric=partial(self._deciding_metric, refit_metric=refit_metric),
            error_score=self._missing_score,
        )

    def _make_engine(self, run: Run | NoRun, deadline: Deadline) -> FusedEngine | None:
        """What trains trials together, if they may be and there is a network to train."""
        if self.engine == "per-trial":
            return None
        if network_step(self.estimator) is None:
            if self.engine == "fused":
                raise CannotFuseError(f"engine='fused' can't be used, because {self._not_ours}.")
            return None
        from skhpt.fused import FusedEngine  # loads TensorFlow, as the estimator has

        return FusedEngine(
            checkpoints=run.checkpoints,
            deadline=deadline,
            hears=self._listeners.hear,
            says=self._listeners.phase_begins,
        )

    def _make_executor(self, engine: FusedEngine | None, deadline: Deadline) -> Executor:
        cluster = ActiveCluster(deadline)
        is_network = network_step(self.estimator) is not None  # others compute on cores
        alone = JoblibExecutor(
            self.n_jobs,
            self.pre_dispatch,
            self.max_retries,
            deadline,
            cluster,
            one_a_gpu=is_network,
            says=self._listeners.phase_begins,
        )
        if engine is None:
            return alone
        return FusedExecutor(engine, None if self.engine == "fused" else alone, deadline, cluster)

    @property
    def _not_ours(self) -> str:
        """Why an estimator without a network of skhpt's is not fused."""
        return f"{type(self.estimator).__name__} is neither a Keras wrapper of skhpt's nor a pipeline that ends in one"

    @property
    def _takes_seeds(self) -> bool:
        """Whether anything is seeded by the search. Others leave NumPy's global state as scikit-learn's searches do."""
        return takes_seeds(self)

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
        scorers = scorers_of(scorer)
        metrics = None if scorers is None else list(scorers)
        return Narrator(self.verbose, self._n_trials_a_candidate, metrics, self._missing_score)

    @property
    def _missing_score(self) -> float:
        """The score of a failed trial. With ``error_score="raise"`` there is no such trial."""
        return float("nan") if self.error_score == "raise" else float(self.error_score)

    def _forget_earlier_fit(self) -> None:
        """An interrupted search has no best estimator, and not that of the fit before either."""
        for name in [name for name in vars(self) if name.startswith("best_") or name in _OF_A_WHOLE_SEARCH]:
            delattr(self, name)

    def _store_results(
        self, results: dict[str, Column], outcome: SearchOutcome, scorer: Any, refit_metric: Any
    ) -> None:
        self.scorer_ = scorers_of(scorer) or scorer
        self._n_complete = len(outcome.trials) + len(outcome.loose), len({each.index for each in outcome.candidates})
        if outcome.trials:
            self.cv_results_ = results
        ended = [*outcome.trials, *outcome.loose]
        unasked = "engine='per-trial'" if self.engine == "per-trial" else self._not_ours
        make_table(self, "histories_", lambda: history_table(ended))
        make_table(self, "engine_report_", lambda: engine_table(ended, unasked))
        if not outcome.trials:  # of a search that was interrupted early
            return
        self.multimetric_ = any(trial.multimetric for trial in outcome.trials)
        metric = self._deciding_metric(outcome.trials, refit_metric)
        self._best_candidate: Any = None
        self._deciding_column: str | None = None
        if (self.refit or not self.multimetric_) and self._has_best(metric, results):
            self.best_index_ = self._select_best_index(self.refit, metric, results)
            self.best_params_ = results["params"][self.best_index_]
            self._best_candidate = outcome.candidates[self.best_index_].index
            if self._rule is not None or not callable(self.refit):
                self._deciding_column = f"mean_test_{metric}"
                self.best_score_ = results[self._deciding_column][self.best_index_]
        shown = self._deciding_column or next(name for name in results if name.startswith("mean_test_"))
        make_table(self, "results_", lambda: results_table(outcome.candidates, outcome.trials, results, shown))

    def _correct_score(self, setup: TrialSetup, folds: KeptFolds, outcome: SearchOutcome, refit_metric: Any) -> None:
        """Bootstrap the choice of the best candidate over what all of them have predicted."""
        metric = self._deciding_metric(outcome.trials, refit_metric)
        correction = Correction(setup, folds.of(None), self.repeats, self._rule, metric)
        corrected = correction.guarded(outcome.trials, self.cv_results_, self._rows_that_may_win(self.cv_results_))
        self.corrected_score_, self.corrected_interval_ = corrected.score, (corrected.low, corrected.high)

    def _refit_best(
        self, setup: TrialSetup, engine: FusedEngine | None, outcome: SearchOutcome, *, task: FitTask, run: Run | NoRun
    ) -> None:
        fused = "fused" in {trial.engine for trial in outcome.trials if trial.candidate == self._best_candidate}
        refit = Refit(
            setup,
            self._best_candidate,
            self.best_params_ | self._best_epochs(),
            seed=setup.seeds.refit(),
            task=task,
            engine=engine if fused else None,
            must_fuse=self.engine == "fused",
            run=run,
        )
        self.best_estimator_, self.refit_time_ = refit.fitted()
        if hasattr(self.best_estimator_, "feature_names_in_"):
            self.feature_names_in_ = self.best_estimator_.feature_names_in_
        refit.store(self.best_estimator_, self.refit_time_)  # last: a full disk must not cost what was trained


def _sampling_state(random_state: Any, run: Run | NoRun) -> Any:
    """The `random_state` that candidates and rows are drawn from: in a run that goes on, from where it was then."""
    state = run.seed("sampling") if run.goes_on else None
    return random_state if state is None else restored(state)
