"""Trials and epochs of a run as files for other programs."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pandas as pd

from skhpt.store._find import opened
from skhpt.store._stored_run import StoredRun
from skhpt.store._strict_json import strict_json
from skhpt.store._trials_table import ls_trials

Format = Literal["csv", "json"]


def export_trials(
    run: str | os.PathLike[str] | StoredRun,
    file: str | os.PathLike[str] | None = None,
    runs_dir: str | os.PathLike[str] = "runs",
    *,
    format: Format = "csv",  # noqa: A002 - as pandas and matplotlib call it
) -> str | None:
    """The table of `ls_trials` as CSV or JSON.

    Parameters
    ----------
    run : str, path or StoredRun
        The run's id or directory, or what `load_run` returned.
    file : str, path or None, default=None
        Where to write. None returns the text.
    runs_dir : str or path, default="runs"
        Where to look for an id.
    format : {"csv", "json"}, default="csv"
        JSON is a list of rows, with null for what is missing and for numbers that are not finite.

    Returns
    -------
    str or None
        The text, if no file was given.

    Raises
    ------
    RunNotFoundError
        If there is no such run.
    DamagedRunError
        If it can't be read.
    """
    return _exported(lambda: ls_trials(run, runs_dir), file, format, "export_trials")


def export_epochs(
    run: str | os.PathLike[str] | StoredRun,
    file: str | os.PathLike[str] | None = None,
    runs_dir: str | os.PathLike[str] = "runs",
    *,
    format: Format = "csv",  # noqa: A002 - as pandas and matplotlib call it
) -> str | None:
    """Every epoch of every trial, which is the table `histories_` of a search, as CSV or JSON.

    Parameters
    ----------
    run, file, runs_dir, format
        As of `export_trials`, which also says what is returned and raised.
    """
    return _exported(lambda: opened(run, runs_dir).histories_, file, format, "export_epochs")


def _exported(
    make: Callable[[], pd.DataFrame], file: str | os.PathLike[str] | None, kind: str, owner: str
) -> str | None:
    if kind not in ("csv", "json"):
        raise ValueError(f"The 'format' parameter of {owner} must be 'csv' or 'json'. Got {kind!r} instead.")
    table = make()
    text = f"{strict_json(table)}\n" if kind == "json" else table.to_csv(index=False, lineterminator="\n")
    if file is None:
        return text
    Path(file).write_text(text, encoding="utf-8", newline="")
    return None
