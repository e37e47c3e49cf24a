"""Pipelines that end in a network: what their steps make of the rows, learnt by calling the pipeline's own methods.

So resamplers are honoured without being known: imbalanced-learn's pipelines run them in `fit` and skip them in
`predict`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sklearn.base import BaseEstimator
from sklearn.pipeline import Pipeline

from skhpt._compat.sklearn import OF_EACH_CLASS, fit_context
from skhpt.evaluation._in_place import leaving_rows_alone
from skhpt.evaluation._validation_rows import check_validation_rows

_KNOWN_PIPELINES = ("sklearn.", "imblearn.")
_MADE_FOR_EACH_CLASS = OF_EACH_CLASS | {"_abc_impl"}  # by scikit-learn and by Python


def network_step(estimator: Any) -> Any:
    """The Keras wrapper of skhpt's that an estimator is, or a pipeline ends in; None if there is none."""
    while isinstance(estimator, Pipeline):
        estimator = estimator.steps[-1][1]
    return estimator if hasattr(estimator, "_continue_fit") else None


def overridden(estimator: Any, ours: str | tuple[str, ...] = _KNOWN_PIPELINES) -> Iterator[str]:
    """The methods that a user's subclass replaces.

    Parameters
    ----------
    estimator : estimator
        Of that class.
    ours : str or tuple of str, default=("sklearn.", "imblearn.")
        How the modules begin whose classes are known.

    Yields
    ------
    str
        Names, those of the most derived class first.
    """
    for cls in type(estimator).__mro__:
        if cls.__module__.startswith(ours):
            return
        known = {name for base in cls.__mro__[1:] for name in vars(base) if base is not object}
        own = (known & vars(cls).keys()) - _MADE_FOR_EACH_CLASS
        yield from sorted(name for name in own if not name.startswith("__") and not _is_made_by_sklearn(name))


def _is_made_by_sklearn(name: str) -> bool:
    """Whether scikit-learn gives every class such a method, for metadata routing."""
    return name.startswith("set_") and name.endswith("_request")


def is_known_pipeline(estimator: Any) -> bool:
    """Whether an estimator is no pipeline, or one that fits as scikit-learn's or imbalanced-learn's do: each step once,
    its last one with what the others have made of the rows.
    """
    while isinstance(estimator, Pipeline):
        if any(overridden(estimator)):
            return False
        estimator = estimator.steps[-1][1]
    return True


def keeps_labels(estimator: Any) -> bool:
    """Whether the network at the end of an estimator is fitted with the labels that the estimator is given.

    Those of a known pipeline do, unless one of its samplers may change labels. imbalanced-learn's own only add and drop
    rows, but for the function in a `FunctionSampler`.
    """
    if not is_known_pipeline(estimator):
        return False
    samplers = []
    while isinstance(estimator, Pipeline):
        samplers += [step for _, step in estimator.steps if hasattr(step, "fit_resample")]
        estimator = estimator.steps[-1][1]
    return all(type(s).__module__.startswith("imblearn.") and not hasattr(s, "func") for s in samplers)


@dataclass(frozen=True)
class SeenByNetwork:
    """What the network at the end of an estimator was to be fitted with.

    Parameters
    ----------
    X, y : array-like
        The rows and their targets, as the steps before have left them.
    params : mapping of str to object
        The other arguments.
    """

    X: Any
    y: Any
    params: Mapping[str, Any]


def fit_up_to_network(
    estimator: Any, X: Any, y: Any, fit_params: Mapping[str, Any], begin: Callable[[Any, Any, Any, Any], object]
) -> SeenByNetwork:
    """Fit an estimator, all but the network that it is or ends in, of which something else is asked.

    A pipeline fits itself: only what its last step does in `fit` is replaced for the while.

    Parameters
    ----------
    estimator : estimator
        A Keras wrapper of skhpt's, or a known pipeline that ends in one.
    X, y, fit_params
        To be fitted with.
    begin : callable
        ``begin(network, X, y, params)`` is called in place of the network's `fit`.

    Raises
    ------
    ValueError
        If there are validation rows that a pipeline does not transform.
    """
    check_validation_rows(estimator, fit_params)
    network = network_step(estimator)
    seen: list[SeenByNetwork] = []

    def fit(network: Any, X: Any, y: Any = None, **params: Any) -> Any:
        seen.append(SeenByNetwork(X, y, params))
        begin(network, X, y, params)
        return network

    network.fit = fit_context(prefer_skip_nested_validation=True)(fit).__get__(network)
    try:
        estimator.fit(X, y, **fit_params)
    finally:
        del network.fit
    return seen[0]


def transformed(estimator: Any, X: Any) -> Any:
    """The rows as they reach the last step in `predict`. Those that are given stay as they are.

    Parameters
    ----------
    estimator : estimator
        A pipeline whose steps are fitted, but perhaps for the last; others transform nothing.
    X : array-like
        The rows.
    """
    with leaving_rows_alone(estimator):
        return reaching_last_step(estimator, X)


def reaching_last_step(estimator: Any, X: Any) -> Any:
    """The same, by steps that may change the rows."""
    if not isinstance(estimator, Pipeline):
        return X
    steps = estimator.steps
    estimator.steps = [*steps[:-1], (steps[-1][0], _LastStep())]
    try:
        estimator.predict(X)
    except _Reached as reached:
        return reached.X
    finally:
        estimator.steps = steps
    raise ValueError(f"The predict of {type(estimator).__name__} does not ask its last step for predictions.")


class _Reached(BaseException):
    """Carries rows out of a pipeline's `predict`, which need not go on."""

    def __init__(self, X: Any) -> None:
        self.X = X


class _LastStep(BaseEstimator):  # type: ignore[misc]
    """Takes the place of a pipeline's last step, and says what it is asked predictions for."""

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def fit(self, X: Any, y: Any = None) -> _LastStep:
        return self

    def predict(self, X: Any) -> Any:
        raise _Reached(X)

    predict_proba = decision_function = transform = predict
