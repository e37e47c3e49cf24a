"""`results_`: a row a candidate, to be read."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from skhpt.results._columns import column
from skhpt.results._cv_results import Column
from skhpt.results._short_names import short_names
from skhpt.trials import Candidate, TrialResult

_RUNGS = {"bracket": "bracket", "rung": "iter"}
_OWN = {"rank", *_RUNGS, "epochs", "seconds", "engine"}


def results_table(
    candidates: Sequence[Candidate], trials: Sequence[TrialResult], table: Mapping[str, Column], score: str
) -> pd.DataFrame:
    """What has come of each candidate, the best first.

    Parameters
    ----------
    candidates : sequence of Candidate
        Those of the rows of `table`.
    trials : sequence of TrialResult
        All of theirs, in the same order.
    table : mapping of str to column
        `cv_results_`.
    score : str
        The column of it that decides, ``mean_test_<metric>``.

    Returns
    -------
    pandas.DataFrame of shape (n_candidates, n_columns), indexed by candidate
        ``rank``, of halvings ``bracket`` and ``rung`` (the last that a candidate has reached), the parameters by short
        names, ``mean`` and ``std`` of the score over folds (of several metrics ``mean_<metric>`` and
        ``std_<metric>``), ``epochs`` (for how many it was trained, the mean over folds; only where there are
        histories), ``seconds`` that all fits and scores took, those of earlier rungs included, and ``engine``. A
        candidate that got further ranks before one that did not, whatever their scores.

    Examples
    --------
    >>> from skhpt.results import score_table
    >>> from skhpt.trials import TrialStatus
    >>> candidates = [Candidate(0, {"model__units": 8}), Candidate(1, {"model__units": 16})]
    >>> trials = [TrialResult(candidate, 0, 0, TrialStatus.COMPLETED, {"score": score}, None, False, 1.0, 0.5)
    ...           for candidate, score in enumerate([0.7, 0.9])]
    >>> table = score_table(candidates, trials, error_score=0.0)
    >>> results_table(candidates, trials, table, "mean_test_score").drop(columns="engine")
               rank  units  mean  std  seconds
    candidate
    1             1     16   0.9  0.0      1.5
    0             2      8   0.7  0.0      1.5
    """
    last = {candidate.index: row for row, candidate in enumerate(candidates)}  # of one in several rungs, the last
    rows = list(last.values())
    n_trials = len(trials) // len(candidates)
    own = [trials[row * n_trials : (row + 1) * n_trials] for row in rows]
    seconds = dict.fromkeys(last, 0.0)
    for trial in trials:
        seconds[trial.candidate] += trial.fit_seconds + trial.score_seconds
    columns: dict[str, Any] = {"rank": _ranks(table, score, rows)}
    columns |= {name: np.asarray(table[key])[rows] for name, key in _RUNGS.items() if key in table}
    scores = _score_names(table)
    columns |= _parameters([candidates[row].params for row in rows], taken={*_OWN, *scores})
    columns |= {name: np.asarray(table[key])[rows] for name, key in scores.items()}
    epochs = list(map(_mean_epochs, own))
    columns |= {"epochs": column(epochs)} if any(count is not None for count in epochs) else {}
    columns["seconds"] = list(seconds.values())
    columns["engine"] = [", ".join(sorted({trial.engine for trial in group})) for group in own]
    shown = pd.DataFrame({name: pd.Series(values) for name, values in columns.items()})
    shown.index = pd.Index(list(last), name="candidate")
    return shown.sort_values("rank", kind="stable")


def _ranks(table: Mapping[str, Column], score: str, rows: Sequence[int]) -> list[int]:
    """The place of each of these rows: by how far it got, then by its score, those without one last."""
    means = np.nan_to_num(np.asarray(table[score], dtype=float)[rows], nan=-np.inf)
    # Brackets begin with different budgets, so of theirs the budget says who got further; rungs may have equal ones.
    steps = table.get("n_resources" if "bracket" in table else "iter", np.zeros(len(table[score])))
    keys = list(zip(np.asarray(steps)[rows].tolist(), means.tolist(), strict=True))
    places: dict[tuple[float, float], int] = {}
    for place, key in enumerate(sorted(keys, reverse=True), start=1):
        places.setdefault(key, place)
    return [places[key] for key in keys]


def _score_names(table: Mapping[str, Column]) -> dict[str, str]:
    """The columns of scores by the names that they get."""
    keys = [key for key in table if key.startswith(("mean_test_", "std_test_"))]
    several = sum(key.startswith("mean_test_") for key in keys) > 1
    return {key.replace("_test_", "_") if several else key.partition("_")[0]: key for key in keys}


def _parameters(settings: Sequence[Mapping[str, Any]], taken: Collection[str]) -> dict[str, Any]:
    names = short_names((name for params in settings for name in params), taken)
    return {short: column([params.get(name) for params in settings]) for name, short in names.items()}


def _mean_epochs(trials: Sequence[TrialResult]) -> float | int | None:
    """For how many epochs a candidate was trained; None if it keeps no history."""
    counts = [trial.epochs[-1].epoch for trial in trials if trial.epochs]
    if not counts:
        return None
    mean = sum(counts) / len(counts)
    return int(mean) if mean.is_integer() else mean
