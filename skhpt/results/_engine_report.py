"""`engine_report_`: how each trial ran, and why so."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from skhpt.trials import TrialResult


def engine_table(trials: Sequence[TrialResult], reason: str | None = None) -> pd.DataFrame:
    """How each trial ran.

    Parameters
    ----------
    trials : sequence of TrialResult
        In the order of the rows.
    reason : str or None, default=None
        Why a trial ran by itself for which that was never a question.

    Returns
    -------
    pandas.DataFrame of shape (n_trials, 7)
        Columns ``candidate``, ``fold``, ``repeat``, of a halving ``iter`` (the rung), then ``engine``, ``program``,
        ``reason`` and ``packing``, the last three missing where there is none.

    Examples
    --------
    >>> from skhpt.trials import TrialStatus
    >>> trial = TrialResult(0, 1, 0, TrialStatus.COMPLETED, {"score": 0.9}, None, False, 1.0, 0.1)
    >>> engine_table([trial], "engine='per-trial'")[["fold", "engine", "reason"]]
       fold     engine              reason
    0     1  per-trial  engine='per-trial'
    """
    table = pd.DataFrame(
        {
            "candidate": [trial.candidate for trial in trials],
            "fold": [trial.fold for trial in trials],
            "repeat": [trial.repeat for trial in trials],
            "iter": [None if trial.budget is None else trial.budget.rung for trial in trials],
            "engine": [trial.engine for trial in trials],
            "program": pd.array([trial.program for trial in trials], dtype="Int64"),
            "reason": [trial.reason or (reason if trial.engine == "per-trial" else None) for trial in trials],
            "packing": [trial.packing for trial in trials],
        }
    )
    return table if any(trial.budget is not None for trial in trials) else table.drop(columns="iter")
