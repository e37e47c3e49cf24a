"""Running one trial."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sklearn.base import BaseEstimator

from skhpt.evaluation._continuation import PackedTraining, PausedTraining, begin_training, can_pause, can_resume
from skhpt.evaluation._fit_task import FitTask
from skhpt.evaluation._fold import Fold
from skhpt.evaluation._held_out import record_validation
from skhpt.evaluation._in_place import leaving_rows_alone, own_rows
from skhpt.evaluation._keras_step import n_parameters
from skhpt.evaluation._outcome import evaluated, failed
from skhpt.evaluation._pipelines import network_step
from skhpt.evaluation._setup import TrialSetup
from skhpt.evaluation._validation_rows import check_validation_rows
from skhpt.trials import Checkpoint, Resumption, TrialResult, TrialSpec, naming_trial


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
    fold = Fold(setup, spec.fold)
    start = time.time()
    told = (*fold.train, fold.fit_params)
    task = task or FitTask()
    try:
        if setup.record_validation and network_step(estimator) is not None:
            record_validation(estimator, *fold.test)
        with naming_trial(setup.shared_paths, setup.within, **names_of(spec)), task.fitting(estimator, *told):
            trained = _train(estimator, fold, spec, setup)
    except Exception:  # whatever a user's model raises is the outcome of this trial and must not end the others
        if setup.error_score == "raise":
            raise
        result = failed(spec, setup, fit_seconds=time.time() - start)
    else:
        seconds = time.time() - start + trained.earlier_seconds
        stored = _stored(trained.paused) if setup.keeps_checkpoints else {}  # before a scorer can touch the model
        with leaving_rows_alone(estimator):
            result = evaluated(estimator, spec, setup, fold, fit_seconds=seconds, n_earlier=trained.n_earlier)
        result = replace(result, paused=trained.paused, n_parameters=n_parameters(estimator), **stored)
    finally:
        task.end(*told)
    return result


def names_of(spec: TrialSpec) -> dict[str, int]:
    """What a trial is called, for the names of files."""
    return {"candidate": spec.candidate.index, "fold": spec.fold, "repeat": spec.repeat}


def _estimator(spec: TrialSpec, setup: TrialSetup) -> Any:
    """What is trained: new, or what an earlier rung has trained so far."""
    params = spec.candidate.params
    if isinstance(spec.paused, PausedTraining):
        return spec.paused.estimator.set_params(**{name: params[name] for name in params if name == setup.epochs})
    return setup.prepare(params, seed=setup.seeds.trial(spec.fold, spec.repeat), repeat=spec.repeat)


@dataclass(frozen=True)
class _Trained:
    """What a training leaves besides the estimator.

    Parameters
    ----------
    paused : PausedTraining or None
        What a later rung may go on with.
    n_earlier : int
        How many epochs earlier rungs have reported.
    earlier_seconds : float
        How long those epochs took that another process has trained and nobody has reported.
    """

    paused: PausedTraining | None = None
    n_earlier: int = 0
    earlier_seconds: float = 0.0


def _train(estimator: Any, fold: Fold, spec: TrialSpec, setup: TrialSetup) -> _Trained:
    """Fit, or go on with the training of an earlier rung, or of another process."""
    X, y = fold.train
    budget, earlier = spec.budget, spec.paused
    if budget is not None and isinstance(earlier, PausedTraining):
        return _Trained(earlier.go_on(X, y, epochs=budget.amount, close=budget.last), earlier.n_epochs)
    pauses = budget is not None and not budget.last and setup.epochs is not None and can_pause(estimator)
    resumption = Resumption(earlier) if isinstance(earlier, Checkpoint) and can_resume(estimator) else None
    if pauses or resumption is not None:
        paused = begin_training(estimator, X, y, fold.fit_params, close=not pauses, resumption=resumption)
        return _Trained(paused) if resumption is None else _Trained(paused, resumption.n_earlier, resumption.seconds)
    # Large rows are not copied for nothing: without scores of them, nobody else needs them any more.
    if setup.return_train_score:
        X, y = own_rows(estimator, X), own_rows(estimator, y)
    fit(estimator, X, y, fold.fit_params)
    return _Trained()


def _stored(paused: PausedTraining | None) -> dict[str, Any]:
    """What a result says of the checkpoint of a training that was paused."""
    if paused is None:
        return {}
    network = network_step(paused.estimator)
    reason = network._obstacle()
    if reason is not None:
        return {"no_checkpoint": reason}
    return {"checkpoint": network._checkpoint(reported=paused.n_epochs)}


def fit(estimator: BaseEstimator, X: Any, y: Any, fit_params: Mapping[str, Any]) -> None:
    """Fit, without a target where there is none.

    Raises
    ------
    ValueError
        If there are validation rows that a pipeline does not transform.
    """
    check_validation_rows(estimator, fit_params)
    if y is None:
        estimator.fit(X, **fit_params)
    else:
        estimator.fit(X, y, **fit_params)
