"""What a list of runs shows of one."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from skhpt.exceptions import RunError
from skhpt.results import OneStandardError
from skhpt.store._describe import readable
from skhpt.store._files import storing
from skhpt.store._journal import Record
from skhpt.store._layout import JOURNAL, SUMMARY
from skhpt.store._reading import as_text, is_file, read_json, reading
from skhpt.store._records import SESSION
from skhpt.store._stored_run import StoredRun


def summarise(path: Path) -> dict[str, Any]:
    """The state of a run, and its best candidate so far.

    Parameters
    ----------
    path : Path
        Its directory.

    Returns
    -------
    dict of str to object
        ``status``, ``n_candidates``, ``n_trials``, ``n_failed``, ``seconds`` that processes worked on it, ``best``
        (the scores of the best candidate, by the names of `cv_results_`), ``params`` (its parameters), and
        ``journal_bytes``, the length of the journal that it was made from.
    """
    run = StoredRun(path)
    row = best_row(run)
    table = run.cv_results_
    names = [name for name in table if name.startswith(("mean_test_", "std_test_"))]
    with reading("The journal"):
        return {
            "status": run.status,
            "n_candidates": len({index for stored in run.rounds for index in stored.indices}),
            "n_trials": len(run.trials),
            "n_failed": sum(trial.error is not None for trial in run.trials),
            "seconds": _seconds(run.journal.records),
            "best": {} if row is None else {name: float(table[name][row]) for name in names},
            "params": {} if row is None else table["params"][row],
            "journal_bytes": run.journal.n_bytes,
        }


def summary_of(path: Path) -> dict[str, Any]:
    """The summary of a run: as it was stored, if nothing was written since."""
    try:
        stored = _checked(read_json(path / SUMMARY))
        if is_file(path / JOURNAL) and stored["journal_bytes"] == (path / JOURNAL).stat().st_size:
            return stored
    except (OSError, RunError):
        pass  # none was written, as after a kill
    with storing(path):
        return summarise(path)


def _checked(stored: Any) -> dict[str, Any]:
    """The summary of a file, if each part of it is what `summarise` writes there."""
    with reading("The summary"):
        counts = {name: stored[name] for name in ("n_candidates", "n_trials", "n_failed", "journal_bytes")}
        if stored["status"] not in ("finished", "interrupted") or not all(map(_is_count, counts.values())):
            raise ValueError("status or counts")
        return counts | {
            "status": stored["status"],
            "seconds": float(stored["seconds"]),
            "best": {as_text(name): float(score) for name, score in stored["best"].items()},
            "params": {as_text(name): readable(value) for name, value in stored["params"].items()},
        }


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and 0 <= value < 2**53


def best_row(run: StoredRun) -> int | None:
    """The row of `cv_results_` with the best score by the metric that decides, in the last round that is complete."""
    table = run.cv_results_
    if not table:
        return None
    with reading("The journal"):
        means = np.asarray(table[deciding_score(run)], dtype=float)
        if "iter" in table:
            means = np.where(_in_last_round(run), means, math.nan)
        if np.isnan(means).all():
            return None
        if run.settings.get("refit") == "one-standard-error" and "n_parameters" in table:
            n_repeats = 1 + max(trial.repeat for trial in run.complete[1])
            return OneStandardError().best_index(table, np.flatnonzero(~np.isnan(means)), n_repeats)
        return int(np.nanargmax(means))


def deciding_score(run: StoredRun) -> str:
    """The column of `cv_results_` that decides: of several metrics the one that `refit` names, else the first."""
    refit = run.settings.get("refit")
    names = [name for name in run.cv_results_ if name.startswith("mean_test_")]
    return f"mean_test_{refit}" if f"mean_test_{refit}" in names else names[0]


def _in_last_round(run: StoredRun) -> Any:
    """Of each row, whether it is of the last round of which all candidates are there; else of the last at all."""
    rungs = np.asarray(run.cv_results_["iter"])
    n_asked = {stored.number: len(stored.indices) for stored in run.rounds}
    complete = [rung for rung in np.unique(rungs) if np.sum(rungs == rung) == n_asked.get(int(rung))]
    return rungs == (max(complete) if complete else rungs.max())


def _seconds(records: list[Record]) -> float:
    """From the beginning of each session to its last record."""
    total, begin, last = 0.0, None, 0.0
    for record in records:
        time = float(record.get("time", last))
        if record.get("kind") == SESSION:
            total += 0.0 if begin is None else last - begin
            begin = time
        last = time
    return total + (0.0 if begin is None else last - begin)
