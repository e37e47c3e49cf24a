"""What a report is about."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from sklearn.exceptions import NotFittedError

from skhpt.evaluation import read_history
from skhpt.reporting._scale import SPACES
from skhpt.results import results_table
from skhpt.store import (
    StoredRun,
    best_row,
    deciding_score,
    describe,
    installed_versions,
    opened,
    readable,
    summary_of,
)
from skhpt.trials import TrialResult

_NOT_SETTINGS = {"estimator", "cv", "loggers", *SPACES}


@dataclass(frozen=True)
class ReportSubject:
    """A run on disk, or a search that keeps none, under the same names.

    Parameters
    ----------
    search : searcher or StoredRun
        As the functions of `skhpt.plots` take it.
    name, searcher : str
        What it is called, and the class of the search.
    state : mapping of str to object
        What is known of how far it came, by what to call it.
    described : mapping of str to description
        ``estimator``, ``cv``, the space and, if they are known, ``X`` and ``y``.
    settings, versions : mapping of str to object
        As they are shown.
    results : DataFrame of shape (n_candidates, n_columns)
        `results_`; without rows if of no candidate have all trials ended.
    best : int or None
        The row of the best candidate in `cv_results_`.
    best_history : mapping of str to sequence of float
        Of the refit.
    failed : sequence of TrialResult
        As far as they are known.
    source : mapping of str to str
        Files of code by name.
    """

    search: Any
    name: str
    searcher: str
    state: Mapping[str, Any]
    described: Mapping[str, Any]
    settings: Mapping[str, Any]
    versions: Mapping[str, Any]
    results: pd.DataFrame
    best: int | None
    best_history: Mapping[str, Sequence[float]]
    failed: Sequence[TrialResult]
    source: Mapping[str, str]


def report_subject(search: Any, runs_dir: str | os.PathLike[str], owner: str) -> ReportSubject:
    """The run that is meant or, of a search that keeps none, the search.

    Parameters
    ----------
    search : str, path, StoredRun or searcher
        An id or directory, what `load_run` returned, or what is fitted.
    runs_dir : str or path
        Where to look for an id.
    owner : str
        The function that asks.

    Raises
    ------
    NotFittedError
        If it is a searcher that is not fitted.
    RunNotFoundError, DamagedRunError
        If there is no such run, or it can't be read.
    """
    if isinstance(search, (str, os.PathLike, StoredRun)):
        return _of_run(opened(search, runs_dir))
    if isinstance(run := getattr(search, "run_", None), StoredRun):
        return _of_run(StoredRun(run.path))  # as it is on disk by now
    if not hasattr(search, "results_"):
        name = type(search).__name__
        raise NotFittedError(f"{owner} needs a run or a fitted search of skhpt, but this {name} is neither.")
    return _of_search(search)


def _of_run(run: StoredRun) -> ReportSubject:
    known = summary_of(run.path)
    n_begun = sum(len(stored.indices) * stored.n_trials for stored in run.rounds)
    state = {"status": run.status, "begun": run.created, "git": run.description.get("git")}
    state |= {"seconds": known["seconds"], "n_trials": len(run.trials), "n_begun": n_begun}
    table = run.cv_results_
    return ReportSubject(
        search=run,
        name=run.id,
        searcher=run.searcher,
        state=state | {"n_damaged": run.journal.n_damaged},
        described=run.search,
        settings=run.settings,
        versions={name: readable(version) for name, version in run.description["versions"].items()},
        results=results_table(*run.complete, table, deciding_score(run)) if table else pd.DataFrame(),
        best=best_row(run),
        best_history={} if run.best is None else read_history(run.best),
        failed=[trial for trial in run.trials if trial.error is not None],
        source=run.source,
    )


def _of_search(search: Any) -> ReportSubject:
    settings = search.get_params(deep=False)
    described = {name: describe(settings[name]) for name in ("estimator", "cv", *SPACES) if name in settings}
    shown = {name: readable(describe(value)) for name, value in settings.items() if name not in _NOT_SETTINGS}
    searcher = type(search).__name__
    return ReportSubject(
        search=search,
        name=searcher,
        searcher=searcher,
        state={"status": "fitted, not kept on disk", "n_trials": len(search.engine_report_)},
        described=described,
        settings=shown,
        versions=installed_versions(),
        results=search.results_,
        best=getattr(search, "best_index_", None),
        best_history=getattr(search, "best_history_", {}),
        failed=[],
        source={},
    )
