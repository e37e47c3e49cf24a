"""Hyperband over candidates drawn at random."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from numbers import Integral, Real
from typing import Any

import numpy as np
import pandas as pd
from sklearn.utils import check_random_state

from skhpt._compat.sklearn import Interval, StrOptions
from skhpt.search._base import BaseSearch
from skhpt.search._halving import BaseHalvingSearch
from skhpt.search._hyperband_narrator import HyperbandNarrator
from skhpt.search._spaces import Settings, names_of, sampler_of
from skhpt.space import SearchSpace
from skhpt.strategies import HyperbandSchedule, HyperbandStrategy, Strategy
from skhpt.trials import Budget


class HyperbandSearchCV(BaseHalvingSearch):
    """Cross-validated search over candidates that are drawn at random, by Hyperband.

    Successive halving has to be told whether to begin with many candidates on little or with few on much: Hyperband
    does both, and what lies between, in brackets of about equal cost. The brackets run side by side and end together,
    so that rungs of equal budgets share the cores, or the lanes of the fused engine. On epochs survivors go on where
    they were.

    Parameters
    ----------
    estimator : estimator object
        As for `GridSearchCV`.
    param_distributions : dict or list of dict
        As for `RandomizedSearchCV`. Of a finite grid with fewer combinations than there are candidates, each bracket
        draws by itself, none of them twice.
    factor : float, default=3
        What candidates are divided and budgets multiplied by from rung to rung, above 1.
    resource : str, default="auto"
        ``"epochs"``, ``"n_samples"``, any integer parameter of the estimator, or ``"auto"``: the epochs of a Keras
        wrapper of skhpt's that are not searched, and samples otherwise.
    max_resources : int or "auto", default="auto"
        What the last rung of each bracket gets. ``"auto"`` is the estimator's own epochs, or all samples; other
        parameters need a number.
    min_resources : int or "smallest", default="smallest"
        What no candidate gets less than. ``"smallest"`` is 1; of samples so many that each fold has some of each class.
    cv, scoring, error_score
        As for `HalvingGridSearchCV`.
    refit : bool, str or callable, default=True
        Fit the best of the candidates that got `max_resources` on all data in the end. ``"one-standard-error"`` or a
        `OneStandardError` chooses among these as in `GridSearchCV`. Another function, from `cv_results_` to the index
        of the best, may choose any row, on less than the whole budget as well.
    return_train_score : bool, default=False
        Score the training folds as well.
    random_state : int, RandomState instance or None, default=None
        As for `HalvingRandomSearchCV`.
    n_jobs, verbose
        As for `HalvingGridSearchCV`.
    record_validation, repeats, refit_epochs, engine, max_retries, runs_dir, resume, max_time, checkpoint_seconds, \
max_epochs_total, target_score, store_predictions, loggers, progress
        As for `GridSearchCV`.

    Attributes
    ----------
    brackets_ : pandas.DataFrame
        A row a rung: ``bracket`` (its first rung has factor ** bracket times less than the last), ``rung``,
        ``n_candidates``, ``n_resources``.
    n_resources_, n_candidates_ : list of int
        The budget of each round, and how many candidates of all brackets together get it.
    n_iterations_ : int
        The number of rounds.
    cv_results_ : dict of str to ndarray
        As of `HalvingGridSearchCV`, with a column ``bracket``; ``iter`` is the rung in it. Only candidates with
        `max_resources_` can be the best, unless a function as `refit` takes another one.
    resource_, min_resources_, max_resources_, histories_, best_estimator_, best_model_, best_history_, best_params_, \
best_score_, best_index_, scorer_, n_splits_, refit_time_, multimetric_, run_, results_, \
corrected_score_, corrected_interval_
        As of `HalvingGridSearchCV`.

    See Also
    --------
    HalvingRandomSearchCV : One bracket.

    References
    ----------
    L. Li, K. Jamieson, G. DeSalvo, A. Rostamizadeh and A. Talwalkar, Hyperband: A Novel Bandit-Based Approach to
    Hyperparameter Optimization, JMLR 18, 2018. https://jmlr.org/papers/v18/16-558.html

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import SGDClassifier
    >>> from skhpt import HyperbandSearchCV
    >>> X, y = load_iris(return_X_y=True)
    >>> search = HyperbandSearchCV(SGDClassifier(tol=None, random_state=0), {"alpha": loguniform(1e-5, 1e-1)},
    ...                            resource="max_iter", max_resources=9, cv=3, random_state=0)
    >>> search.fit(X, y).brackets_
       bracket  rung  n_candidates  n_resources
    0        2     0             9            1
    1        2     1             3            3
    2        2     2             1            9
    3        1     0             3            3
    4        1     1             1            9
    5        0     0             3            9
    >>> search.best_params_["max_iter"]
    9
    """

    _parameter_constraints: dict[str, Any] = {
        **{
            name: value
            for name, value in BaseHalvingSearch._parameter_constraints.items()
            if name != "aggressive_elimination"
        },
        "param_distributions": [dict, list, SearchSpace],
        "factor": [Interval(Real, 1, None, closed="neither")],
        "min_resources": [Interval(Integral, 1, None, closed="left"), StrOptions({"smallest"})],
    }

    _round_task = "hyperband-iteration"

    def __init__(
        self,
        estimator: Any,
        param_distributions: Any,
        *,
        factor: float = 3,
        resource: str = "auto",
        max_resources: int | str = "auto",
        min_resources: int | str = "smallest",
        cv: Any = 5,
        scoring: Any = None,
        refit: Any = True,
        error_score: Any = np.nan,
        return_train_score: bool = False,
        random_state: Any = None,
        n_jobs: int | None = None,
        verbose: int = 0,
        record_validation: bool = False,
        repeats: int = 1,
        refit_epochs: str = "same",
        engine: str = "auto",
        max_retries: int = 1,
        runs_dir: Any = None,
        resume: Any = False,
        max_time: float | None = None,
        checkpoint_seconds: float = 30.0,
        max_epochs_total: int | None = None,
        target_score: float | None = None,
        store_predictions: bool = False,
        loggers: Any = None,
        progress: bool | str = "auto",
    ) -> None:
        super().__init__(
            estimator,
            factor=factor,
            resource=resource,
            max_resources=max_resources,
            min_resources=min_resources,
            aggressive_elimination=False,
            cv=cv,
            scoring=scoring,
            refit=refit,
            error_score=error_score,
            return_train_score=return_train_score,
            random_state=random_state,
            n_jobs=n_jobs,
            verbose=verbose,
            record_validation=record_validation,
            repeats=repeats,
            refit_epochs=refit_epochs,
            engine=engine,
            max_retries=max_retries,
            runs_dir=runs_dir,
            resume=resume,
            max_time=max_time,
            checkpoint_seconds=checkpoint_seconds,
            max_epochs_total=max_epochs_total,
            target_score=target_score,
            store_predictions=store_predictions,
            loggers=loggers,
            progress=progress,
        )
        self.param_distributions = param_distributions

    def _make_strategy(self) -> Strategy:
        self._check_resource_is_free(self._searched_names())
        schedule = HyperbandSchedule(self.max_resources_, self.factor, self.min_resources_)
        n_settings = len(self._drawn(schedule.n_candidates, None))
        self._lay_out(replace(schedule, n_settings=n_settings))
        return HyperbandStrategy(self._candidate_settings(), self._hyperband)

    def _candidate_settings(self) -> list[dict[str, Any]]:
        counts = [bracket.n_candidates for bracket in self._hyperband.brackets()]
        if self._hyperband.n_settings == sum(counts):  # so that no two brackets have the same, where that can be
            counts = [sum(counts)]
        rng = check_random_state(self._sampling_state)
        return [params for n in counts for params in self._drawn(n, rng)]

    def _drawn(self, n_candidates: int, random_state: Any) -> Settings:
        return sampler_of(self.param_distributions, n_candidates, random_state, type(self).__name__)

    def _lay_out(self, schedule: HyperbandSchedule) -> None:
        self._hyperband = schedule
        rungs = [
            (bracket.number, rung, round_.n_candidates, amount)
            for bracket in schedule.brackets()
            for rung, (round_, amount) in enumerate(zip(bracket.rungs(), bracket.amounts, strict=True))
        ]
        self.brackets_ = pd.DataFrame(rungs, columns=["bracket", "rung", "n_candidates", "n_resources"])
        rounds = self.brackets_.groupby(self.brackets_["rung"] + schedule.s_max - self.brackets_["bracket"])
        self.n_iterations_ = schedule.s_max + 1
        self.n_candidates_: list[int] = rounds["n_candidates"].sum().tolist()
        self.n_resources_: list[int] = rounds["n_resources"].first().tolist()

    def _make_narrator(self, scorer: Any) -> HyperbandNarrator:
        return HyperbandNarrator(self.verbose, self._n_trials_a_candidate, None, self._missing_score, self._hyperband)

    def _searched_names(self) -> set[str]:
        return names_of(self.param_distributions)

    def _select_best_index(self, refit: Any, refit_metric: Any, results: Mapping[str, Any]) -> Any:
        """A function as `refit` is asked: there is no scikit-learn's Hyperband that would take it for True."""
        if self._rule is None and callable(refit):
            return BaseSearch._select_best_index(self, refit, refit_metric, results)
        return super()._select_best_index(refit, refit_metric, results)

    def _may_win(self, results: Mapping[str, Any]) -> Any:
        """Those that have all that there is to get; of a search that has ended before there is one, as of a halving."""
        full = results["n_resources"] == self.max_resources_
        return full if full.any() else super()._may_win(results)

    def _round_of(self, budget: Budget) -> int:
        return budget.rung + self._hyperband.s_max - (budget.bracket or 0)

    def _rounds_of(self, results: Mapping[str, Any]) -> Any:
        return results["iter"] + self.n_iterations_ - 1 - results["bracket"]
