"""Callbacks of one fit."""

from __future__ import annotations

import copy
import math
import time
from typing import Any

import keras


class EpochRecorder(keras.callbacks.Callback):
    """Keeps what each epoch reported and how long it took.

    Keras' own history leaves out the epochs in which a metric was not computed (``validation_freq=2``); this one puts a
    NaN there, so that the entry of an epoch is always at the same place.
    """

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float] = []
        self._logs: list[dict[str, float]] = []
        self._start = 0.0

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._start = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self.seconds.append(time.perf_counter() - self._start)
        self._logs.append({name: float(value) for name, value in (logs or {}).items()})

    @property
    def history(self) -> dict[str, list[float]]:
        """A list a metric, an entry an epoch."""
        names = dict.fromkeys(name for logs in self._logs for name in logs)
        return {name: [logs.get(name, math.nan) for logs in self._logs] for name in names}


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
