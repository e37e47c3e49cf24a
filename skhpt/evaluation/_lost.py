"""A trial that ended with the process that ran it."""

from __future__ import annotations

from skhpt.evaluation._fit_task import FitTask
from skhpt.evaluation._fold import Fold
from skhpt.evaluation._outcome import failed
from skhpt.evaluation._setup import TrialSetup
from skhpt.exceptions import WorkerDiedError
from skhpt.trials import TrialResult, TrialSpec


def lose_trial(spec: TrialSpec, setup: TrialSetup, reason: str, task: FitTask | None = None) -> TrialResult:
    """Report a trial in the place of the worker that died with it.

    Parameters
    ----------
    spec : TrialSpec
        The trial.
    setup : TrialSetup
        What the trials share.
    reason : str
        A sentence.
    task : FitTask or None, default=None
        Who is told that it has ended.

    Returns
    -------
    TrialResult
        With status ``"failed"``. How long the fit took went with the worker: it is 0.

    Raises
    ------
    WorkerDiedError
        If ``setup.error_score == "raise"``.
    """
    fold = Fold(setup, spec.fold)
    (task or FitTask()).end(*fold.train, fold.fit_params)
    if setup.error_score == "raise":
        raise WorkerDiedError(spec.candidate.params, spec.fold, reason)
    return failed(spec, setup, fit_seconds=0.0, error=reason)
