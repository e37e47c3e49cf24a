"""Successive halving of candidates drawn at random."""

from __future__ import annotations

from numbers import Integral
from typing import Any

import numpy as np

from skhpt._compat.sklearn import Interval, StrOptions
from skhpt.search._halving import BaseHalvingSearch
from skhpt.search._spaces import Settings, names_of, sampler_of
from skhpt.space import SearchSpace


class HalvingRandomSearchCV(BaseHalvingSearch):
    """Cross-validated search over candidates that are drawn at random, by successive halving.

    All candidates are tried on a small budget, the best third of them on three times as much, and so on. Used as
    scikit-learn's class of the same name, with which it shares parameters, attributes and results; no experimental
    feature need be enabled for it. In addition it keeps every fold's training history and gives back the best Keras
    model with its own.

    Parameters
    ----------
    estimator : estimator object
        As for `GridSearchCV`.
    param_distributions : dict, list of dict, list of HParam, or SearchSpace
        As for `RandomizedSearchCV`.
    n_candidates : "exhaust" or int, default="exhaust"
        How many candidates to draw. ``"exhaust"`` is as many as make the last rung reach `max_resources`.
    factor, resource, max_resources, aggressive_elimination
        As for `HalvingGridSearchCV`.
    min_resources : {"smallest", "exhaust"} or int, default="smallest"
        As for `HalvingGridSearchCV`. Only one of it and `n_candidates` can be ``"exhaust"``.
    cv, scoring, refit, error_score, return_train_score
        As for `HalvingGridSearchCV`.
    random_state : int, RandomState instance or None, default=None
        Seeds the draw of the candidates and of the samples of each rung, which are those that scikit-learn draws. Seeds
        as well, without changing these, the Keras wrappers in `estimator` that have no `random_state`. None is NumPy's
        global state.
    n_jobs, verbose
        As for `HalvingGridSearchCV`.
    record_validation, repeats, refit_epochs, engine, max_retries, runs_dir, resume, max_time, checkpoint_seconds, \
max_epochs_total, target_score, store_predictions, loggers, progress
        As for `GridSearchCV`.

    Attributes
    ----------
    resource_, n_resources_, n_candidates_, n_remaining_candidates_, min_resources_, max_resources_, n_iterations_, \
n_required_iterations_, n_possible_iterations_, cv_results_, histories_, best_estimator_, best_model_, best_history_, \
best_params_, best_score_, best_index_, scorer_, n_splits_, refit_time_, multimetric_, run_, results_, \
corrected_score_, corrected_interval_
        As of `HalvingGridSearchCV`.

    See Also
    --------
    HalvingGridSearchCV : Every combination of a grid.
    RandomizedSearchCV : Every candidate on the whole budget.

    References
    ----------
    K. Jamieson and A. Talwalkar, Non-stochastic Best Arm Identification and Hyperparameter Optimization, AISTATS 2016.
    https://arxiv.org/abs/1502.07943

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skhpt import HalvingRandomSearchCV
    >>> X, y = load_iris(return_X_y=True)
    >>> search = HalvingRandomSearchCV(
    ...     LogisticRegression(max_iter=500), {"C": loguniform(1e-3, 1e1)}, cv=3, random_state=0)
    >>> search.fit(X, y).n_candidates_
    [8, 3]
    """

    _parameter_constraints: dict[str, Any] = {
        **BaseHalvingSearch._parameter_constraints,
        "param_distributions": [dict, list, SearchSpace],
        "n_candidates": [Interval(Integral, 0, None, closed="neither"), StrOptions({"exhaust"})],
    }

    def __init__(
        self,
        estimator: Any,
        param_distributions: Any,
        *,
        n_candidates: int | str = "exhaust",
        factor: float = 3,
        resource: str = "n_samples",
        max_resources: int | str = "auto",
        min_resources: int | str = "smallest",
        aggressive_elimination: bool = False,
        cv: Any = 5,
        scoring: Any = None,
        refit: Any = True,
        error_score: Any = np.nan,
        return_train_score: bool = True,
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
            aggressive_elimination=aggressive_elimination,
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
        self.n_candidates = n_candidates

    def _check_first_rung(self) -> None:
        if self.min_resources == self.n_candidates == "exhaust":
            raise ValueError("n_candidates and min_resources cannot be both set to 'exhaust'.")

    def _candidate_settings(self) -> Settings:
        exhausting = self.max_resources_ // self.min_resources_
        n_candidates = exhausting if self.n_candidates == "exhaust" else self.n_candidates
        return sampler_of(self.param_distributions, n_candidates, self._sampling_state, type(self).__name__)

    def _searched_names(self) -> set[str]:
        return names_of(self.param_distributions)
