"""What a fitted estimator knows about the training of the Keras model in it."""

from __future__ import annotations

import math
from numbers import Real
from typing import Any

from sklearn.pipeline import Pipeline

from skhpt.trials import EpochLog


def keras_step(estimator: Any) -> Any:
    """The fitted estimator that holds the Keras model: the last step of a pipeline, the inside of a meta-estimator.

    Known by what it has and not by its class (a `history_` or a `model_`), so that SciKeras' wrappers count as well.
    Where nothing of the kind is found, the innermost estimator is returned.
    """
    while not (hasattr(estimator, "history_") or hasattr(estimator, "model_")):
        inner = inside(estimator)
        if inner is None:
            break
        estimator = inner
    return estimator


def n_parameters(estimator: Any) -> int | None:
    """How many parameters a fitted Keras wrapper of skhpt's has, trainable or not; None where there is none."""
    step = keras_step(estimator)
    count = getattr(getattr(step, "model_", None), "count_params", None)
    if count is None or not hasattr(step, "_trial_parameters"):
        return None
    try:
        return int(count())
    except ValueError:  # a model of the user's own may never have been told of its shape
        return None


def inside(estimator: Any) -> Any:
    """The last step of a pipeline, or what a fitted meta-estimator holds; None where there is nothing of the kind."""
    if isinstance(estimator, Pipeline):
        return estimator.steps[-1][1]
    for attribute in ("best_estimator_", "regressor_", "estimator_"):
        if hasattr(estimator, attribute):
            return getattr(estimator, attribute)
    return None


def training_history(estimator: Any) -> Any:
    """The `history_` of the step that holds the Keras model, as a dict where Keras' own wrappers keep an object of it.

    Raises
    ------
    AttributeError
        If it keeps none.
    """
    kept = keras_step(estimator).history_
    kept = getattr(kept, "history", kept)
    return dict(kept) if isinstance(kept, dict) else kept


def training_log(estimator: Any) -> tuple[EpochLog, ...]:
    """The training history of a fitted estimator, an entry an epoch; empty if it keeps none.

    What is no list of numbers is left out: any estimator may call something of its own `history_`.
    """
    step = keras_step(estimator)
    kept = training_history(step) if hasattr(step, "history_") else None
    history = {name: values for name, values in kept.items() if _is_series(values)} if isinstance(kept, dict) else {}
    n_epochs = max(map(len, history.values()), default=0)
    seconds = getattr(step, "epoch_seconds_", [math.nan] * n_epochs)
    return tuple(
        EpochLog(
            epoch=epoch + 1,
            # A metric that SciKeras has not in every epoch (`validation_freq`) stands there without gaps.
            metrics={str(name): float(values[epoch]) for name, values in history.items() if len(values) == n_epochs},
            seconds=float(seconds[epoch]),
        )
        for epoch in range(n_epochs)
    )


def _is_series(values: Any) -> bool:
    return isinstance(values, (list, tuple)) and all(isinstance(value, Real) for value in values)
