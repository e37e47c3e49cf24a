"""`histories_`: every epoch of every trial, one row each."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from skhpt.trials import EpochLog, TrialResult

KEY_COLUMNS = ["candidate", "fold", "repeat", "iter", "epoch"]


def history_table(trials: Iterable[TrialResult]) -> pd.DataFrame:
    """The training histories of all trials.

    Parameters
    ----------
    trials : iterable of TrialResult
        In the order of the rows.

    Returns
    -------
    pandas.DataFrame of shape (n_epochs_of_all_trials, 5 + n_metrics)
        Columns ``candidate``, ``fold``, ``repeat``, of a halving ``iter`` (the rung), then ``epoch`` (from 1), a column
        a metric, and ``epoch_seconds``. Without rows if the estimator keeps no history. A metric that only some trials
        report is NaN in the others.

    Examples
    --------
    >>> from skhpt.trials import EpochLog, TrialStatus
    >>> trial = TrialResult(0, 0, 0, TrialStatus.COMPLETED, {"score": 0.9}, None, False, 1.0, 0.1,
    ...                     epochs=(EpochLog(1, {"loss": 0.5}, 0.02), EpochLog(2, {"loss": 0.4}, 0.01)))
    >>> history_table([trial])
       candidate  fold  repeat  epoch  loss  epoch_seconds
    0          0     0       0      1   0.5           0.02
    1          0     0       0      2   0.4           0.01
    """
    trials = list(trials)
    rows = [
        _keys(trial, log) | dict(log.metrics) | {"epoch_seconds": log.seconds}
        for trial in trials
        for log in trial.epochs
    ]
    keys = KEY_COLUMNS if any(trial.budget is not None for trial in trials) else [k for k in KEY_COLUMNS if k != "iter"]
    metrics = list(dict.fromkeys(name for row in rows for name in row if name not in (*KEY_COLUMNS, "epoch_seconds")))
    return pd.DataFrame(rows, columns=[*keys, *metrics, "epoch_seconds"])


def _keys(trial: TrialResult, log: EpochLog) -> dict[str, int | None]:
    rung = None if trial.budget is None else trial.budget.rung
    return dict(zip(KEY_COLUMNS, (*trial.key, rung, log.epoch), strict=True))
