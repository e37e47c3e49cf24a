"""What a report says first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from skhpt.reporting._report_subject import ReportSubject
from skhpt.reporting._report_table import pairs
from skhpt.reporting._scale import SPACES
from skhpt.reporting._scores import read_scores
from skhpt.store import StoredRun, estimator_name, readable, shown, splitter_name

_LONGEST_SHAPE = 4  # axes, or outputs, of data

Pairs = list[tuple[str, str]]


def summary_of_subject(subject: ReportSubject) -> Pairs:
    """What was searched, on which data, how, and how far it came."""
    described, settings, state = subject.described, subject.settings, subject.state
    return pairs(
        (name, value)
        for name, value in {
            "Search": subject.searcher,
            "Estimator": estimator_name(described.get("estimator")),
            "Status": state["status"],
            "Data": _data(described),
            "Folds": splitter_name(described.get("cv")),
            "Scoring": settings.get("scoring"),
            "Engine": _engines(subject),
            "Candidates": _candidates(subject),
            "Trials": _trials(subject),
            "Begun": _minute(state.get("begun")),
            "Time": f"{shown(state['seconds'])} seconds" if "seconds" in state else None,
            "Git commit": _commit(state.get("git")),
            "Damaged records": state.get("n_damaged") or None,
        }.items()
        if value is not None
    )


def best_of_subject(subject: ReportSubject, owner: str) -> tuple[Pairs, Pairs]:
    """The best candidate's scores, and its parameters; nothing if there is none."""
    if subject.best is None:
        return [], []
    search, row = subject.search, subject.best
    scores, table = read_scores(search, None, owner), search.cv_results_
    metric = scores.metric
    folds = [float(np.asarray(table[name])[row]) for name in table if _is_of_fold(name, metric)]
    mean, std = scores.table["score"].iloc[row], scores.table["std"].iloc[row]
    facts: dict[str, Any] = {"Candidate": int(scores.table["candidate"].iloc[row])}
    facts[f"Mean {metric}"] = f"{shown(float(mean))}, standard deviation {shown(float(std))} over folds"
    facts["On each fold"] = ", ".join(map(shown, folds))
    if (corrected := _corrected(search)) is not None:
        score, low, high = map(shown, corrected)
        facts["Corrected score"] = f"{score}, 95 % interval from {low} to {high}"
    return pairs(facts.items()), pairs(table["params"][row].items())


def space_of_subject(subject: ReportSubject) -> list[Pairs]:
    """The parameters that were searched: of a conditional space one list for each of its parts."""
    spaces = [subject.described[name] for name in SPACES if subject.described.get(name) is not None]
    parts = [part for space in spaces for part in (space if isinstance(space, list) else [space])]
    return [
        pairs((name, readable(value)) for name, value in part.items())
        if isinstance(part, Mapping)
        else pairs([("Space", readable(part))])
        for part in parts
    ]


def _minute(time: Any) -> str | None:
    """Of a time in ISO 8601 as much as is read."""
    return f"{time[:10]} {time[11:16]} UTC" if isinstance(time, str) else None


def _commit(git: Any) -> str | None:
    if not isinstance(git, Mapping):
        return None
    changed = ", with changes that were not committed" if git.get("changed") else ""
    return f"{readable(git.get('commit'))}{changed}"


def _data(described: Mapping[str, Any]) -> str | None:
    said = [f"{name} {shape}" for name in ("X", "y") if (shape := _shape(described.get(name)))]
    return ", ".join(said) or None


def _shape(fingerprint: Any) -> str:
    """Rows and columns of what `fingerprint_of_rows` has described; nothing if it does not say."""
    shape = fingerprint.get("shape") if isinstance(fingerprint, Mapping) else None
    if not isinstance(shape, Sequence) or isinstance(shape, str):
        return ""
    return " x ".join(str(readable(length)) for length in shape[:_LONGEST_SHAPE])


def _engines(subject: ReportSubject) -> str | None:
    report = subject.search.engine_report_
    counts = Counter(report["engine"].tolist())
    n_programs = report["program"].nunique()
    said = ", ".join(f"{engine} ({count} trials)" for engine, count in counts.most_common())
    return f"{said}, {n_programs} compiled programs" if n_programs else said or None


def _candidates(subject: ReportSubject) -> str:
    means = [name for name in subject.results if str(name).partition("_")[0] == "mean"]
    n, n_scored = len(subject.results), int(subject.results[means[:1]].notna().to_numpy().sum())
    return f"{n} with all their trials" + (f", {n - n_scored} of them without a score" if n_scored < n else "")


def _trials(subject: ReportSubject) -> str:
    n_ended, n_begun = subject.state["n_trials"], subject.state.get("n_begun", 0)
    said = f"{n_ended} of {n_begun} that were asked for" if n_ended < n_begun else f"{n_ended}"
    return f"{said}, {len(subject.failed)} failed" if subject.failed else said


def _is_of_fold(name: str, metric: str) -> bool:
    return name.startswith("split") and name.endswith(f"_test_{metric}")


def _corrected(search: Any) -> tuple[float, float, float] | None:
    if isinstance(search, StoredRun):
        return search.correction
    if not hasattr(search, "corrected_score_"):
        return None
    return (search.corrected_score_, *search.corrected_interval_)
