"""`clean_runs`: removing runs."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from skhpt.exceptions import RunInUseError, RunNotFoundError
from skhpt.store._files import storing
from skhpt.store._find import is_run, runs_in
from skhpt.store._layout import DESCRIPTION, LOCK
from skhpt.store._lock import RunLock
from skhpt.store._order import in_order
from skhpt.store._reading import is_directory, is_file
from skhpt.store._runs_table import ls_runs


def clean_runs(
    runs_dir: str | os.PathLike[str] = "runs",
    *,
    runs: Iterable[str] | None = None,
    keep_best: int | None = None,
    keep_newest: int | None = None,
    older_than: float | None = None,
    order: str = "mean_test_score",
) -> list[str]:
    """Remove runs from the disk: those that every criterion that is given says so of.

    Runs that are being written stay. Only directories of runs directly in `runs_dir` are removed, no links are
    followed. Damaged runs are removed only by their names.

    Parameters
    ----------
    runs_dir : str or path, default="runs"
        The directory of all runs.
    runs : iterable of str or None, default=None
        Ids: none but these.
    keep_best : int or None, default=None
        All but so many with the greatest `order`. Runs that are scored by other metrics only stay.
    keep_newest : int or None, default=None
        All but so many that were begun last.
    older_than : float or None, default=None
        Those that were begun more than so many days ago.
    order : str, default="mean_test_score"
        The column of `ls_runs` that `keep_best` goes by.

    Returns
    -------
    list of str
        The ids of those that were removed.

    Raises
    ------
    ValueError
        If no criterion is given, or a negative one.
    RunNotFoundError
        If one of `runs` is no run in `runs_dir`. Nothing is removed then.
    RunStorageError
        If one can't be removed.

    Examples
    --------
    >>> clean_runs("nowhere", keep_best=10)
    []
    """
    given = {"keep_best": keep_best, "keep_newest": keep_newest, "older_than": older_than}
    _check(given, runs)
    ids = [path.name for path in runs_in(runs_dir)] if runs is None else _named(runs, Path(runs_dir))
    if any(limit is not None for limit in given.values()):
        table = ls_runs(runs_dir, order="created")
        table = table[table["created"].notna() & (table["status"] != "damaged")]
        chosen = _chosen(table, keep_best, keep_newest, older_than, order)
        ids = [id_ for id_ in ids if id_ in chosen]
    return [id_ for id_ in ids if _remove(Path(runs_dir) / id_)]


def _check(given: dict[str, float | None], runs: Iterable[str] | None) -> None:
    if runs is None and all(limit is None for limit in given.values()):
        names = ", ".join(("runs", *given))
        raise ValueError(f"clean_runs removes nothing unless it is told what. Give one of: {names}.")
    if isinstance(runs, str):
        raise ValueError(f"The 'runs' parameter of clean_runs must be a list of ids. Got the text {runs!r} instead.")
    for name, limit in given.items():
        if limit is not None and not limit >= 0:
            raise ValueError(f"The {name!r} parameter of clean_runs must not be negative. Got {limit!r} instead.")


def _named(runs: Iterable[str], runs_dir: Path) -> list[str]:
    ids = list(dict.fromkeys(runs))
    known = {path.name for path in runs_in(runs_dir)}
    for id_ in ids:
        if id_ not in known:
            raise RunNotFoundError(id_, runs_dir)
    return ids


def _chosen(
    newest_first: pd.DataFrame, keep_best: int | None, keep_newest: int | None, older_than: float | None, order: str
) -> set[str]:
    """Those that all criteria agree on."""
    chosen = set(newest_first["run"])
    if keep_newest is not None:
        chosen -= set(newest_first["run"].iloc[:keep_newest])
    if older_than is not None:
        limit = pd.Timestamp.now("UTC") - pd.Timedelta(days=older_than)
        chosen -= set(newest_first.loc[newest_first["created"] >= limit, "run"])
    if keep_best is not None:
        chosen -= _best(newest_first, keep_best, order)
    return chosen


def _best(table: pd.DataFrame, n: int, order: str) -> set[str]:
    """The best by a score, and those of which it can't be said."""
    ranked = in_order(table, order, True, "clean_runs")
    if ranked.empty:
        return set()
    is_ranked = ranked[order].notna()
    has_scores = ranked.filter(regex="^mean_test_").notna().any(axis=1)
    return {*ranked.loc[is_ranked, "run"].iloc[:n], *ranked.loc[~is_ranked & has_scores, "run"]}


def _remove(path: Path) -> bool:
    """Remove a run, unless somebody writes to it."""
    if not is_run(path):
        return False  # somebody else has removed it
    with storing(path):
        if not is_file(path / LOCK):  # nobody can hold what is no file
            _remove_parts(path, {LOCK})
        try:
            with RunLock(path):
                _remove_parts(path, {part.name for part in path.iterdir()} - {DESCRIPTION, LOCK})
                (path / DESCRIPTION).unlink()  # last, so that what is left by an error is still known as a run
        except RunInUseError:
            return False
        _remove_parts(path, {LOCK})
        path.rmdir()
    return True


def _remove_parts(path: Path, names: set[str]) -> None:
    for name in names:
        if is_directory(path / name):
            shutil.rmtree(path / name)
        else:
            (path / name).unlink(missing_ok=True)
