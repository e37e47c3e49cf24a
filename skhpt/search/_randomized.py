"""Search over candidates drawn at random."""

from __future__ import annotations

from numbers import Integral
from typing import Any

import numpy as np

from skhpt._compat.sklearn import Interval, RealNotInt
from skhpt.search._base import BaseSearch
from skhpt.search._spaces import sampler_of
from skhpt.space import SearchSpace
from skhpt.strategies import ExhaustiveStrategy, Strategy


class RandomizedSearchCV(BaseSearch):
    """Cross-validated search over candidates that are drawn at random.

    Used as scikit-learn's class of the same name, with which it shares parameters, attributes and results. In addition
    it keeps every fold's training history and gives back the best Keras model with its own.

    Parameters
    ----------
    estimator : estimator object
        As for `GridSearchCV`.
    param_distributions : dict, list of dict, list of HParam, or SearchSpace
        Names of parameters and what to draw them from: a list; an `Int`, a `Float` or a `Choice`; a distribution with a
        method `rvs`, such as those of `scipy.stats`; TensorBoard's `HParam` and domains. If all have finitely many
        values, no combination is drawn twice.
    n_iter : int or float, default=10
        How many candidates to draw; or, as a float in (0, 1], which part of all combinations, rounded up. (1 is one
        candidate, 1.0 are all.)
    scoring, n_jobs, refit, cv, verbose, pre_dispatch, error_score, return_train_score
        As for `GridSearchCV`.
    random_state : int, RandomState instance or None, default=None
        Seeds the draw of the candidates, which are those that scikit-learn draws. Seeds as well, without changing
        these, the Keras wrappers in `estimator` that have no `random_state`. None is NumPy's global state.
    record_validation, repeats, refit_epochs, engine, max_retries, runs_dir, resume, max_time, checkpoint_seconds, \
max_epochs_total, target_score, store_predictions, loggers, progress
        As for `GridSearchCV`.

    Attributes
    ----------
    cv_results_, histories_, best_estimator_, best_model_, best_history_, best_params_, best_score_, best_index_, \
scorer_, n_splits_, refit_time_, multimetric_, run_, results_, corrected_score_, corrected_interval_
        As of `GridSearchCV`.

    See Also
    --------
    GridSearchCV : Every combination of a grid.

    References
    ----------
    J. Bergstra and Y. Bengio, Random Search for Hyper-Parameter Optimization, JMLR 13, 2012.
    https://www.jmlr.org/papers/v13/bergstra12a.html

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skhpt import RandomizedSearchCV
    >>> X, y = load_iris(return_X_y=True)
    >>> search = RandomizedSearchCV(
    ...     LogisticRegression(max_iter=500), {"C": loguniform(1e-2, 1e1)}, n_iter=4, cv=3, random_state=0
    ... ).fit(X, y)
    >>> len(search.cv_results_["params"])
    4

    A quarter of what there is, none of it twice:

    >>> from skhpt import Float
    >>> space = {"C": Float(0.01, 10, step=10, log=True), "fit_intercept": [True, False]}
    >>> search = RandomizedSearchCV(LogisticRegression(max_iter=500), space, n_iter=0.25, cv=3, random_state=0)
    >>> search.plan()
    RandomizedSearchCV: 2 candidates, 6 fits (3 folds each) and a refit
    >>> len(search.fit(X, y).cv_results_["params"])
    2
    """

    _parameter_constraints: dict[str, Any] = {
        **BaseSearch._parameter_constraints,
        "param_distributions": [dict, list, SearchSpace],
        "n_iter": [Interval(Integral, 1, None, closed="left"), Interval(RealNotInt, 0, 1, closed="right")],
    }

    def __init__(
        self,
        estimator: Any,
        param_distributions: Any,
        *,
        n_iter: float = 10,
        scoring: Any = None,
        n_jobs: int | None = None,
        refit: Any = True,
        cv: Any = None,
        verbose: int = 0,
        pre_dispatch: int | str = "2*n_jobs",
        random_state: Any = None,
        error_score: Any = np.nan,
        return_train_score: bool = False,
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
            estimator=estimator,
            scoring=scoring,
            n_jobs=n_jobs,
            refit=refit,
            cv=cv,
            verbose=verbose,
            pre_dispatch=pre_dispatch,
            error_score=error_score,
            return_train_score=return_train_score,
        )
        self.param_distributions = param_distributions
        self.n_iter = n_iter
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

    def _make_strategy(self) -> Strategy:
        settings = sampler_of(self.param_distributions, self.n_iter, self._sampling_state, type(self).__name__)
        return ExhaustiveStrategy(settings)
