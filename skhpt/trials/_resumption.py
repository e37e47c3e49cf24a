"""Going on from a checkpoint."""

from __future__ import annotations

from dataclasses import dataclass

from skhpt.trials._checkpoint import Checkpoint


@dataclass
class Resumption:
    """What a training is asked to go on from, and whether it has: the training fills it in.

    Parameters
    ----------
    checkpoint : Checkpoint
        Of a training of the same trial.
    went_on : bool, default=False
        Otherwise the training has started over, as the checkpoint does not fit.
    n_earlier : int, default=0
        How many epochs of the training earlier rungs have reported.
    seconds : float, default=0.0
        How long the other epochs took that the training did not have to do again.
    """

    checkpoint: Checkpoint
    went_on: bool = False
    n_earlier: int = 0
    seconds: float = 0.0
