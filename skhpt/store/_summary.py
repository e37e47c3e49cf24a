"""What a list of runs shows of one."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from skhpt.exceptions import RunError
from skhpt.results import OneStandardError
from skhpt.store._files import storing
from skhpt.store._journal import Record
from skhpt.store._layout import JOURNAL, SUMMARY
from skhpt.store._readable import readable
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
    """The row of `cv_results_` that the search has taken for the best.

    Of a search that has not come to that, the one with the best score among those that may win.
    """
    table = run.cv_results_
    if not table:
        return None
    if run.choice is not None:
        rows = [row for row, candidate in enumerate(run.complete[0]) if candidate.index == run.choice.candidate]
        if run.choice.row in rows:
            return run.choice.row
        return rows[-1] if rows else None  # of a candidate that came on from rung to rung, the last
    with reading("The journal"):
        means = np.asarray(table[deciding_score(run)], dtype=float)
        if "iter" in table:
            means = np.where(_may_win(run, means), means, math.nan)
        if np.isnan(means).all():
            return None
        if run.settings.get("refit") == "one-standard-error" and "n_parameters" in table:
            n_repeats = 1 + max(trial.repeat for trial in run.complete[1])
            return OneStandardError().best_index(table, np.flatnonzero(~np.isnan(means)), n_repeats)
        return int(np.nanargmax(means))


def deciding_score(run: StoredRun) -> str:
    """The column of `cv_results_` that decides: of several metrics the one that `refit` names, else the first."""
    if run.choice is not None and run.choice.score in run.cv_results_:
        return str(run.choice.score)
    refit = run.settings.get("refit")
    names = [name for name in run.cv_results_ if name.startswith("mean_test_")]
    return f"mean_test_{refit}" if f"mean_test_{refit}" in names else names[0]


def _may_win(run: StoredRun, means: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Of each row of a halving, whether it can be the best, as its search has it.

    Those of the last round of which all candidates are there; else of the last at all. With brackets, or once the
    target was reached, those that have all that there is to get, if there are any.
    """
    rounds = np.asarray(run.rounds_of_rows)
    candidates, trials = run.complete
    last = np.array(
        [trial.budget is not None and trial.budget.last for trial in trials[:: len(trials) // len(candidates)]]
    )
    if last.any() and ("bracket" in run.cv_results_ or _is_reached(run, means[last])):
        return last
    n_asked = {stored.number: len(stored.indices) for stored in run.rounds}
    complete = [number for number in np.unique(rounds) if np.sum(rounds == number) == n_asked.get(int(number))]
    return np.asarray(rounds == (max(complete) if complete else rounds.max()))


def _is_reached(run: StoredRun, means: npt.NDArray[np.float64]) -> bool:
    target = run.settings.get("target_score")
    return isinstance(target, (int, float)) and bool(np.any(means >= target))


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
