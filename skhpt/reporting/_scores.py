"""What pictures are drawn from: the candidates of a search, each with its score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.exceptions import NotFittedError

from skhpt.exceptions import nearest_name
from skhpt.results import short_names
from skhpt.store import StoredRun, deciding_score

_BUDGET = ("bracket", "iter", "n_resources")
COLUMNS = ("candidate", *_BUDGET, "score", "std", "seconds")
"""What a table may have beside parameters, none of which may be called like it."""


@dataclass(frozen=True)
class Scores:
    """The candidates whose trials have all ended, in the order of `cv_results_`.

    Parameters
    ----------
    table : DataFrame of shape (n_rows, n_columns)
        ``candidate``, of Hyperband ``bracket``, of a halving ``iter`` and ``n_resources``, then ``score`` (the mean
        over the folds, NaN where it is no number, as of a failed one), ``std`` (over the folds) and ``seconds`` of
        fitting and scoring, all folds together. Of a halving a row for each rung that the candidate was in.
    params : sequence of mapping of str to object
        The parameters of each row.
    metric : str
        What `score` is.
    n_fits : int
        How many trials a row stands for.
    """

    table: pd.DataFrame
    params: Sequence[Mapping[str, Any]]
    metric: str
    n_fits: int

    @property
    def names(self) -> dict[str, str]:
        """Every parameter that a candidate sets, with its short name."""
        return short_names(dict.fromkeys(name for params in self.params for name in params), taken=COLUMNS)

    @property
    def is_halving(self) -> bool:
        """Whether candidates were in rungs."""
        return "iter" in self.table

    @property
    def budget_name(self) -> str | None:
        """The parameter that is the budget of a halving; None where it is counted in samples."""
        if not self.is_halving:
            return None
        amounts = self.table["n_resources"].tolist()
        return next((name for name in self.names if [params.get(name) for params in self.params] == amounts), None)

    @property
    def best_first(self) -> pd.DataFrame:
        """A row a candidate, that of its last rung: what came further before the others, then by score."""
        last = self.table.drop_duplicates("candidate", keep="last")
        by = ["n_resources", "score"] if self.is_halving else ["score"]
        return last.sort_values(by, ascending=False, kind="stable", na_position="last")

    def of_last_rungs(self) -> Scores:
        """The same with a row a candidate, that of its last rung."""
        return self._where(~self.table["candidate"].duplicated(keep="last"))

    def on_equal_terms(self) -> Scores:
        """Of a halving the rows of one budget: the one on which most candidates have a score."""
        if not self.is_halving:
            return self
        counts = self.table.groupby("n_resources")["score"].count()
        return self._where(self.table["n_resources"] == counts[::-1].idxmax()).of_last_rungs()

    def _where(self, chosen: pd.Series) -> Scores:
        rows = np.flatnonzero(chosen).tolist()
        table = self.table.iloc[rows].reset_index(drop=True)
        return replace(self, table=table, params=[self.params[row] for row in rows])


def check_is_search(search: Any, owner: str) -> None:
    """Raise for the path of a run, which is not read unasked."""
    if isinstance(search, (str, Path)):
        raise TypeError(f"{owner} needs a search, and of a run what load_run({str(search)!r}) returns. Got a path.")


def read_scores(search: Any, metric: str | None, owner: str) -> Scores:
    """What a search has found.

    Parameters
    ----------
    search : searcher or LoadedRun
        Fitted.
    metric : str or None
        Of several the one to read; None is the one that decides.
    owner : str
        The function that asks.

    Raises
    ------
    TypeError
        If it is the path of a run.
    NotFittedError
        If there is nothing to read yet.
    ValueError
        If there is no such metric.
    """
    results = _results_of(search, owner)
    metric = _checked_metric(search, results, metric, owner)
    n_fits = sum(name.startswith("split") and name.endswith(f"_test_{metric}") for name in results)
    seconds = np.asarray(results["mean_fit_time"], dtype=float) + np.asarray(results["mean_score_time"], dtype=float)
    means = np.asarray(results[f"mean_test_{metric}"], dtype=float)
    columns = {
        "candidate": _candidates(search, len(results["params"]), n_fits),
        **{name: np.asarray(results[name]) for name in _BUDGET if name in results},
        "score": np.where(np.isfinite(means), means, np.nan),
        "std": np.asarray(results[f"std_test_{metric}"], dtype=float),
        "seconds": n_fits * seconds,
    }
    return Scores(pd.DataFrame(columns), results["params"], metric, n_fits)


def _results_of(search: Any, owner: str) -> Mapping[str, Any]:
    """Its `cv_results_`."""
    check_is_search(search, owner)
    results = getattr(search, "cv_results_", None)
    if not results:
        what = f"the run {search.id}" if isinstance(search, StoredRun) else f"this {type(search).__name__}"
        raise NotFittedError(
            f"{owner} needs a search with candidates whose trials have all ended, but {what} has none. Fit it first."
        )
    found: Mapping[str, Any] = results
    return found


def _checked_metric(search: Any, results: Mapping[str, Any], metric: str | None, owner: str) -> str:
    names = [name.removeprefix("mean_test_") for name in results if name.startswith("mean_test_")]
    if metric is None:
        return _deciding(search, names)
    if metric not in names:
        nearest = nearest_name(str(metric), names)
        hint = f" Did you mean {nearest!r}?" if nearest else ""
        raise ValueError(f"The 'metric' parameter of {owner} must be one of {names}. Got {metric!r} instead.{hint}")
    return metric


def _deciding(search: Any, names: Sequence[str]) -> str:
    """The metric that chooses: what `refit` names or goes by, else the first."""
    if isinstance(search, StoredRun):
        return deciding_score(search).removeprefix("mean_test_")
    refit = getattr(search, "refit", None)
    named = refit if isinstance(refit, str) else getattr(refit, "metric", None)
    return next((name for name in names if name == named), names[0])


def _candidates(search: Any, n_rows: int, n_fits: int) -> Any:
    """The candidate of each row of `cv_results_`, which lacks those that have not ended."""
    if isinstance(search, StoredRun):
        return [candidate.index for candidate in search.complete[0]]
    if not hasattr(search, "engine_report_"):  # scikit-learn's own
        return np.arange(n_rows)
    # The report has the trials of these rows first, in their order.
    return search.engine_report_["candidate"].to_numpy()[: n_rows * n_fits : n_fits]
