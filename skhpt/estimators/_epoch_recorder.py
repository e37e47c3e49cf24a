"""Recording the history of a training."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import keras
import numpy as np

from skhpt.estimators._own_definitions import stable_names
from skhpt.trials import epoch_has_ended


class EpochRecorder(keras.callbacks.Callback):
    """Keeps what each epoch reported and how long it took.

    Keras' own history leaves out the epochs in which a metric was not computed (``validation_freq=2``); this one puts a
    NaN there, so that the entry of an epoch is always at the same place. A metric with a value for each class, such as
    `F1Score`, becomes one metric a class: ``f1_score_0``, ``f1_score_1``, …. An output that was given no name, which
    Keras calls ``dense_7`` or whatever number its layer has in the process, is called by its place: ``output_0_loss``.

    Parameters
    ----------
    history, seconds
        What earlier epochs left, to be gone on with.

    Attributes
    ----------
    evaluate : callable or None
        Returns metrics by name, which are kept as ``test_<name>`` and shown to no other callback.
    """

    def __init__(self, history: Mapping[str, list[float]] | None = None, seconds: Iterable[float] = ()) -> None:
        super().__init__()
        self.evaluate: Callable[[], dict[str, float]] | None = None
        self.seconds = list(seconds)
        history = history or {}
        self._logs = [dict(zip(history, entries, strict=True)) for entries in zip(*history.values(), strict=True)]
        self._start = 0.0

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._start = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        seconds = time.perf_counter() - self._start
        self.record(logs or {}, {} if self.evaluate is None else self.evaluate(), seconds=seconds)
        epoch_has_ended(len(self.seconds))

    def record(self, logs: Mapping[str, Any], test: Mapping[str, Any], *, seconds: float) -> None:
        """Keep what an epoch reported, and how the model does on the rows to be watched."""
        self.seconds.append(seconds)
        logs = {**logs, **{f"test_{name}": value for name, value in test.items()}}
        names = stable_names(self.model)
        self._logs.append(dict(_scalars({_renamed(name, names): value for name, value in logs.items()})))

    @property
    def history(self) -> dict[str, list[float]]:
        """A list a metric, an entry an epoch."""
        names = dict.fromkeys(name for logs in self._logs for name in logs)
        return {name: [logs.get(name, math.nan) for logs in self._logs] for name in names}


def _renamed(name: str, names: Mapping[str, str]) -> str:
    """A metric's name as the history has it: of those that name an output, without the process's numbers."""
    validation = next((prefix for prefix in ("val_", "test_") if name.startswith(prefix)), "")
    rest = name.removeprefix(validation)
    for made_up, stable in names.items():
        if rest.startswith(f"{made_up}_"):
            return f"{validation}{stable}{rest.removeprefix(made_up)}"
    return name


def _scalars(logs: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    for name, value in logs.items():
        if np.ndim(value) == 0:
            yield name, float(value)
        else:
            yield from ((f"{name}_{index}", float(entry)) for index, entry in enumerate(np.ravel(value)))
