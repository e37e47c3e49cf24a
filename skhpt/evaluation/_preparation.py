"""From an estimator and a candidate to the estimator that a trial fits."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, clone

from skhpt.evaluation._pipelines import network_step
from skhpt.trials import Candidate


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
    prepared = _set(clone(estimator), _cloned(dict(params), type(estimator).__name__))
    return _set(prepared, _trial_parameters(prepared, seed, repeat))


def _set(estimator: BaseEstimator, params: Mapping[str, Any]) -> BaseEstimator:
    """Set parameters, as scikit-learn's searches do. A `set_params` of a user's own may need one at least."""
    return estimator.set_params(**params) if params else estimator


def parts_of(estimator: Any) -> dict[str, Any]:
    """An estimator and those inside it, by what the names of their parameters begin with: ``""``, ``"net__"``."""
    try:
        params = estimator.get_params(deep=True)
    except Exception:  # noqa: BLE001 - a class of the user's own; scikit-learn's searches ask for deep=False alone
        params = {}
    inner = {f"{name}__": part for name, part in params.items() if hasattr(part, "get_params")}
    return {"": estimator} | {prefix: part for prefix, part in inner.items() if not isinstance(part, type)}


def is_for_keras(estimator: Any, *values: Any) -> bool:
    """Whether an estimator is a network, or one of the values holds an object of Keras'.

    Then they are to be pickled in a way of their own. Others must not load Keras in a worker.
    """
    if "keras" not in sys.modules:
        return False
    from skhpt.estimators import holds_part  # is there already

    return network_step(estimator) is not None or any(map(holds_part, values))


def portable(candidate: Candidate, estimator: Any) -> Candidate:
    """A candidate whose parameters come to a worker as they are, objects of Keras' among them.

    Parameters
    ----------
    candidate : Candidate
        To be run.
    estimator : estimator
        That of the search.
    """
    values = [value for value in candidate.params.values() if not _is_plain(value)]
    if not values or not is_for_keras(estimator, *values):
        return candidate
    from skhpt.estimators import PackedDict  # loads Keras, which other estimators do without

    return Candidate(candidate.index, PackedDict(candidate.params))


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, (bool, int, float, str, np.generic))


def _cloned(params: dict[str, Any], owner: str) -> dict[str, Any]:
    copies: dict[str, Any]
    if "keras" not in sys.modules:
        copies = clone(params, safe=False)
    else:
        from skhpt.estimators import clone_params  # loads Keras, which other estimators do without

        copies = clone_params(params, owner)
    return copies


def _trial_parameters(estimator: BaseEstimator, seed: int, repeat: int) -> dict[str, Any]:
    """What the estimators inside `estimator` that know what a trial is want to be set for one, by full name."""
    return {
        prefix + name: value
        for prefix, part in parts_of(estimator).items()
        if hasattr(part, "_trial_parameters")
        for name, value in part._trial_parameters(seed, repeat).items()
    }
