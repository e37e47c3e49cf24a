"""Callbacks of one fit."""

from __future__ import annotations

import copy
from typing import Any

import keras


def fresh_callbacks(callbacks: Any, owner: str) -> list[keras.callbacks.Callback]:
    """Callbacks for one fit: copies of instances, which have a state, and instances of classes.

    Parameters
    ----------
    callbacks : callback, class of callbacks, list or dict of them, or None
        As the user gave them.
    owner : str
        The class of the estimator, for messages.

    Raises
    ------
    TypeError
        If something in it is no callback.
    """
    if callbacks is None:
        return []
    if isinstance(callbacks, dict):
        callbacks = list(callbacks.values())
    if not isinstance(callbacks, (list, tuple)):
        callbacks = [callbacks]
    fresh = [item() if isinstance(item, type) else copy.deepcopy(item) for item in callbacks]
    for item in fresh:
        if not isinstance(item, keras.callbacks.Callback):
            raise TypeError(
                f"The 'callbacks' parameter of {owner} must hold Keras callbacks or classes of them. "
                f"Got {item!r} instead."
            )
    return fresh
