"""`ls_trials`: a row a trial."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pandas as pd

from skhpt.results import column
from skhpt.store._find import opened
from skhpt.store._order import in_order
from skhpt.store._reading import reading
from skhpt.store._stored_run import StoredRun
from skhpt.trials import TrialResult


def ls_trials(
    run: str | os.PathLike[str] | StoredRun,
    runs_dir: str | os.PathLike[str] = "runs",
    *,
    order: str | None = None,
    decreasing: bool = True,
) -> pd.DataFrame:
    """The trials of a run that have ended.

    Parameters
    ----------
    run : str, path or StoredRun
        The run's id or directory, or what `load_run` returned.
    runs_dir : str or path, default="runs"
        Where to look for an id.
    order : str or None, default=None
        The column to order by, missing values last; None is by round, candidate, repeat and fold.
    decreasing : bool, default=True
        Whether the greatest come first.

    Returns
    -------
    pandas.DataFrame of shape (n_trials, n_columns)
        ``candidate``, ``fold``, ``repeat``, of Hyperband ``bracket``, of a halving ``iter`` and ``n_resources``, the
        parameters as ``param_*``, ``status``, ``test_*`` and ``train_*`` scores, ``epochs`` that were trained,
        ``last_*`` (the value of each metric in the last of them), ``fit_seconds``, ``score_seconds``, ``engine``,
        ``reason`` for it, ``error`` (the first line of it).

    Raises
    ------
    RunNotFoundError
        If there is no such run.
    DamagedRunError
        If it can't be read.
    UnknownColumnError
        If there is no such column to order by.
    """
    stored = opened(run, runs_dir)
    with reading(str(stored.path)):
        table = _table(list(_rows(stored)))
    return table if order is None else in_order(table, order, decreasing, "ls_trials")


def error_line(traceback: str) -> str:
    r"""The line of a traceback that says what went wrong.

    Examples
    --------
    >>> error_line("Traceback (most recent call last):\n  File ...\nValueError: no luck\nat all\n")
    'ValueError: no luck'
    """
    *_, last = traceback.split("Traceback (most recent call last):\n")  # of several the one that was raised
    lines = [line for line in last.splitlines() if line.strip()]
    return next((line for line in lines if not line.startswith(" ")), lines[-1] if lines else "")


def _rows(run: StoredRun) -> Iterator[dict[str, Any]]:
    for stored in run.rounds:
        params = {candidate.index: candidate.params for candidate in stored.candidates}
        for trial in run.trials_by_round[stored.number]:
            yield _row(trial, params[trial.candidate])


def _row(trial: TrialResult, params: Any) -> dict[str, Any]:
    budget, last = trial.budget, trial.epochs[-1] if trial.epochs else None
    return {
        "candidate": trial.candidate,
        "fold": trial.fold,
        "repeat": trial.repeat,
        **({} if budget is None or budget.bracket is None else {"bracket": budget.bracket}),
        **({} if budget is None else {"iter": budget.rung, "n_resources": budget.amount}),
        **{f"param_{name}": value for name, value in params.items()},
        "status": trial.status.value,
        **{f"test_{name}": score for name, score in trial.test_scores.items()},
        **{f"train_{name}": score for name, score in (trial.train_scores or {}).items()},
        "epochs": 0 if last is None else last.epoch,
        **{f"last_{name}": value for name, value in (last.metrics if last else {}).items()},
        "fit_seconds": trial.fit_seconds,
        "score_seconds": trial.score_seconds,
        "engine": trial.engine,
        "reason": trial.reason,
        "error": None if trial.error is None else error_line(trial.error),
    }


_GROUPS = [
    ("candidate", "fold", "repeat", "bracket", "iter", "n_resources"), "param_", ("status",), "test_", "train_",
    ("epochs",), "last_", ("fit_seconds", "score_seconds", "engine", "reason", "error"),
]  # fmt: skip
_ALWAYS = {*_GROUPS[0][:3], "status", "epochs", *_GROUPS[-1]}


def _table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """The table of the rows, whose columns stand in groups, whichever trial was the first to have one."""
    found = dict.fromkeys(name for row in rows for name in row)
    names: dict[str, None] = {}
    for group in _GROUPS:
        if isinstance(group, str):
            names |= dict.fromkeys(name for name in found if name.startswith(group))
        else:
            names |= dict.fromkeys(name for name in group if name in found or name in _ALWAYS)
    columns = {name: [row.get(name) for row in rows] for name in names}
    return pd.DataFrame({name: _column(name, values) for name, values in columns.items()})


def _column(name: str, values: list[Any]) -> Any:
    if name.startswith(("test_", "train_", "last_")) or name.endswith("_seconds"):
        return pd.Series(values, dtype=float)
    return column(values)
