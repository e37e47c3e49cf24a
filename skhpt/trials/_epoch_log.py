"""What one epoch of training reported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class EpochLog:
    """The metrics of one epoch.

    Parameters
    ----------
    epoch : int
        From 1.
    metrics : mapping of str to float
        Whatever the training reported: the loss, metrics, a learning rate, their ``val_`` counterparts.
    seconds : float
        How long the epoch took; NaN where the estimator does not say.
    """

    epoch: int
    metrics: Mapping[str, float]
    seconds: float
