"""Lines that trials print after an epoch, where the wrapper's `verbose` asks for them."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np


@dataclass(frozen=True)
class EndedEpoch:
    """An epoch of one trial.

    Parameters
    ----------
    candidate : int
        Of the trial.
    number : int
        From 1.
    n_epochs : int
        How many there are to be.
    logs : mapping of str to object
        What the epoch reported.
    """

    candidate: int
    number: int
    n_epochs: int
    logs: Mapping[str, Any]


def print_epochs(epochs: Iterable[EndedEpoch]) -> None:
    """Print a line for each candidate, in Keras' form: the means over its trials.

    Parameters
    ----------
    epochs : iterable of EndedEpoch
        Those that have ended at the same time.

    Examples
    --------
    >>> print_epochs(EndedEpoch(3, 2, 10, {"loss": loss, "val_loss": 0.0005}) for loss in (0.25, 0.5))
    Epoch 2/10 - candidate 3 (mean of 2 fits) - loss: 0.3750 - val_loss: 5.0000e-04
    """
    by_candidate: dict[tuple[int, int, int], list[Mapping[str, Any]]] = {}
    for epoch in epochs:
        by_candidate.setdefault((epoch.candidate, epoch.number, epoch.n_epochs), []).append(epoch.logs)
    lines = [_line(*which, by_candidate[which]) for which in sorted(by_candidate)]
    if not lines:
        return
    if keras.config.is_interactive_logging_enabled():
        sys.stdout.write("\n".join([*lines, ""]))  # at once: other groups may print from their threads
        sys.stdout.flush()
    else:
        logging.getLogger("absl").info("\n".join(lines))  # as Keras does


def _line(candidate: int, number: int, n_epochs: int, logs: Sequence[Mapping[str, Any]]) -> str:
    trials = f"candidate {candidate}" + (f" (mean of {len(logs)} fits)" if len(logs) > 1 else "")
    metrics = [f"{name}: {_number(_mean(logs, name))}" for name in logs[0]]
    return " - ".join([f"Epoch {number}/{n_epochs}", trials, *metrics])


def _mean(logs: Sequence[Mapping[str, Any]], name: str) -> float:
    values = [each[name] for each in logs if name in each]
    return sum(value if isinstance(value, float) else float(np.mean(value)) for value in values) / len(values)


def _number(value: float) -> str:
    return f"{value:.4f}" if abs(value) > 1e-3 else f"{value:.4e}"
