"""From an estimator and a candidate to the estimator that a trial fits."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from sklearn.base import BaseEstimator, clone


def prepare(estimator: BaseEstimator, params: Mapping[str, Any], *, seed: int, repeat: int = 0) -> BaseEstimator:
    """A fresh copy of the estimator with a candidate's parameters, ready to be fitted within a search.

    Parameters
    ----------
    estimator : estimator
        Left untouched.
    params : mapping of str to object
        The candidate's parameters. They are cloned too, since they may be estimators.
    seed : int
        The `random_state` of each Keras wrapper in it, at whatever depth, that has none of its own. Estimators that are
        not skhpt's are never seeded.
    repeat : int, default=0
        Which run of the same candidate on the same fold. From 1 on, a wrapper's own `random_state` is replaced by one
        that is derived from it.

    Returns
    -------
    estimator
    """
    with _copying():
        prepared = clone(estimator).set_params(**clone(dict(params), safe=False))
    return prepared.set_params(**_trial_parameters(prepared, seed, repeat))


def _copying() -> AbstractContextManager[None]:
    """Keep Keras from loading TensorFlow as an optimizer, a loss or a metric is copied."""
    if "keras" not in sys.modules:
        return nullcontext()
    from skhpt.estimators import without_loading_tensorflow  # loads Keras, which other estimators do without

    return without_loading_tensorflow()


def _trial_parameters(estimator: BaseEstimator, seed: int, repeat: int) -> dict[str, Any]:
    """What the estimators inside `estimator` that know what a trial is want to be set for one, by full name."""
    parts = {"": estimator} | {f"{name}__": part for name, part in estimator.get_params(deep=True).items()}
    return {
        prefix + name: value
        for prefix, part in parts.items()
        if hasattr(part, "_trial_parameters") and not isinstance(part, type)
        for name, value in part._trial_parameters(seed, repeat).items()
    }
