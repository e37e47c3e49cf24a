"""Training a candidate in instalments, as exactly as in one go."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.pipeline import Pipeline

from skhpt._sklearn import fit_context
from skhpt.evaluation._in_place import leaving_rows_alone, own_rows
from skhpt.trials import Resumption


@dataclass(frozen=True)
class PausedTraining:
    """An estimator in the middle of its training: a value that may go to another process, packed.

    Parameters
    ----------
    estimator : estimator
        A Keras wrapper of skhpt's, or a pipeline that ends in one; it predicts as it is.
    n_epochs : int
        How many it was trained for.
    fit_params : mapping of str to object
        What its network gets with the rows.
    rows : array-like or None
        What the steps before the network made of the rows as they were fitted, where their `transform` makes something
        else of them; otherwise they are transformed again.
    """

    estimator: Any
    n_epochs: int
    fit_params: Mapping[str, Any]
    rows: Any

    def __reduce__(self) -> tuple[Any, ...]:
        from skhpt.estimators import pack  # loads Keras, as the network has

        try:
            packed = pack(vars(self))
        except Exception:  # noqa: BLE001 - a callback with an open file, say, can't leave its process
            return _start_over, ()
        return PackedTraining, (packed,)

    def go_on(self, X: Any, y: Any, *, epochs: int, close: bool) -> PausedTraining | None:
        """Train on, with the same rows.

        Parameters
        ----------
        X, y
            The training fold.
        epochs : int
            How many epochs there are to be in all.
        close : bool
            Whether this is the end, of which callbacks are told.

        Returns
        -------
        PausedTraining or None
            None at the end.
        """
        network = network_step(self.estimator)
        rows = transformed(self.estimator, X) if self.rows is None else self.rows
        network._continue_fit(rows, y, epochs=epochs, close=close, **self.fit_params)
        return None if close else _paused(self.estimator, self.fit_params, self.rows)


@dataclass(frozen=True)
class PackedTraining:
    """A paused training on its way, unpacked only where it goes on: the search's own process passes it on as it is.

    Parameters
    ----------
    packed : bytes
        By `pack`, with the network as it is in the middle of its training.
    """

    packed: bytes

    def unpack(self) -> PausedTraining | None:
        """The training; None if it has to start over, as with a layer that Keras can't load because nobody told it."""
        from skhpt.estimators import unpack  # loads Keras, as the network will

        try:
            return PausedTraining(**unpack(self.packed))
        except Exception:  # noqa: BLE001 - whatever the user's own classes raise
            return None


def _start_over() -> None:
    """What a training that can't be packed is on the other side."""


def begin_training(
    estimator: Any,
    X: Any,
    y: Any,
    fit_params: Mapping[str, Any],
    *,
    close: bool = False,
    resumption: Resumption | None = None,
) -> PausedTraining | None:
    """Fit an estimator for as many epochs as it says, and pause.

    Parameters
    ----------
    estimator : estimator
        One whose training `can_pause`, or at least `can_resume` if it is not to pause.
    X, y, fit_params
        To be fitted with.
    close : bool, default=False
        Whether this is the end, of which callbacks are told.
    resumption : Resumption or None, default=None
        What the network is to go on from. The steps before it are fitted anew.

    Returns
    -------
    PausedTraining or None
        None at the end.
    """
    options = {"close": close, "resumption": resumption}
    seen = fit_up_to_network(
        estimator,
        own_rows(estimator, X),
        y,
        fit_params,
        lambda network, X, y, params: network._begin_fit(X, y, **options, **params),
    )
    return None if close else _paused(estimator, seen.params, _rows_to_keep(estimator, X, seen.X))


@dataclass(frozen=True)
class SeenByNetwork:
    """What the network at the end of an estimator was to be fitted with.

    Parameters
    ----------
    X, y : array-like
        The rows, as the steps before have left them.
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
        A Keras wrapper of skhpt's, or a pipeline that ends in one.
    X, y, fit_params
        To be fitted with.
    begin : callable
        ``begin(network, X, y, params)`` is called in place of the network's `fit`.
    """
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


def network_step(estimator: Any) -> Any:
    """The Keras wrapper of skhpt's that an estimator is, or a pipeline ends in; None if there is none."""
    while isinstance(estimator, Pipeline):
        estimator = estimator.steps[-1][1]
    return estimator if hasattr(estimator, "_continue_fit") else None


def can_pause(estimator: Any) -> bool:
    """Whether training in instalments is exactly training in one go.

    Not where a subclass has a `fit` of its own, nor where the model's builder can see for how many epochs it is to be
    trained: a model made for one epoch may then be another than one made for nine. Nor in a pipeline within a
    pipeline.
    """
    return can_resume(estimator) and not network_step(estimator)._parameters().builder_sees("epochs")


def can_resume(estimator: Any) -> bool:
    """Whether the network of an estimator can be asked to go on from a checkpoint instead of being fitted."""
    network = network_step(estimator)
    outer = estimator.steps[-1][1] if isinstance(estimator, Pipeline) else estimator
    return network is not None and outer is network and type(network).fit.__module__.startswith("skhpt.")


def _paused(estimator: Any, fit_params: Mapping[str, Any], rows: Any) -> PausedTraining:
    return PausedTraining(estimator, network_step(estimator).current_epoch, fit_params, rows)


def transformed(estimator: Any, X: Any) -> Any:
    """The rows as they reach the network. Those that are given stay as they are."""
    if not isinstance(estimator, Pipeline) or len(estimator) == 1:
        return X
    with leaving_rows_alone(estimator):
        return estimator[:-1].transform(X)


def _rows_to_keep(estimator: Any, X: Any, rows: Any) -> Any:
    """`rows`, unless transforming X gives the same: what it gives may differ, in the last bits or, by design, more."""
    if rows is X:
        return None
    try:
        again = transformed(estimator, X)
    except Exception:  # noqa: BLE001 - a transformer that only fits, or that wants metadata
        return rows
    return None if type(again) is type(rows) and np.array_equal(np.asarray(again), np.asarray(rows)) else rows
