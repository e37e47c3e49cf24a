"""Halving's rungs: the score by the budget."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from skhpt._matplotlib import axes_for
from skhpt.reporting._frame import frame_scores
from skhpt.reporting._labels import label_places, literal
from skhpt.reporting._scores import read_scores


def rungs(search: Any, ax: Any = None, *, metric: str | None = None) -> Any:
    """Draw each candidate's score from rung to rung: who goes on is a full point, who does not an empty one.

    Parameters
    ----------
    search : searcher or LoadedRun
        A fitted halving, Hyperband included, whose brackets have a colour each.
    ax : matplotlib.axes.Axes or None, default=None
        Where to; None is a new figure.
    metric : str or None, default=None
        The score; None is the one that decides.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    NotFittedError
        If there is no score yet.
    ValueError
        If the search is no halving.
    MissingExtraError
        If matplotlib is not installed.

    See Also
    --------
    rungs_data : What is drawn.
    """
    scores = read_scores(search, metric, "rungs")
    data = rungs_data(search, metric=metric)
    ax = axes_for(ax, "rungs")
    brackets = list(data.groupby("bracket")) if "bracket" in data else [(None, data)]
    for place, (bracket, rows) in enumerate(sorted(brackets, key=lambda each: -(each[0] or 0))):
        label = "goes on" if bracket is None else f"bracket {bracket}"
        _draw_bracket(ax, rows, place, (place - (len(brackets) - 1) / 2), label)
    frame_scores(ax, data["score"])
    ax.scatter([], [], s=20, facecolors="white", edgecolors="dimgray", linewidths=0.8, label="dropped")
    _label_budgets(ax, data["n_resources"].to_numpy(), scores.names.get(scores.budget_name or "", "n_samples"))
    ax.set_ylabel(literal(scores.metric))
    ax.legend(fontsize="small", loc="best", framealpha=0.8)
    return ax


def rungs_data(search: Any, *, metric: str | None = None) -> pd.DataFrame:
    """What `rungs` draws.

    Parameters
    ----------
    search, metric
        As of `rungs`.

    Returns
    -------
    pandas.DataFrame of shape (n_candidates_of_all_rungs, n_columns)
        Of Hyperband ``bracket``, then ``iter`` (the rung), ``candidate``, ``n_resources`` (its budget), ``score`` and
        ``std`` over the folds, ``survives``: whether it is in the next rung, or in the last one that there was.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from skhpt import HalvingGridSearchCV, plots
    >>> grid = {"n_neighbors": [1, 3, 9]}
    >>> search = HalvingGridSearchCV(KNeighborsClassifier(), grid, cv=3, min_resources=50, random_state=0)
    >>> plots.rungs_data(search.fit(*load_wine(return_X_y=True))).drop(columns="std").round(2)
       iter  candidate  n_resources  score  survives
    0     0          0           50   0.71      True
    1     0          1           50   0.60     False
    2     0          2           50   0.65     False
    3     1          0          150   0.74      True
    """
    scores = read_scores(search, metric, "rungs")
    if not scores.is_halving:
        raise ValueError(
            "rungs needs a search with rungs, such as HalvingGridSearchCV or HyperbandSearchCV. "
            f"Got {getattr(search, 'searcher', type(search).__name__)}."
        )
    table = scores.table.copy()
    bracket = ["bracket"] if "bracket" in table else []
    last = table.groupby(bracket)["iter"].transform("max") if bracket else table["iter"].max()
    table["survives"] = table["candidate"].duplicated(keep="last") | (table["iter"] == last)
    table = table[[*bracket, "iter", "candidate", "n_resources", "score", "std", "survives"]]
    # Hyperband has rounds of all brackets by turns.
    return table.sort_values([*bracket, "iter"], kind="stable", ignore_index=True)


def _draw_bracket(ax: Any, rows: pd.DataFrame, place: int, shift: float, label: str) -> None:
    """Lines of candidates, and their points: those of brackets beside each other, where they share a budget."""
    colour = f"C{place % 10}"
    across = rows["n_resources"].to_numpy(dtype=float) * np.exp(0.06 * shift)
    up, candidates, stays = (rows[name].to_numpy() for name in ("score", "candidate", "survives"))
    for candidate in np.unique(candidates):
        own = candidates == candidate
        ax.plot(across[own], up[own], color=colour, linewidth=0.8, alpha=0.5, zorder=1)
    ax.scatter(
        across[~stays],
        up[~stays],
        s=20,
        facecolors="white",
        edgecolors=colour,
        linewidths=0.8,
        zorder=2,
    )
    ax.scatter(across[stays], up[stays], s=22, color=colour, linewidths=0, zorder=3, label=label)


def _label_budgets(ax: Any, amounts: Any, name: str) -> None:
    """A logarithmic axis with a tick at each budget."""
    budgets = np.unique(amounts)
    ax.set_xscale("log")
    ax.minorticks_off()
    label_places(ax, budgets, [f"{amount:g}" for amount in budgets])
    ax.set_xlabel(literal(name))
