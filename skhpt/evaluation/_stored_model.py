"""The best model of a search on disk."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.pipeline import Pipeline

from skhpt.evaluation._keras_step import keras_step, training_history
from skhpt.evaluation._pipelines import fit_up_to_network, is_known_pipeline, network_step, transformed
from skhpt.exceptions import DamagedRunError, ModelError
from skhpt.trials import parts_of_rows

_HISTORY = "history.json"
_N_NUMBERS = 64


def store_model(estimator: Any, directory: Path) -> bool:
    """Store the Keras model in a fitted estimator, with its training history.

    Parameters
    ----------
    estimator : estimator
        Fitted. Of a wrapper of skhpt's, what it has learnt of the data is stored as well, as by its `save`.
    directory : Path
        Made if it is not there.

    Returns
    -------
    bool
        False if there is no Keras model in it.

    Raises
    ------
    ModelError
        If the model can't be stored so that it can be read back.
    """
    step, network = keras_step(estimator), network_step(estimator)
    if not hasattr(getattr(step, "model_", None), "get_config"):
        return False
    if network is not None:
        network.save(directory)
    else:
        from skhpt.estimators import MODEL_FILE  # loads Keras, as the model has

        directory.mkdir(exist_ok=True)
        try:
            step.model_.save(directory / MODEL_FILE)
        except (TypeError, ValueError, NotImplementedError) as error:
            raise ModelError(f"Keras can't store the model: {error}") from error
    history = training_history(estimator) if hasattr(step, "history_") else {}
    columns = {name: list(map(float, values)) for name, values in history.items()} if isinstance(history, dict) else {}
    (directory / _HISTORY).write_text(json.dumps(columns), "utf-8")
    return True


def take_up_model(estimator: Any, X: Any, y: Any, fit_params: Mapping[str, Any], directory: Path) -> bool:
    """Let an estimator be as it was when its model was stored, without training it again.

    Parameters
    ----------
    estimator : estimator
        With the parameters that it had. Steps before its network are fitted anew.
    X, y, fit_params
        What it was fitted with.
    directory : Path
        What `store_model` was given.

    Returns
    -------
    bool
        False if there is no network of skhpt's in it, whose training could be spared, or in a pipeline that fits in a
        way of its own.

    Raises
    ------
    Exception
        Whatever reading something else than what was written raises.
    """
    network = network_step(estimator)
    if network is None or not is_known_pipeline(estimator):
        return False
    stored = type(network).load(directory)

    def take_up(network: Any, *given: Any) -> None:
        network._learn_from(stored)
        network.model_ = stored.model_
        network._take_up()

    fit_up_to_network(estimator, X, y, fit_params, take_up)
    return True


def rows_seen(estimator: Any, X: Any) -> list[float] | None:
    """Some of the numbers that the steps before a network make of the rows, to tell whether others do the same.

    Steps that draw random numbers of their own are others each time that they are fitted.

    Parameters
    ----------
    estimator : estimator
        Fitted.
    X : array-like
        The rows that it was fitted on.

    Returns
    -------
    list of float or None
        Empty where there are no steps; None where they can't be told.
    """
    if not isinstance(estimator, Pipeline):
        return []
    try:
        parts = parts_of_rows(transformed(estimator, X))
        rows = np.concatenate([np.asarray(part, dtype=float).ravel() for part in parts])
    except Exception:  # noqa: BLE001 - a transformer that only fits, or rows that are no numbers
        return None
    return [float(rows.size), *rows[np.linspace(0, len(rows) - 1, _N_NUMBERS).astype(int)].tolist()]


def same_rows(one: Any, other: Any) -> bool:
    """Whether these came of the same steps, give or take what another machine computes otherwise."""
    if one is None or other is None or len(one) != len(other):
        return False
    return bool(np.allclose(np.asarray(one, float), np.asarray(other, float), rtol=1e-3, atol=1e-5, equal_nan=True))


def read_history(directory: Path) -> dict[str, list[float]]:
    """The training history of that model; empty if there is none.

    Raises
    ------
    DamagedRunError
        If it is not what was written.
    """
    file = directory / _HISTORY
    if not file.is_file():
        return {}
    try:
        history = json.loads(file.read_text("utf-8"))
        return {
            str(name): [math.nan if value is None else float(value) for value in values]
            for name, values in history.items()
        }
    except (AttributeError, TypeError, ValueError, RecursionError, OverflowError) as error:
        raise DamagedRunError(f"{file} is not what was written: {error!r}") from error
