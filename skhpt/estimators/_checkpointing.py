"""From a training in the middle to plain values, and back: the same ones for every engine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from skhpt.estimators import _callback_states as states
from skhpt.estimators._fingerprint import Fingerprint
from skhpt.estimators._state import ModelState, variables_of
from skhpt.trials import Checkpoint

_FORMAT = 1
_PARTS = ("weights", "others", "optimizer")


class _MisfitError(ValueError):
    """A checkpoint is of another training, or damaged."""


@dataclass(frozen=True)
class Progress:
    """How far a training has come, between two epochs; its callbacks know by themselves.

    Parameters
    ----------
    state : ModelState
        Of the model.
    history : dict of str to list of float
        An entry an epoch.
    seconds : list of float
        How long each epoch took.
    stopped : bool
        Whether a callback has ended it.
    """

    state: ModelState
    history: dict[str, list[float]]
    seconds: list[float]
    stopped: bool


def checkpoint_of(
    progress: Progress,
    callbacks: Sequence[keras.callbacks.Callback],
    fingerprint: Fingerprint,
    *,
    reported: int,
    **further: Any,
) -> Checkpoint:
    """A training as plain values.

    Parameters
    ----------
    progress : Progress
        Of at least one epoch.
    callbacks : sequence of keras.callbacks.Callback
        Its own, in none of which there is an obstacle.
    fingerprint : Fingerprint
        Its own.
    reported : int
        How many epochs earlier rungs have reported.
    **further
        Facts that an engine wants to find again; none that another one needs.
    """
    facts = {
        "format": _FORMAT,
        "history": progress.history,
        "seconds": list(progress.seconds),
        "stopped": progress.stopped,
        "callbacks": [states.facts_of(callback) for callback in callbacks],
    }
    facts |= fingerprint.facts | further
    named = dict(_named(progress.state.parts, callbacks))
    arrays = {name: np.array(array) for name, array in named.items()}  # copies: training goes on
    return Checkpoint(len(progress.seconds), reported, facts, arrays)


def _named(
    parts: Sequence[Sequence[Any]], callbacks: Sequence[keras.callbacks.Callback]
) -> Iterator[tuple[str, npt.NDArray[Any]]]:
    for part, arrays in zip(_PARTS, parts, strict=False):  # the settings are not its own
        yield from ((f"{part}_{place}", array) for place, array in enumerate(arrays))
    for number, callback in enumerate(callbacks):
        weights = states.weights_of(callback)
        yield from ((f"callback_{number}_{place}", array) for place, array in enumerate(weights))


def take_up(
    checkpoint: Checkpoint,
    model: keras.Model,
    callbacks: Sequence[keras.callbacks.Callback],
    fingerprint: Fingerprint,
    *,
    epochs: int,
) -> Progress | None:
    """Let the callbacks of a new training be as far as those of a stored one, and say how far its model is.

    Parameters
    ----------
    checkpoint : Checkpoint
        From wherever, and so perhaps of another training, or damaged.
    model : keras.Model
        Built and compiled, with the optimizer's variables. It is left as it is.
    callbacks : sequence of keras.callbacks.Callback
        New ones.
    fingerprint : Fingerprint
        Of the training.
    epochs : int
        How many there are to be in all.

    Returns
    -------
    Progress or None
        None if the checkpoint does not fit. The callbacks are as they were then.
    """
    try:
        return _taken_up(checkpoint, model, callbacks, fingerprint, epochs)
    except Exception:  # noqa: BLE001 - whatever a damaged file holds, the training can start over
        return None


def _taken_up(
    checkpoint: Checkpoint,
    model: keras.Model,
    callbacks: Sequence[keras.callbacks.Callback],
    fingerprint: Fingerprint,
    epochs: int,
) -> Progress:
    facts, arrays = checkpoint.facts, dict(checkpoint.arrays)
    _check(facts["format"] == _FORMAT and fingerprint.is_of(dict(facts)))
    _check(1 <= checkpoint.epochs <= epochs and 0 <= checkpoint.reported <= checkpoint.epochs)
    seconds = _numbers(facts["seconds"], checkpoint.epochs)
    history = {str(name): _numbers(values, checkpoint.epochs) for name, values in facts["history"].items()}
    _check(bool(history) and isinstance(facts["stopped"], bool))
    parts = [_popped(arrays, part, like) for part, like in zip(_PARTS, variables_of(model), strict=True)]
    _check(states.obstacle_in(callbacks) is None and len(facts["callbacks"]) == len(callbacks))
    weights = []
    for number, (callback, stored) in enumerate(zip(callbacks, facts["callbacks"], strict=True)):
        _check(states.fits(callback, stored))
        like = model.weights if stored["has_weights"] else []
        weights.append(_popped(arrays, f"callback_{number}", like))
    _check(not arrays)
    for callback, stored, best in zip(callbacks, facts["callbacks"], weights, strict=True):
        states.take_up(callback, stored, best)
    return Progress(ModelState(*parts), history, seconds, facts["stopped"])


def _check(fits: bool) -> None:
    if not fits:
        raise _MisfitError


def _numbers(values: Any, length: int) -> list[float]:
    _check(isinstance(values, list) and len(values) == length and all(type(value) in (int, float) for value in values))
    return [float(value) for value in values]


def _popped(arrays: dict[str, Any], name: str, like: Sequence[keras.Variable]) -> list[npt.NDArray[Any]]:
    """The arrays of this name, which must be such as the variables hold."""
    return [_alike(arrays.pop(f"{name}_{place}"), variable.numpy()) for place, variable in enumerate(like)]


def _alike(stored: Any, like: npt.NDArray[Any]) -> npt.NDArray[Any]:
    array: npt.NDArray[Any] = np.asarray(stored)
    if array.dtype.kind == "V" and array.dtype.itemsize == like.dtype.itemsize:
        array = array.view(like.dtype)  # NumPy's files don't know bfloat16
    _check(array.shape == like.shape and array.dtype == like.dtype)
    return array
