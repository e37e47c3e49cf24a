"""Running one trial."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sklearn.base import BaseEstimator

from skhpt.evaluation._continuation import PackedTraining, PausedTraining, begin_training, can_pause, network_step
from skhpt.evaluation._fit_task import FitTask
from skhpt.evaluation._fold import Fold
from skhpt.evaluation._held_out import record_validation
from skhpt.evaluation._outcome import evaluated, failed
from skhpt.evaluation._preparation import prepare
from skhpt.evaluation._setup import TrialSetup
from skhpt.trials import TrialResult, TrialSpec, naming_trial


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
    n_earlier = 0 if spec.paused is None else spec.paused.n_epochs
    estimator = _estimator(spec, setup)
    fold = Fold(setup, spec.fold)
    start = time.time()
    told = (*fold.train, fold.fit_params)
    task = task or FitTask()
    try:
        if setup.record_validation and network_step(estimator) is not None:
            record_validation(estimator, *fold.test)
        with naming_trial(**names_of(spec)), task.fitting(estimator, *told):
            paused = _train(estimator, fold, spec, setup)
    except Exception:  # whatever a user's model raises is the outcome of this trial and must not end the others
        if setup.error_score == "raise":
            raise
        result = failed(spec, setup, fit_seconds=time.time() - start)
    else:
        result = evaluated(estimator, spec, setup, fold, fit_seconds=time.time() - start, n_earlier=n_earlier)
        result = replace(result, paused=paused)
    finally:
        task.end(*told)
    return result


def names_of(spec: TrialSpec) -> dict[str, int]:
    """What a trial is called, for the names of files."""
    return {"candidate": spec.candidate.index, "fold": spec.fold, "repeat": spec.repeat}


def _estimator(spec: TrialSpec, setup: TrialSetup) -> Any:
    """What is trained: new, or what an earlier rung has trained so far."""
    params = spec.candidate.params
    if spec.paused is not None:
        return spec.paused.estimator.set_params(**{name: params[name] for name in params if name == setup.epochs})
    return prepare(setup.estimator, params, seed=setup.seeds.trial(spec.fold, spec.repeat), repeat=spec.repeat)


def _train(estimator: Any, fold: Fold, spec: TrialSpec, setup: TrialSetup) -> PausedTraining | None:
    """Fit, or go on with the training of an earlier rung. What a later rung may go on with is returned."""
    X, y = fold.train
    budget = spec.budget
    if budget is not None and spec.paused is not None:
        paused: PausedTraining = spec.paused
        return paused.go_on(X, y, epochs=budget.amount, close=budget.last)
    if budget is not None and not budget.last and setup.epochs is not None and can_pause(estimator):
        return begin_training(estimator, X, y, fold.fit_params)
    fit(estimator, X, y, fold.fit_params)
    return None


def fit(estimator: BaseEstimator, X: Any, y: Any, fit_params: Mapping[str, Any]) -> None:
    """Fit, without a target where there is none."""
    if y is None:
        estimator.fit(X, **fit_params)
    else:
        estimator.fit(X, y, **fit_params)
