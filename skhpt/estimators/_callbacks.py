"""Callbacks of one fit."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import keras

from skhpt.estimators._rows import Rows


def listed_callbacks(callbacks: Any, owner: str) -> list[keras.callbacks.Callback]:
    """The callbacks of one fit in a list.

    Parameters
    ----------
    callbacks : callback, list or dict of them (one entry may be a list again), or None
        With classes and factories called already, and copies of those that were given, as they have a state.
    owner : str
        The class of the estimator, for messages.

    Raises
    ------
    TypeError
        If something in it is no callback.
    """
    found = _flat(callbacks)
    for item in found:
        if not isinstance(item, keras.callbacks.Callback):
            raise TypeError(
                f"The 'callbacks' parameter of {owner} must hold Keras callbacks or classes of them. "
                f"Got {item!r} instead."
            )
    return found


def show_validation(callbacks: Iterable[keras.callbacks.Callback], validation: Any) -> None:
    """Show the rows that a fit evaluates after each epoch to those callbacks that have a `see_validation`.

    Parameters
    ----------
    callbacks : iterable of callback
        Of one training.
    validation : Rows, dataset or None
        As the model takes them.
    """
    for callback in callbacks:
        if hasattr(callback, "see_validation"):
            callback.see_validation(validation.in_memory() if isinstance(validation, Rows) else validation)


def _flat(callbacks: Any) -> list[Any]:
    if callbacks is None:
        return []
    if isinstance(callbacks, dict):
        callbacks = list(callbacks.values())
    if isinstance(callbacks, keras.callbacks.CallbackList):
        callbacks = callbacks.callbacks
    return (
        [item for entry in callbacks for item in _flat(entry)] if isinstance(callbacks, (list, tuple)) else [callbacks]
    )
