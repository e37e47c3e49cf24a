"""Recording how a training does on the fold that it is scored on."""

from __future__ import annotations

from typing import Any

from sklearn.pipeline import Pipeline

from skhpt.evaluation._pipelines import network_step, transformed


def record_validation(estimator: Any, X: Any, y: Any) -> None:
    """Let the Keras wrapper at the end of an estimator evaluate these rows after each epoch of its next training.

    Parameters
    ----------
    estimator : estimator
        A wrapper, or a pipeline that ends in one.
    X, y : array-like
        The test fold, as the pipeline would be given it.
    """
    network_step(estimator)._watch(lambda: (_as_the_network_sees(estimator, X), y))


def _as_the_network_sees(estimator: Any, X: Any) -> Any:
    """The rows after the steps that come before the network, which are fitted by the time that it trains."""
    while isinstance(estimator, Pipeline):
        X = transformed(estimator, X)
        estimator = estimator.steps[-1][1]
    return X
