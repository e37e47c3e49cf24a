"""What of a report unfolds: histories, failures and code."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from skhpt.reporting._learning_curves import learning_curves_data, metrics_of
from skhpt.reporting._report_subject import ReportSubject
from skhpt.reporting._report_table import ReportTable, cut, line, report_table, thinned
from skhpt.store import error_line
from skhpt.trials import TrialResult

_N_BEST, _MOST_EPOCHS, _MOST_METRICS = 5, 50, 12
_MOST_KINDS, _MOST_NAMED, _LONGEST_TRACEBACK = 20, 5, 8_000
_LONGEST_SOURCE = 200_000  # characters of all files together


@dataclass(frozen=True)
class Text:
    """A text with a title: the traceback of a failure, or a file of code."""

    title: str
    note: str
    text: str


def history_tables(subject: ReportSubject) -> list[ReportTable]:
    """The refit's history and those of the best candidates: a row an epoch, the means over folds."""
    tables = []
    if subject.best_history:
        refit = pd.DataFrame(dict(list(subject.best_history.items())[:_MOST_METRICS]))
        refit.insert(0, "epoch", range(1, len(refit) + 1), allow_duplicates=True)
        tables.append(_history(refit, "The refit of the best candidate on all data"))
    histories = getattr(subject.search, "histories_", None)
    if histories is None or histories.empty:
        return tables
    metrics = metrics_of(histories)[:_MOST_METRICS]
    curves = {metric: learning_curves_data(subject.search, metric=metric) for metric in metrics}
    keys = ["rank", "candidate", "epoch"]
    means = pd.concat({name: data.set_index(keys)["mean"] for name, data in curves.items()}, axis=1).reset_index()
    for (rank, candidate), rows in means[means["rank"] <= _N_BEST].groupby(["rank", "candidate"]):
        caption = f"Candidate {candidate}, {'the best' if rank == 1 else f'number {rank}'}: means over folds"
        tables.append(_history(rows.drop(columns=["rank", "candidate"]), caption))
    return tables


def failure_texts(subject: ReportSubject) -> tuple[list[Text], int]:
    """A traceback of each kind of failure, the most frequent first, and how many kinds are left out."""
    by_error: dict[str, list[TrialResult]] = defaultdict(list)
    for trial in subject.failed:
        by_error[error_line(trial.error or "")].append(trial)
    kinds = sorted(by_error.items(), key=lambda kind: -len(kind[1]))
    texts = [
        Text(f"{len(trials)} x {line(error, 200)}", _named(trials), cut(trials[0].error or "", _LONGEST_TRACEBACK))
        for error, trials in kinds[:_MOST_KINDS]
    ]
    return texts, len(kinds) - len(texts)


def source_texts(source: Mapping[str, str]) -> list[Text]:
    """The files of code, of each as much as there is room for."""
    share = _LONGEST_SOURCE // max(len(source), 1)
    return [Text(line(name), "", cut(code, share)) for name, code in source.items()]


def candidates_of(subject: ReportSubject) -> ReportTable:
    """The table of candidates."""
    table = subject.results.copy()
    table.insert(0, "candidate", table.index, allow_duplicates=True)
    return report_table(table, "candidates")


def _history(table: pd.DataFrame, what: str) -> ReportTable:
    shown = thinned(table, _MOST_EPOCHS)
    made = report_table(shown, "epochs")
    how_many = f"{len(shown)} of {len(table)} epochs" if len(shown) < len(table) else f"{len(table)} epochs"
    return ReportTable(f"{what}, {how_many}", made.heads, made.numeric, made.rows)


def _named(trials: list[TrialResult]) -> str:
    first = [f"candidate {trial.candidate} on fold {trial.fold}" for trial in trials[:_MOST_NAMED]]
    more = len(trials) - len(first)
    return f"{', '.join(first)}{f' and {more} more' if more else ''}. The traceback of the first:"
