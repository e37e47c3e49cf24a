"""Training a candidate in instalments, as exactly as in one go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.pipeline import Pipeline

from skhpt.evaluation._in_place import own_rows
from skhpt.evaluation._pipelines import SeenByNetwork, fit_up_to_network, is_known_pipeline, network_step, transformed
from skhpt.trials import Resumption, parts_of_rows


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
    data : tuple of (X, y), or None
        What the steps before the network made of the rows and targets as they were fitted, where that is not the same
        targets and what `transform` makes of the rows; otherwise the rows are transformed again.
    """

    estimator: Any
    n_epochs: int
    fit_params: Mapping[str, Any]
    data: tuple[Any, Any] | None

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
        X, y = (transformed(self.estimator, X), y) if self.data is None else self.data
        network._continue_fit(X, y, epochs=epochs, close=close, **self.fit_params)
        return None if close else _paused(self.estimator, self.fit_params, self.data)


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
        own_rows(estimator, y),
        fit_params,
        lambda network, X, y, params: network._begin_fit(X, y, **options, **params),
    )
    return None if close else _paused(estimator, seen.params, _data_to_keep(estimator, X, y, seen))


def can_pause(estimator: Any) -> bool:
    """Whether training in instalments is exactly training in one go.

    Not where a subclass has a `fit` of its own, nor where the model's builder can see for how many epochs it is to be
    trained: a model made for one epoch may then be another than one made for nine. Nor in a pipeline within a
    pipeline, nor in one whose class has a `fit` of its own.
    """
    return can_resume(estimator) and not network_step(estimator)._parameters().builder_sees("epochs")


def can_resume(estimator: Any) -> bool:
    """Whether the network of an estimator can be asked to go on from a checkpoint instead of being fitted."""
    network = network_step(estimator)
    outer = estimator.steps[-1][1] if isinstance(estimator, Pipeline) else estimator
    ours = network is not None and outer is network and type(network).fit.__module__.startswith("skhpt.")
    return ours and is_known_pipeline(estimator)


def _paused(estimator: Any, fit_params: Mapping[str, Any], data: tuple[Any, Any] | None) -> PausedTraining:
    return PausedTraining(estimator, network_step(estimator).current_epoch, fit_params, data)


def _data_to_keep(estimator: Any, X: Any, y: Any, seen: SeenByNetwork) -> tuple[Any, Any] | None:
    """What the network has seen, unless transforming X gives the same again, beside the same y.

    What it gives may differ, in the last bits or, by design, more. A sampler of imbalanced-learn's makes other rows of
    X and other targets, and does nothing in `transform`.
    """
    if seen.X is X and seen.y is y:
        return None
    try:
        again = transformed(estimator, X)
    except Exception:  # noqa: BLE001 - a transformer that only fits, or that wants metadata
        return seen.X, seen.y
    return None if _is_same(again, seen.X) and _is_same(y, seen.y) else (seen.X, seen.y)


def _is_same(one: Any, other: Any) -> bool:
    if one is other:
        return True
    parts, others = parts_of_rows(one), parts_of_rows(other)
    return (
        type(one) is type(other)
        and len(parts) == len(others)
        and all(np.array_equal(np.asarray(part), np.asarray(same)) for part, same in zip(parts, others, strict=True))
    )
