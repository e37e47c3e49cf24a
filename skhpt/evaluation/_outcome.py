"""What a trial reports, once its fit has ended or has failed."""

from __future__ import annotations

import math
import sys
import time
import traceback
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from skhpt.evaluation._fold import Fold
from skhpt.evaluation._keras_step import training_log
from skhpt.evaluation._pipelines import network_step
from skhpt.evaluation._setup import TrialSetup
from skhpt.exceptions import DivergedError
from skhpt.trials import EpochLog, TrialResult, TrialSpec, TrialStatus, noting_divergence


def evaluated(
    estimator: Any,
    spec: TrialSpec,
    setup: TrialSetup,
    fold: Fold,
    *,
    fit_seconds: float,
    n_earlier: int = 0,
    weights: Iterable[Any] | None = None,
) -> TrialResult:
    """Score a fitted estimator, and report.

    Parameters
    ----------
    estimator : estimator
        Fitted.
    spec : TrialSpec
        The trial that it was fitted in.
    setup : TrialSetup
        What the trials share.
    fold : Fold
        The trial's.
    fit_seconds : float
        How long the fit took.
    n_earlier : int, default=0
        How many epochs of its training earlier rungs have reported.
    weights : iterable of array or None, default=None
        Those that were trained, where they are at hand without the model.
    """
    epochs = training_log(estimator)[n_earlier:]
    start = time.time()
    try:
        with noting_divergence() as noted:
            if (network := network_step(estimator)) is not None:
                network._check_training(weights)
            test_scores = fold.test_scores(estimator)
            score_seconds = time.time() - start
            predictions = fold.predictions(estimator)
            train_scores = fold.train_scores(estimator) if setup.return_train_score else None
        if noted:  # whatever a scorer has made of it
            raise noted[0]
    except DivergedError:
        if setup.error_score == "raise":
            raise
        return replace(failed(spec, setup, fit_seconds=fit_seconds), epochs=epochs)
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
        predictions=predictions,
    )


def failed(spec: TrialSpec, setup: TrialSetup, *, fit_seconds: float, error: str | None = None) -> TrialResult:
    """Report the exception that is being handled, or else an `error` in words."""
    raised = sys.exception()
    has_diverged = error is None and isinstance(raised, DivergedError)
    if error is None:  # of a training that diverged, the lines of Python say nothing
        error = "".join(traceback.format_exception_only(raised)) if has_diverged else traceback.format_exc()
    return TrialResult(
        candidate=spec.candidate.index,
        fold=spec.fold,
        repeat=spec.repeat,
        status=TrialStatus.DIVERGED if has_diverged else TrialStatus.FAILED,
        test_scores={},
        train_scores={} if setup.return_train_score else None,
        multimetric=False,
        fit_seconds=fit_seconds,
        score_seconds=0.0,
        error=error,
        budget=spec.budget,
    )


def _by_metric(scores: float | dict[str, float]) -> dict[str, float]:
    return scores if isinstance(scores, dict) else {"score": scores}


def _diverged(epochs: Sequence[EpochLog]) -> bool:
    return bool(epochs) and not math.isfinite(epochs[-1].metrics.get("loss", 0.0))
