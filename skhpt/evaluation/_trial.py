"""Running one trial."""

from __future__ import annotations

import math
import time
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from sklearn.base import BaseEstimator

from skhpt._sklearn import check_method_params, safe_split, score_estimator
from skhpt.evaluation._continuation import PackedTraining, PausedTraining, begin_training, can_pause, network_step
from skhpt.evaluation._fit_task import FitTask
from skhpt.evaluation._held_out import record_validation
from skhpt.evaluation._keras_step import training_log
from skhpt.evaluation._preparation import prepare
from skhpt.trials import EpochLog, SearchSeeds, TrialResult, TrialSpec, TrialStatus, naming_trial


@dataclass(frozen=True)
class TrialSetup:
    """What all trials of a search share.

    Parameters
    ----------
    estimator : estimator
        Cloned for each trial.
    X : array-like of shape (n_samples, ...)
        All rows of the search; a trial takes its folds of them.
    y : array-like of shape (n_samples,) or (n_samples, n_outputs), or None
        The targets.
    splits : sequence of (train, test)
        Row numbers, a pair a fold.
    scorer : callable
        ``scorer(estimator, X, y) -> float or dict of str to float``.
    seeds : SearchSeeds
        For estimators without a `random_state`.
    fit_params, score_params : mapping of str to object
        Passed to `fit` and to the scorer. What has a row for each sample is split along with X.
    error_score : float or "raise"
        The score of a trial whose fit or scorer raises; ``"raise"`` lets the error through.
    return_train_score : bool
        Whether the training fold is scored as well.
    record_validation : bool, default=False
        Whether the test fold is evaluated after each epoch.
    epochs : str or None, default=None
        The parameter that budgets are the values of, where it is the epochs of a training that can go on.
    """

    estimator: BaseEstimator
    X: Any
    y: Any
    splits: Sequence[tuple[Any, Any]]
    scorer: Any
    seeds: SearchSeeds
    fit_params: Mapping[str, Any]
    score_params: Mapping[str, Any]
    error_score: float | Literal["raise"]
    return_train_score: bool
    record_validation: bool = False
    epochs: str | None = None


@dataclass(frozen=True)
class _Fold:
    """A training fold and what goes with its rows."""

    X: Any
    y: Any
    fit_params: Mapping[str, Any]


def run_trial(spec: TrialSpec, setup: TrialSetup, task: FitTask | None = None) -> TrialResult:
    """Fit a candidate on a training fold and score it on the test fold.

    Parameters
    ----------
    spec : TrialSpec
        Which candidate, fold and repeat, and how far to go.
    setup : TrialSetup
        What the trials share.
    task : FitTask or None, default=None
        Who is told of it.

    Returns
    -------
    TrialResult
        With status ``"failed"`` if the fit raised an `Exception`.

    Raises
    ------
    Exception
        What the fit or the scorer raises, if ``setup.error_score == "raise"``.
    """
    if isinstance(spec.paused, PackedTraining):
        spec = replace(spec, paused=spec.paused.unpack())
    estimator = _estimator(spec, setup)
    train, _ = setup.splits[spec.fold]
    fit_params = check_method_params(setup.X, params=setup.fit_params, indices=train)
    start = time.time()
    X_train, y_train = safe_split(estimator, setup.X, setup.y, train)
    fold = _Fold(X_train, y_train, fit_params)
    task = task or FitTask()
    try:
        if setup.record_validation and network_step(estimator) is not None:
            record_validation(estimator, *safe_split(estimator, setup.X, setup.y, setup.splits[spec.fold][1], train))
        names = {"candidate": spec.candidate.index, "fold": spec.fold, "repeat": spec.repeat}
        with naming_trial(**names), task.fitting(estimator, fold.X, fold.y, fold.fit_params):
            paused = _train(estimator, fold, spec, setup)
    except Exception:  # whatever a user's model raises is the outcome of this trial and must not end the others
        if setup.error_score == "raise":
            raise
        result = _failure(spec, setup, fit_seconds=time.time() - start)
    else:
        result = _evaluated(estimator, fold, spec, setup, fit_seconds=time.time() - start)
        result = replace(result, paused=paused)
    finally:
        task.end(fold.X, fold.y, fold.fit_params)
    return result


def _estimator(spec: TrialSpec, setup: TrialSetup) -> Any:
    """What is trained: new, or what an earlier rung has trained so far."""
    params = spec.candidate.params
    if spec.paused is not None:
        return spec.paused.estimator.set_params(**{name: params[name] for name in params if name == setup.epochs})
    seed = setup.seeds.trial(spec.fold, spec.repeat)
    return prepare(setup.estimator, params, seed=seed, repeat=spec.repeat)


def _train(estimator: Any, fold: _Fold, spec: TrialSpec, setup: TrialSetup) -> PausedTraining | None:
    """Fit, or go on with the training of an earlier rung. What a later rung may go on with is returned."""
    budget = spec.budget
    if budget is not None and spec.paused is not None:
        paused: PausedTraining = spec.paused
        return paused.go_on(fold.X, fold.y, epochs=budget.amount, close=budget.last)
    if budget is not None and not budget.last and setup.epochs is not None and can_pause(estimator):
        return begin_training(estimator, fold.X, fold.y, fold.fit_params)
    fit(estimator, fold.X, fold.y, fold.fit_params)
    return None


def fit(estimator: BaseEstimator, X: Any, y: Any, fit_params: Mapping[str, Any]) -> None:
    """Fit, without a target where there is none."""
    if y is None:
        estimator.fit(X, **fit_params)
    else:
        estimator.fit(X, y, **fit_params)


def _evaluated(
    estimator: BaseEstimator, fold: _Fold, spec: TrialSpec, setup: TrialSetup, *, fit_seconds: float
) -> TrialResult:
    """The result of a trial whose fit has ended."""
    train, test = setup.splits[spec.fold]
    start = time.time()
    test_scores = _score(estimator, setup, *safe_split(estimator, setup.X, setup.y, test, train), rows=test)
    score_seconds = time.time() - start
    train_scores = _score(estimator, setup, fold.X, fold.y, rows=train) if setup.return_train_score else None
    n_earlier = 0 if spec.paused is None else spec.paused.n_epochs
    epochs = training_log(estimator)[n_earlier:]
    return TrialResult(
        candidate=spec.candidate.index,
        fold=spec.fold,
        repeat=spec.repeat,
        status=TrialStatus.DIVERGED if _diverged(epochs) else TrialStatus.COMPLETED,
        test_scores=_by_metric(test_scores),
        train_scores=None if train_scores is None else _by_metric(train_scores),
        multimetric=isinstance(test_scores, dict),
        fit_seconds=fit_seconds,
        score_seconds=score_seconds,
        epochs=epochs,
        budget=spec.budget,
    )


def _failure(spec: TrialSpec, setup: TrialSetup, *, fit_seconds: float) -> TrialResult:
    return TrialResult(
        candidate=spec.candidate.index,
        fold=spec.fold,
        repeat=spec.repeat,
        status=TrialStatus.FAILED,
        test_scores={},
        train_scores={} if setup.return_train_score else None,
        multimetric=False,
        fit_seconds=fit_seconds,
        score_seconds=0.0,
        error=traceback.format_exc(),
        budget=spec.budget,
    )


def _score(estimator: BaseEstimator, setup: TrialSetup, X: Any, y: Any, *, rows: Any) -> float | dict[str, float]:
    score_params = check_method_params(setup.X, params=setup.score_params, indices=rows)
    scores: float | dict[str, float] = score_estimator(estimator, X, y, setup.scorer, score_params, setup.error_score)
    return scores


def _by_metric(scores: float | dict[str, float]) -> dict[str, float]:
    return scores if isinstance(scores, dict) else {"score": scores}


def _diverged(epochs: Sequence[EpochLog]) -> bool:
    return bool(epochs) and not math.isfinite(epochs[-1].metrics.get("loss", 0.0))
