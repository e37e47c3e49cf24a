"""What a worker gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from skhpt.trials._budget import Budget
from skhpt.trials._checkpoint import Checkpoint
from skhpt.trials._epoch_log import EpochLog


class TrialStatus(StrEnum):
    """How a trial ended."""

    COMPLETED = "completed"
    FAILED = "failed"
    """The fit raised; `TrialResult.error` holds the traceback."""
    DIVERGED = "diverged"
    """The fit ended with a loss that is not finite, or the model's outputs are not finite.

    In the second case it is a failure, and `TrialResult.error` says so. In the first the scores stand: a callback may
    have put back earlier weights.
    """


@dataclass(frozen=True)
class TrialResult:
    """The outcome of a trial. A failure is a value, not an exception.

    Parameters
    ----------
    candidate, fold, repeat : int
        Which trial.
    status : TrialStatus
        How it ended.
    test_scores : mapping of str to float
        By metric; ``"score"`` where there is only one. Empty if the fit failed, because a callable `scoring`
        names its metrics only once it is called.
    train_scores : mapping of str to float or None
        The same on the training fold; None if it was not asked for.
    multimetric : bool
        Whether the scorer returned a dict.
    fit_seconds, score_seconds : float
        Wall time of the fit and of scoring the test fold.
    epochs : tuple of EpochLog
        The training history, of a training that went on without the earlier rungs'; empty for an estimator that keeps
        none.
    error : str or None
        The traceback of a failed fit.
    budget : Budget or None
        How far it was to go.
    engine : {"per-trial", "fused"}
        What ran it.
    program : int or None
        Which of the fused engine's programs.
    reason : str or None
        Why it was not fused, where that was asked for.
    packing : str or None
        How its model shares the program with models of other widths, or why it doesn't, where there are any.
    paused : object or None
        Its training, if a later rung may go on with it. Only on the way from a worker to the search.
    checkpoint : Checkpoint or None
        The same for another process than this search's, where the search is kept on disk. Likewise on its way only.
    no_checkpoint : str or None
        Why there is none, where one was asked for: it would start over in another process, because of this.
    n_parameters : int or None
        How many its model has, trainable or not, where it is one of a Keras wrapper of skhpt's.
    predictions : ndarray of shape (n_test_samples, ...) or None
        What the test fold was scored by, row by row, where that was asked for.
    """

    candidate: int
    fold: int
    repeat: int
    status: TrialStatus
    test_scores: Mapping[str, float]
    train_scores: Mapping[str, float] | None
    multimetric: bool
    fit_seconds: float
    score_seconds: float
    epochs: tuple[EpochLog, ...] = ()
    error: str | None = None
    budget: Budget | None = None
    engine: str = "per-trial"
    program: int | None = None
    reason: str | None = None
    paused: Any = None
    checkpoint: Checkpoint | None = None
    no_checkpoint: str | None = None
    n_parameters: int | None = None
    packing: str | None = None
    predictions: npt.NDArray[np.generic] | None = field(default=None, compare=False, repr=False)

    @property
    def key(self) -> tuple[int, int, int]:
        """Which trial: (candidate, fold, repeat). Each rung of a halving has one."""
        return (self.candidate, self.fold, self.repeat)
