"""A search as a page to look at, to send and to keep."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from skhpt.reporting._report_details import candidates_of, failure_texts, history_tables, source_texts
from skhpt.reporting._report_page import ReportPage, as_html
from skhpt.reporting._report_pictures import OWNER, report_pictures
from skhpt.reporting._report_subject import ReportSubject, report_subject
from skhpt.reporting._report_summary import best_of_subject, space_of_subject, summary_of_subject
from skhpt.reporting._report_table import pairs
from skhpt.store import StoredRun, installed_versions, reading


def export_report(
    search: Any, file: str | os.PathLike[str] | None = None, runs_dir: str | os.PathLike[str] = "runs"
) -> str | None:
    """Write a report on a search, finished or not: one file of HTML, which needs no network.

    It has a summary, the best candidate, a table of candidates that sorts and filters, the pictures of `skhpt.plots`
    that apply, histories of the best candidates, failures, the source of what was searched, and versions.

    Parameters
    ----------
    search : str, path, LoadedRun or searcher
        A run's id or directory, what `load_run` returned, or a fitted search.
    file : str, path or None, default=None
        Where to write. None returns the text.
    runs_dir : str or path, default="runs"
        Where to look for an id.

    Returns
    -------
    str or None
        The text, if no file was given.

    Raises
    ------
    MissingExtraError
        If jinja2 is not installed. Without matplotlib or optuna the report says which pictures are left out.
    NotFittedError
        If it is a searcher that is not fitted.
    RunNotFoundError
        If there is no such run.
    DamagedRunError
        If it can't be read.

    Notes
    -----
    Whatever users have named is text in it, and nothing of a run is executed. The page is a few megabytes at most,
    however large the search: the table has the best 1,000 candidates, with 60 columns and 80 characters a cell;
    pictures of many points are of pixels; of histories there are those of the best five candidates, with up to 50
    epochs, evenly spread; of failures 20 kinds; of the source 200,000 characters.

    Examples
    --------
    >>> import tempfile
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skhpt import GridSearchCV, export_report
    >>> runs_dir = tempfile.mkdtemp()
    >>> search = GridSearchCV(LogisticRegression(max_iter=500), {"C": [0.01, 1.0]}, cv=3, runs_dir=runs_dir)
    >>> search = search.fit(*load_iris(return_X_y=True))
    >>> export_report(search.run_.id, f"{runs_dir}/report.html", runs_dir)
    >>> page = export_report(search)
    >>> page[:15], "All 2 candidates" in page
    ('<!DOCTYPE html>', True)
    """
    subject = report_subject(search, runs_dir, OWNER)
    run = subject.search
    with reading(str(run.path)) if isinstance(run, StoredRun) else nullcontext():
        text = as_html(_page(subject), OWNER)
    if file is None:
        return text
    Path(file).write_text(text, encoding="utf-8", newline="")
    return None


def _page(subject: ReportSubject) -> ReportPage:
    best, best_params = best_of_subject(subject, OWNER)
    summary = summary_of_subject(subject)
    pictures, notes = report_pictures(subject.search)
    failures, n_failures_left_out = failure_texts(subject)
    ((name, _),) = pairs([(subject.name, None)])
    return ReportPage(
        name=name,
        lead=_lead(dict(summary), dict(best)),
        summary=summary,
        space=space_of_subject(subject),
        best=best,
        best_params=best_params,
        candidates=candidates_of(subject),
        pictures=pictures,
        notes=notes,
        histories=history_tables(subject),
        failures=failures,
        n_failures_left_out=n_failures_left_out,
        source=source_texts(subject.source),
        settings=pairs(subject.settings.items()),
        versions=pairs(subject.versions.items()),
        written_by=installed_versions()["skhpt"],
    )


def _lead(summary: Mapping[str, str], best: Mapping[str, str]) -> str:
    """The report in a sentence or two."""
    said = f"{summary['Search']} of {summary.get('Estimator', 'an estimator')}: {summary['Status']}."
    score = next((f" Best {name.lower()}: {text}." for name, text in best.items() if name.startswith("Mean ")), "")
    return f"{said}{score}"
