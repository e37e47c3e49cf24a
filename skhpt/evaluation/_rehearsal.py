"""A trial up to where its training would begin, which shows most mistakes of a set-up."""

from __future__ import annotations

import random
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import is_classifier
from sklearn.pipeline import Pipeline

from skhpt._compat.sklearn import forget_callbacks
from skhpt.evaluation._fold import Fold
from skhpt.evaluation._in_place import own_rows
from skhpt.evaluation._pipelines import is_known_pipeline, network_step
from skhpt.evaluation._preparation import parts_of
from skhpt.evaluation._setup import TrialSetup
from skhpt.evaluation._trial import fit
from skhpt.trials import TrialSpec, are_large

_N_ROWS = 1000  # are enough for most mistakes


def can_rehearse(estimator: Any) -> bool:
    """Whether a network is all that an estimator trains, and what its `fit` does is known."""
    network = network_step(estimator)
    if network is None or not type(network).fit.__module__.startswith("skhpt.") or not is_known_pipeline(estimator):
        return False
    # A network in the steps before it would be trained.
    return all(part is network for part in parts_of(estimator).values() if hasattr(part, "_trial_parameters"))


def rehearse(spec: TrialSpec, setup: TrialSetup) -> Any:
    """Do what a trial does before its training: check everything, and build its model for its rows.

    Parameters
    ----------
    spec : TrialSpec
        The trial.
    setup : TrialSetup
        With an estimator that one `can_rehearse`.

    Returns
    -------
    estimator
        With its model, which is not trained. None where the candidate has another estimator, that one can't rehearse.

    Raises
    ------
    Exception
        What the trial would raise.

    Notes
    -----
    Of many rows a few are taken first, if they are slow to read or there are steps to be fitted to them. Only where
    that fails are all of them. Warnings are left to the trials, and random numbers are as they were.
    """
    few = _few(spec, setup)
    with _without_warnings(), _same_random_numbers():
        if few is not None:
            splits = [*setup.splits[: spec.fold], (few, setup.splits[spec.fold][1])]
            try:
                return _built(spec, replace(setup, splits=splits))
            except Exception:  # noqa: BLE001, S110 - perhaps there are too few rows
                pass
        return _built(spec, setup)


def _built(spec: TrialSpec, setup: TrialSetup) -> Any:
    seed = setup.seeds.trial(spec.fold, spec.repeat)
    estimator = setup.prepare(spec.candidate.params, seed=seed, repeat=spec.repeat)
    if not can_rehearse(estimator):
        return None
    fold = Fold(setup, spec.fold)
    X, y = fold.train
    for part in parts_of(estimator).values():
        forget_callbacks(part)  # who is told of trials is told of no rehearsal
    network_step(estimator)._is_rehearsal = True
    fit(estimator, own_rows(estimator, X), own_rows(estimator, y), fold.fit_params)
    return estimator


def _few(spec: TrialSpec, setup: TrialSetup) -> npt.NDArray[Any] | None:
    """The numbers of some rows of the training fold, a row of each class among them; None is all of them."""
    rows = np.asarray(setup.splits[spec.fold][0])
    is_slow = are_large(setup.X) or isinstance(setup.estimator, Pipeline)
    if not is_slow or len(rows) <= _N_ROWS or rows.dtype.kind not in "iu":
        return None
    places = np.linspace(0, len(rows) - 1, _N_ROWS).astype(int)
    if is_classifier(setup.estimator) and np.ndim(setup.y) == 1:
        _, firsts = np.unique(np.asarray(setup.y)[rows], return_index=True)
        places = np.union1d(places, firsts)
    some: npt.NDArray[Any] = rows[places]
    return some


@contextmanager
def _without_warnings() -> Iterator[None]:
    """Warn of nothing, but in a thread of its own: filters are the process's."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@contextmanager
def _same_random_numbers() -> Iterator[None]:
    python_state, numpy_state = random.getstate(), np.random.get_state()
    try:
        yield
    finally:
        random.setstate(python_state)
        np.random.set_state(numpy_state)
