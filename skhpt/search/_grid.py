"""Exhaustive search over a grid."""

from __future__ import annotations

from typing import Any

import numpy as np

from skhpt.search._base import BaseSearch
from skhpt.search._spaces import grid_of
from skhpt.space import SearchSpace
from skhpt.strategies import ExhaustiveStrategy, Strategy


class GridSearchCV(BaseSearch):
    """Cross-validated search over every combination of a grid.

    Used as scikit-learn's class of the same name, with which it shares parameters, attributes and results. In addition
    it keeps every fold's training history and gives back the best Keras model with its own.

    Parameters
    ----------
    estimator : estimator object
        Anything with scikit-learn's interface: a `skhpt.KerasClassifier`, a pipeline that ends in one, or an estimator
        that has nothing to do with Keras.
    param_grid : dict, list of dict, list of HParam, or SearchSpace
        Names of parameters and the values to try, as in ``{"units": [16, 32], "optimizer__momentum": [0, 0.9]}``:
        lists, or what has finitely many values of `Int`, `Float`, `Choice` and TensorBoard's `HParam` and domains. Of a
        list, each dict is a grid of its own.
    scoring : str, callable, list, tuple or dict, default=None
        How a fold is scored; None is the estimator's `score`. Several metrics need `refit` to name one.
    n_jobs : int, default=None
        Trials that run at the same time, as for `joblib.Parallel`; -1 is one for each core. Each worker's TensorFlow
        gets an equal share of the cores. On a machine with NVIDIA GPUs -1, for Keras wrappers, is one for each GPU, and
        each worker sees one of them.
    refit : bool, str or callable, default=True
        Fit the best candidate on all data in the end. The name of the metric that decides, where there are several; or
        a function from `cv_results_` to the index of the best. ``"one-standard-error"`` chooses the smallest Keras
        model of those within one standard error of the best; a `OneStandardError` does so by another cost or metric.
    cv : int, cross-validation generator or iterable, default=None
        Number of folds (stratified for classifiers), a splitter, or the splits. None is 5.
    verbose : int, default=0
        1 tells how many fits are coming, 2 also how each ended.
    pre_dispatch : int or str, default="2*n_jobs"
        Trials that are handed to workers ahead of time.
    error_score : "raise" or float, default=nan
        The score of a trial whose fit or scoring raises. ``"raise"`` ends the search with that error.
    return_train_score : bool, default=False
        Score the training folds as well.
    random_state : int, RandomState instance or None, default=None
        Seeds the Keras wrappers in `estimator` that have no `random_state`, differently on each fold and equally for
        all candidates. An int makes the whole search reproducible. None takes the seeds from NumPy's global state,
        which `numpy.random.seed` and `keras.utils.set_random_seed` set.
    record_validation : bool, default=False
        Evaluate the test fold after each epoch, where the estimator is a Keras wrapper of skhpt's or a pipeline that
        ends in one: `histories_` gets columns ``test_loss`` and ``test_<metric>``. Callbacks never see them.
    repeats : int, default=1
        How often each candidate is run on each fold, each time from other seeds of skhpt's Keras wrappers (no other
        estimators are seeded). A score is the mean over all runs;
        those of repeat r stand in the columns ``split<r * n_splits + fold>_…``. With more than one there are columns
        ``std_folds_test_<metric>``, the deviation over folds of the means over repeats, and
        ``std_repeats_test_<metric>``, that over repeats of the means over folds: what is due to the data, and what to
        the seeds.
    refit_epochs : {"same", "best"}, default="same"
        How many epochs the refit trains for: as many as the candidate says, or the median over its trials of the best
        epoch, which needs `record_validation`. Best is the highest ``test_<scoring>`` where Keras computes a metric of
        that name (accuracy, without `scoring`) of which more is better, and the lowest ``test_loss`` elsewhere.
    engine : {"auto", "fused", "per-trial"}, default="auto"
        What trains Keras models. ``"fused"`` trains all folds and candidates of an architecture together, in one
        compiled program, in this process; it raises a `CannotFuseError` where that can't be. ``"per-trial"`` calls
        Keras' own `fit` for each trial, on `n_jobs` workers. ``"auto"`` fuses what can be, and runs the rest per
        trial; `engine_report_` says what, and why. Results differ in the last digits only. Estimators without a Keras
        wrapper of skhpt's always run per trial.
    max_retries : int, default=1
        How often a trial is run again whose worker process died (killed, out of memory, crashed), while no other trial
        runs; then it scores `error_score`. It takes a worker to notice, as there are with ``n_jobs=2``; a trial that
        runs in this process takes it along.
    runs_dir : str or path, default=None
        Keep the search in a directory of its own in this one, so that it can go on after whatever ends it and be looked
        at later, by `load_run`, `ls_runs` and the command ``skhpt``: settings, results, histories, the best model, the
        source of the builder. None writes nothing.
    resume : bool, str or path, default=False
        True goes on with the newest run of the same search in `runs_dir`, finished or not, or begins one: the same
        estimator, space, data, `cv` and settings; only how it runs, `refit`, and `n_iter` where it makes no other first
        candidates may change. If there are runs, but none of it, a warning says what differs. The id or the directory
        of a run goes on with that one, and is an error if it is another search's.
    max_time : float, default=None
        Seconds from the beginning of `fit` after which no trial begins any more. Trials of workers are waited for;
        those that train together stop after the epoch. The search is then fitted on the candidates that are complete;
        the refit comes on top.
    checkpoint_seconds : float, default=30.0
        With `runs_dir`, how often at most trials that train together store how far they are. A search that goes on has
        lost no more of them than that.
    max_epochs_total : int, default=None
        The most epochs that all trials together may train for. Candidates begin in order, each on all folds, until the
        next one would exceed it. What early stopping saves is given to those that come next. The search is then fitted
        on the candidates that are complete; the refit comes on top. A training that starts over may exceed it.
    target_score : float, default=None
        Once a candidate that has all its epochs (of a halving, those of the last rung) scores so much on average over
        the folds, no trial begins any more and the search is finished. With one job that trial is the last. With more,
        those that run are waited for; those that train together end after the epoch, but a program is scored only
        when all of its lanes have ended. Other trials may therefore have ended as well, depending on the time.
    store_predictions : bool, default=False
        Keep what each trial says of its test fold, in the run as well, and correct the best score by it: see
        `corrected_score_`. It takes a second prediction of each test fold of trials that are not fused. `scoring` must
        be a name or made by `sklearn.metrics.make_scorer` (or the `score` of scikit-learn's estimators and skhpt's),
        and `cv` must hold out each row once at most.
    loggers : list of SearchListener, default=None
        Who is told of the search while it runs, in this process: of its trials, with their histories, as they end.
    progress : "auto" or bool, default="auto"
        Show how far the search is, the best score so far and the time left. ``"auto"`` does so in a terminal and in a
        notebook, unless `verbose` prints, or the search is part of another one's trial.

    Attributes
    ----------
    cv_results_ : dict of str to ndarray of shape (n_candidates,)
        A column a key, with scikit-learn's names. `pandas.DataFrame` shows it as a table; times are in seconds.
    results_ : pandas.DataFrame of shape (n_candidates, n_columns), indexed by candidate
        The same for reading, the best first: ``rank``, the parameters by short names, ``mean`` and ``std`` (of several
        metrics ``mean_<metric>``, …), ``epochs`` (the mean over folds), ``seconds`` (of all fits and scores),
        ``engine``. A notebook shows the first ten.
    histories_ : pandas.DataFrame
        Every epoch of every trial: ``candidate``, ``fold``, ``repeat``, ``epoch`` (from 1), a column a metric, and
        ``epoch_seconds``. Empty for estimators that keep no history.
    engine_report_ : pandas.DataFrame
        How each trial ran: ``candidate``, ``fold``, ``repeat``, ``engine`` (``"fused"`` or ``"per-trial"``),
        ``program`` (which of the search's compiled programs), ``reason`` (why it was not fused) and ``packing`` (how
        it shares its program with models of other widths, or why it does not).
    run_ : LoadedRun or None
        The run on disk; None without `runs_dir`.
    resumed_ : str or None
        What `resume` came to: the run that the search went on with and how far that was, or why it began a new one.
        None if it was not asked to, or was ended before its first trial.
    fused_seconds_ : float
        Seconds that went into compiled programs, added up over those that ran side by side; the rest of the time went
        into compiling them, building models, scoring.
    best_estimator_ : estimator
        The best candidate, fitted on all data. Only with `refit`, as are `best_model_` and `best_history_`.
    best_model_ : keras.Model
        The Keras model in it.
    best_history_ : dict of str to list of float
        That model's training history, an entry an epoch.
    best_params_ : dict
        The best candidate's parameters.
    best_score_ : float
        Its mean score over the folds.
    best_index_ : int
        Its row in `cv_results_`.
    corrected_score_ : float
        What to expect of the best candidate on new data. `best_score_` is the best of many, and the better for luck the
        more there are. This is the mean over bootstraps, in each of which a candidate is chosen by the rows that were
        drawn and scored on the others (Tsamardinos et al.): 1,000 of them for accuracy, R², squared and absolute errors
        and the ROC AUC of two classes, 200 for other metrics. Rows are scored all at once and not fold by fold, which
        for other metrics than means over rows makes a difference by itself; the scores of repeats are averaged.
        Candidates that lack a trial are left out. Only with `store_predictions`, as is `corrected_interval_`.
    corrected_interval_ : tuple of float
        The ends of its 95 % interval. It is that of the rows held out: that another training set may give a better or a
        worse model is not in it.
    scorer_ : callable or dict
        What scores.
    n_splits_ : int
        The number of folds.
    refit_time_ : float
        Seconds that the refit took.
    multimetric_ : bool
        Whether several metrics were computed.

    See Also
    --------
    RandomizedSearchCV : Candidates drawn at random.

    References
    ----------
    https://scikit-learn.org/stable/modules/grid_search.html

    I. Tsamardinos, E. Greasidou and G. Borboudakis, Bootstrapping the out-of-sample predictions for efficient and
    accurate cross-validation, Machine Learning 107, 2018. https://doi.org/10.1007/s10994-018-5714-4

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skhpt import GridSearchCV
    >>> X, y = load_iris(return_X_y=True)
    >>> search = GridSearchCV(LogisticRegression(max_iter=500), {"C": [0.01, 1.0]}, cv=3).fit(X, y)
    >>> search.best_params_
    {'C': 1.0}

    A typo is refused before anything is fitted:

    >>> GridSearchCV(LogisticRegression(), {"penalti": ["l2"]}).fit(X, y)
    Traceback (most recent call last):
    skhpt.exceptions.UnknownParameterError: Invalid parameter 'penalti' ... Did you mean 'penalty'? ...
    """

    _parameter_constraints: dict[str, Any] = {
        **BaseSearch._parameter_constraints,
        "param_grid": [dict, list, SearchSpace],
    }

    def __init__(
        self,
        estimator: Any,
        param_grid: Any,
        *,
        scoring: Any = None,
        n_jobs: int | None = None,
        refit: Any = True,
        cv: Any = None,
        verbose: int = 0,
        pre_dispatch: int | str = "2*n_jobs",
        error_score: Any = np.nan,
        return_train_score: bool = False,
        random_state: Any = None,
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
        self.param_grid = param_grid
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
        return ExhaustiveStrategy(grid_of(self.param_grid, type(self).__name__))
