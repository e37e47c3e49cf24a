"""The best score so far, as the search goes on."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pandas as pd

from skhpt._matplotlib import axes_for
from skhpt.reporting._frame import frame_scores
from skhpt.reporting._labels import literal
from skhpt.reporting._scores import Scores, read_scores

_LABELS = {"seconds": "seconds of fitting and scoring", "fits": "fits", "epochs": "epochs trained"}


def best_so_far(
    search: Any, ax: Any = None, *, metric: str | None = None, by: Literal["seconds", "fits", "epochs"] = "seconds"
) -> Any:
    """Draw the best score that a search had found, by what it had spent until then.

    Parameters
    ----------
    search : searcher or LoadedRun
        Fitted.
    ax : matplotlib.axes.Axes or None, default=None
        Where to; None is a new figure.
    metric : str or None, default=None
        The score, of several; None is the one that decides.
    by : {"seconds", "fits", "epochs"}, default="seconds"
        Seconds are those of fitting and scoring, added up over trials, also over those that ran side by side; of trials
        that were trained together each has its share.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    NotFittedError
        If there is no score yet.
    ValueError
        If `by` is none of these, or no epochs were recorded.
    MissingExtraError
        If matplotlib is not installed.

    See Also
    --------
    best_so_far_data : What is drawn.

    Notes
    -----
    Candidates come in the order in which the search asked for them. Of a halving every rung counts, a score on a small
    budget as much as any.
    """
    data = best_so_far_data(search, metric=metric)
    _check_by(by, data)
    scores = read_scores(search, metric, "best_so_far")
    ax = axes_for(ax, "best_so_far")
    spent, found, best = (data[name].to_numpy(dtype=float) for name in (by, "score", "best"))
    ax.scatter(spent, found, s=12, color="0.65", linewidths=0, label="candidates", zorder=1)
    ax.step(spent, best, where="post", color="C0", label="best so far", zorder=2)
    better = np.diff(best, prepend=np.nan) != 0
    ax.scatter(spent[better], best[better], s=24, color="C0", linewidths=0, zorder=3)
    frame_scores(ax, found)
    ax.set_xlabel(_LABELS[by])
    ax.locator_params(axis="x", nbins=5)  # short searches have long numbers
    ax.set_ylabel(literal(scores.metric))
    ax.legend(fontsize="small", loc="best", framealpha=0.8)
    return ax


def best_so_far_data(search: Any, *, metric: str | None = None) -> pd.DataFrame:
    """What `best_so_far` draws.

    Parameters
    ----------
    search, metric
        As of `best_so_far`.

    Returns
    -------
    pandas.DataFrame of shape (n_rows_of_cv_results_, n_columns)
        ``candidate``, of Hyperband ``bracket``, of a halving ``iter`` and ``n_resources``, ``score``, ``best`` so far,
        and what was spent until it had its score: ``seconds``, ``fits`` and, where they were recorded, ``epochs``.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from skhpt import GridSearchCV, plots
    >>> grid = {"n_neighbors": [9, 1, 5]}
    >>> search = GridSearchCV(KNeighborsClassifier(), grid, cv=3).fit(*load_wine(return_X_y=True))
    >>> plots.best_so_far_data(search).drop(columns="seconds").round(2)
       candidate  score  best  fits
    0          0   0.67  0.67     3
    1          1   0.72  0.72     6
    2          2   0.66  0.72     9
    """
    scores = read_scores(search, metric, "best_so_far")
    table = scores.table.drop(columns=["std", "seconds"])
    table["best"] = scores.table["score"].fillna(-np.inf).cummax().replace(-np.inf, np.nan)
    table["seconds"] = scores.table["seconds"].cumsum()
    table["fits"] = scores.n_fits * np.arange(1, len(table) + 1)
    if (epochs := _epochs(search, scores)) is not None:
        table["epochs"] = epochs.cumsum()
    return table


def _epochs(search: Any, scores: Scores) -> Any:
    """How many epochs each row took, if anybody knows: there is a row of `histories_` for each."""
    histories = getattr(search, "histories_", None)
    if histories is None or histories.empty:
        return None
    keys = ["candidate", "iter"] if scores.is_halving else ["candidate"]
    counts = histories.groupby(keys).size().rename("n_epochs")
    found = scores.table[keys].merge(counts, how="left", left_on=keys, right_index=True)["n_epochs"]
    return found.fillna(0).astype(int)


def _check_by(by: str, data: pd.DataFrame) -> None:
    if by not in _LABELS:
        raise ValueError(f"The 'by' parameter of best_so_far must be one of {list(_LABELS)}. Got {by!r} instead.")
    if by not in data:
        raise ValueError("best_so_far(by='epochs') needs the epochs of trials, but the estimator keeps no history.")
