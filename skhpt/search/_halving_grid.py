"""Successive halving over a grid."""

from __future__ import annotations

from typing import Any

import numpy as np

from skhpt.search._halving import BaseHalvingSearch
from skhpt.search._spaces import Settings, grid_of, names_of
from skhpt.space import SearchSpace


class HalvingGridSearchCV(BaseHalvingSearch):
    """Cross-validated search over every combination of a grid, by successive halving.

    All candidates are tried on a small budget, the best third of them on three times as much, and so on. Used as
    scikit-learn's class of the same name, with which it shares parameters, attributes and results; no experimental
    feature need be enabled for it. In addition it keeps every fold's training history and gives back the best Keras
    model with its own.

    Parameters
    ----------
    estimator : estimator object
        As for `GridSearchCV`.
    param_grid : dict, list of dict, list of HParam, or SearchSpace
        As for `GridSearchCV`.
    factor : int or float, default=3
        Of the candidates of a rung, one in `factor` goes on to the next, with `factor` times the budget.
    resource : str, default="n_samples"
        What a budget is counted in.

        - ``"n_samples"``: each candidate sees a random part of the samples.
        - ``"epochs"``: those of a Keras network, also at the end of a pipeline. A survivor's training goes on where it
          was left off, exactly as if it had not paused; the steps before the network stay as they were fitted. (A
          survivor starts over where its model may depend on the number of epochs: where the builder takes `epochs`,
          `params` or ``**kwargs``, or is a method of the wrapper.)
        - ``"auto"``: epochs, if `estimator` is or ends in a `skhpt.KerasClassifier` or `skhpt.KerasRegressor` whose
          `epochs` are not searched; or else samples.
        - The name of any other parameter that takes positive integers, such as ``"n_estimators"``. A survivor starts
          over.
    max_resources : int, default="auto"
        The most that a candidate may get. ``"auto"`` is all samples, or the estimator's own `epochs`.
    min_resources : {"exhaust", "smallest"} or int, default="exhaust"
        What each candidate gets in the first rung. ``"smallest"`` is 1, or of samples 2 for each fold (and class);
        ``"exhaust"`` is as much more as makes the last rung reach `max_resources`.
    aggressive_elimination : bool, default=False
        Where the budget does not suffice to get down to `factor` candidates, repeat the first rung until it does.
    cv : int, cross-validation generator or iterable, default=5
        As for `GridSearchCV`. It must give the same folds each time: no shuffling without an int as its `random_state`.
    scoring : str or callable, default=None
        How a fold is scored, by one metric; None is the estimator's `score`.
    refit : bool, str or callable, default=True
        Fit the best candidate of the last rung on all data in the end. ``"one-standard-error"`` or a `OneStandardError`
        chooses among these as in `GridSearchCV`; any other function counts as True, as in scikit-learn.
    error_score : "raise" or float, default=nan
        As for `GridSearchCV`.
    return_train_score : bool, default=True
        Score the training folds as well.
    random_state : int, RandomState instance or None, default=None
        Draws the samples of each rung. Seeds as well, without changing what is drawn, the Keras wrappers in
        `estimator` that have no `random_state`. None is NumPy's global state.
    n_jobs : int, default=None
        As for `GridSearchCV`.
    verbose : int, default=0
        As for `GridSearchCV`; 1 also tells of each rung.
    record_validation, repeats, refit_epochs, engine, max_retries, runs_dir, resume, max_time, checkpoint_seconds, \
max_epochs_total, target_score, store_predictions, loggers, progress
        As for `GridSearchCV`.

    Attributes
    ----------
    resource_ : str
        What budgets were counted in: ``"n_samples"`` or the full name of a parameter.
    n_resources_ : list of int
        The budget of a candidate in each rung.
    n_candidates_ : list of int
        The candidates of each rung.
    n_remaining_candidates_ : int
        How many a further rung would have.
    min_resources_, max_resources_ : int
        The budget of the first rung, and the most that there is.
    n_iterations_ : int
        Rungs that were run.
    n_required_iterations_ : int
        Rungs that it takes to get to fewer than `factor` candidates.
    n_possible_iterations_ : int
        Rungs that there is budget for.
    cv_results_ : dict of str to ndarray of shape (n_rows,)
        As of `GridSearchCV`, with a row for each candidate in each rung and the columns ``iter`` (the rung, from 0) and
        ``n_resources``.
    results_ : pandas.DataFrame of shape (n_candidates, n_columns), indexed by candidate
        As of `GridSearchCV`, with the last ``rung`` that a candidate has reached. Whoever got further ranks first.
    histories_ : pandas.DataFrame
        As of `GridSearchCV`, with the rung as ``iter``: that in which the epoch was trained. A candidate's number is
        its row in the first rung.
    best_estimator_, best_model_, best_history_, best_params_, best_score_, best_index_, scorer_, n_splits_, \
refit_time_, multimetric_, run_, corrected_score_, corrected_interval_
        As of `GridSearchCV`; the best is the best of the last rung. The corrected score is that of the choice among
        these: what earlier rungs have left out by the same rows is not corrected for.

    See Also
    --------
    HalvingRandomSearchCV : Candidates drawn at random.
    GridSearchCV : Every candidate on the whole budget.

    References
    ----------
    K. Jamieson and A. Talwalkar, Non-stochastic Best Arm Identification and Hyperparameter Optimization, AISTATS 2016.
    https://arxiv.org/abs/1502.07943

    Notes
    -----
    Where a training goes on, callbacks see it begin and end once. What they do at its end only, such as the
    `restore_best_weights` of `keras.callbacks.EarlyStopping`, has not happened yet when a rung is scored, but for the
    last.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skhpt import HalvingGridSearchCV
    >>> X, y = load_iris(return_X_y=True)
    >>> search = HalvingGridSearchCV(LogisticRegression(max_iter=500), {"C": [0.001, 0.1, 1.0]}, cv=3, random_state=0)
    >>> search.fit(X, y).n_candidates_
    [3, 1]
    >>> search.n_resources_
    [50, 150]
    """

    _parameter_constraints: dict[str, Any] = {
        **BaseHalvingSearch._parameter_constraints,
        "param_grid": [dict, list, SearchSpace],
    }

    def __init__(
        self,
        estimator: Any,
        param_grid: Any,
        *,
        factor: float = 3,
        resource: str = "n_samples",
        max_resources: int | str = "auto",
        min_resources: int | str = "exhaust",
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
        self.param_grid = param_grid

    def _candidate_settings(self) -> Settings:
        return grid_of(self.param_grid, type(self).__name__)

    def _searched_names(self) -> set[str]:
        return names_of(self.param_grid)
