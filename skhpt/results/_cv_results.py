"""`cv_results_`: the table of scores, with the keys, types and values of scikit-learn's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from skhpt.trials import Candidate, TrialResult

Column = npt.NDArray[Any] | list[Any]


def score_table(
    candidates: Sequence[Candidate],
    trials: Sequence[TrialResult],
    *,
    error_score: float,
    shows_parameters: bool = False,
) -> dict[str, Column]:
    """The results of a search as scikit-learn's `cv_results_`.

    Parameters
    ----------
    candidates : sequence of Candidate
        In the order of the rows.
    trials : sequence of TrialResult
        Every trial of every candidate, ordered as these, then by repeat, then by fold.
    error_score : float
        The score of a trial that has none, because its fit failed.
    shows_parameters : bool, default=False
        Whether there is to be a column ``n_parameters``, if any trial has said how many parameters its model has.

    Returns
    -------
    dict of str to ndarray of shape (n_candidates,), masked array or list
        Of several halvings ``bracket``; of a halving ``iter`` and ``n_resources``. Then ``mean_fit_time``,
        ``std_fit_time``, ``mean_score_time``, ``std_score_time`` (seconds), ``param_*``, ``params``, and for each
        metric ``split*_test_*``, ``mean_test_*``, ``std_test_*``, ``rank_test_*``, with train scores likewise where
        they were recorded. With several repeats also ``std_folds_test_*``, the deviation over folds of the means over
        repeats, and ``std_repeats_test_*``, that over repeats of the means over folds.

    References
    ----------
    https://scikit-learn.org/stable/modules/generated/sklearn.model_selection.GridSearchCV.html
    """

    def by_candidate(values: Sequence[float]) -> npt.NDArray[np.float64]:
        return np.array(values, dtype=np.float64).reshape(len(candidates), -1)

    table = _budget_columns(trials[:: len(trials) // len(candidates)])
    table |= _mean_and_std("fit_time", by_candidate([trial.fit_seconds for trial in trials]))
    table |= _mean_and_std("score_time", by_candidate([trial.score_seconds for trial in trials]))
    table |= _parameter_columns(candidates)
    table["params"] = [dict(candidate.params) for candidate in candidates]
    if shows_parameters:
        table |= _parameter_counts(trials, len(candidates))
    n_repeats = 1 + max(trial.repeat for trial in trials)
    for metric in metric_names(trials):
        scores = by_candidate([trial.test_scores.get(metric, error_score) for trial in trials])
        table |= _splits(f"test_{metric}", scores) | _mean_and_std(f"test_{metric}", scores)
        table |= _spreads(f"test_{metric}", scores, n_repeats)
        table[f"rank_test_{metric}"] = _rank(scores.mean(axis=1))
        if trials[0].train_scores is not None:
            scores = by_candidate([(trial.train_scores or {}).get(metric, error_score) for trial in trials])
            table |= _splits(f"train_{metric}", scores) | _mean_and_std(f"train_{metric}", scores)
            table |= _spreads(f"train_{metric}", scores, n_repeats)
    return table


def failure_counts(trials: Sequence[TrialResult]) -> Counter[str]:
    """How many fits failed with each traceback."""
    return Counter(trial.error for trial in trials if trial.error is not None)


def metric_names(trials: Sequence[TrialResult]) -> list[str]:
    """The metrics' names: those of a trial that was scored, since a failed one does not know them."""
    return next((list(trial.test_scores) for trial in trials if trial.test_scores), ["score"])


def _budget_columns(trials: Sequence[TrialResult]) -> dict[str, Column]:
    """Bracket, rung and amount of each candidate's budget, with scikit-learn's names; nothing where there are none."""
    budgets = [trial.budget for trial in trials if trial.budget is not None]
    if not budgets:
        return {}
    brackets = [budget.bracket for budget in budgets if budget.bracket is not None]
    return {
        **({"bracket": np.array(brackets)} if brackets else {}),
        "iter": np.array([budget.rung for budget in budgets]),
        "n_resources": np.array([budget.amount for budget in budgets]),
    }


def _splits(name: str, scores: npt.NDArray[np.float64]) -> dict[str, Column]:
    return {f"split{fold}_{name}": scores[:, fold] for fold in range(scores.shape[1])}


def _mean_and_std(name: str, values: npt.NDArray[np.float64]) -> dict[str, Column]:
    means = np.average(values, axis=1)
    # scikit-learn's own expression: np.std differs from it in the last bits.
    deviations = np.sqrt(np.average((values - means[:, np.newaxis]) ** 2, axis=1))
    return {f"mean_{name}": means, f"std_{name}": deviations}


def _spreads(name: str, scores: npt.NDArray[np.float64], n_repeats: int) -> dict[str, Column]:
    """How much of the deviation is the folds', and how much is luck: seeds alone tell repeats apart."""
    if n_repeats == 1:  # the one is `std`, the other 0: scikit-learn has neither
        return {}
    runs = scores.reshape(len(scores), n_repeats, -1)
    return {
        f"std_folds_{name}": runs.mean(axis=1).std(axis=1),
        f"std_repeats_{name}": runs.mean(axis=2).std(axis=1),
    }


def _parameter_counts(trials: Sequence[TrialResult], n_candidates: int) -> dict[str, Column]:
    """How many parameters each candidate's model has; masked where no trial of it could say."""
    known = [trial.n_parameters for trial in trials]
    if not trials or all(count is None for count in known):
        return {}
    n_trials = len(trials) // n_candidates
    of_candidates = [known[place : place + n_trials] for place in range(0, len(known), n_trials)]
    counts = [next((count for count in own if count is not None), None) for own in of_candidates]
    return {"n_parameters": np.ma.MaskedArray([count or 0 for count in counts], [count is None for count in counts])}


def _rank(means: npt.NDArray[np.float64]) -> npt.NDArray[np.int32]:
    """Ranks from 1, best first, ties sharing the smallest; a NaN ties with the worst of the others below them."""
    if np.isnan(means).all():
        return np.ones_like(means, dtype=np.int32)
    worst = np.nanmin(means) - 1
    losses = -np.where(np.isnan(means), worst, means)
    return (np.searchsorted(np.sort(losses), losses, side="left") + 1).astype(np.int32)


def _parameter_columns(candidates: Sequence[Candidate]) -> dict[str, Column]:
    """A masked array a parameter; masked where a candidate does not set it."""
    values: dict[str, dict[int, Any]] = {}
    for row, candidate in enumerate(candidates):
        for name, value in candidate.params.items():
            values.setdefault(f"param_{name}", {})[row] = value
    return {name: _masked_column(column, len(candidates)) for name, column in values.items()}


def _masked_column(column: Mapping[int, Any], n_rows: int) -> np.ma.MaskedArray[Any, Any]:
    data = np.empty(n_rows, dtype=_column_dtype(list(column.values())))
    for row, value in column.items():
        data[row] = value
    # Not set in the masked array itself, where a value that is masked would have its mask set.
    return np.ma.MaskedArray(data, mask=[row not in column for row in range(n_rows)])


def _column_dtype(values: list[Any]) -> np.dtype[Any]:
    """The values' common type; object for strings and for whatever NumPy would stack to more than one dimension."""
    try:
        array = np.array(values)
    except Exception:  # noqa: BLE001 - sequences of different lengths, or what somebody's own objects raise
        return np.dtype(object)
    if array.ndim != 1 or array.dtype.kind == "U" or any(isinstance(value, np.ma.MaskedArray) for value in values):
        return np.dtype(object)
    # Of integers that no type holds together NumPy makes floats, and those of 2**63 and more are no pandas' integers.
    are_large = any(isinstance(value, int) and not -(2**63) <= value < 2**63 for value in values)
    return np.dtype(object) if are_large else array.dtype
