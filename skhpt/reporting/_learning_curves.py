"""Learning curves: a metric by epoch, candidate by candidate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.exceptions import NotFittedError

from skhpt._matplotlib import axes_for
from skhpt.exceptions import nearest_name
from skhpt.reporting._axis import parameter_axes
from skhpt.reporting._frame import curve_range
from skhpt.reporting._labels import described, literal, room
from skhpt.reporting._scores import Scores, check_is_search, read_scores
from skhpt.store import shortened

_KEYS = ["candidate", "fold", "repeat"]
_NOT_METRICS = {*_KEYS, "iter", "epoch", "epoch_seconds"}
_SIZE = 7  # points, of the legend
_LINE = 8  # characters that its lines and margins take


def learning_curves(search: Any, ax: Any = None, *, metric: str | None = None, n_best: int = 5) -> Any:
    """Draw a metric by epoch for each candidate: its mean over the folds, and how far these are apart.

    Parameters
    ----------
    search : searcher or LoadedRun
        Fitted, on networks or whatever keeps a history.
    ax : matplotlib.axes.Axes or None, default=None
        Where to; None is a new figure.
    metric : str or None, default=None
        A column of `histories_`. None is the loss: ``test_loss`` where it was recorded, else ``val_loss``, else
        ``loss``.
    n_best : int, default=5
        How many candidates are in colour, with a band of one standard deviation over folds: those with the best scores,
        of a halving those of the last rung before others. The others are grey.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    NotFittedError
        If nothing has been trained.
    ValueError
        If no epochs were recorded, there is no such metric, or `n_best` is negative.
    MissingExtraError
        If matplotlib is not installed.

    See Also
    --------
    learning_curves_data : What is drawn.

    Notes
    -----
    At each epoch the mean is that of the trials which got there: after some have stopped early it is the others'.
    Curves that went off by themselves, as of a diverged candidate, leave the picture and do not flatten the others.
    """
    if n_best < 0:
        raise ValueError(f"The 'n_best' parameter of learning_curves must be 0 or more. Got {n_best!r} instead.")
    data = learning_curves_data(search, metric=metric)
    ax = axes_for(ax, "learning_curves")
    named = _named(search)
    curves = dict(iter(data.groupby("rank")))
    for rank in sorted(curves, reverse=True):  # the best on top
        _draw_curve(ax, curves[rank], rank - 1 if rank <= n_best else None, named)
    if limits := curve_range([curve["mean"].to_numpy() for curve in curves.values()]):
        ax.set_ylim(limits)
    ax.set_xlabel("epoch")
    ax.set_ylabel(literal(data["metric"].iloc[0]))
    ax.xaxis.get_major_locator().set_params(integer=True)
    handles, labels = ax.get_legend_handles_labels()
    if handles:
        ax.legend(handles[::-1], labels[::-1], fontsize=_SIZE, framealpha=0.8)
    return ax


def learning_curves_data(search: Any, *, metric: str | None = None) -> pd.DataFrame:
    """What `learning_curves` draws.

    Parameters
    ----------
    search, metric
        As of `learning_curves`.

    Returns
    -------
    pandas.DataFrame of shape (n_epochs_of_all_candidates, 7)
        ``candidate``, ``rank`` (from 1, the best score first), ``metric``, ``epoch`` (from 1), ``mean`` and ``std``
        over the folds, ``n_trials`` that got there. Of trials that went on from rung to rung all epochs, of those that
        started over the last rung's.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from skhpt import GridSearchCV, plots
    >>> search = GridSearchCV(KNeighborsClassifier(), {"n_neighbors": [1, 9]}, cv=3).fit(*load_wine(return_X_y=True))
    >>> plots.learning_curves_data(search)
    Traceback (most recent call last):
    ValueError: learning_curves needs the epochs of trials, but no trial of this GridSearchCV has left a history.
    """
    check_is_search(search, "learning_curves")
    histories = getattr(search, "histories_", None)
    name = type(search).__name__
    if histories is None:
        raise NotFittedError(f"learning_curves needs a fitted search of skhpt, but this {name} is none. Fit it.")
    if histories.empty:
        raise ValueError(f"learning_curves needs the epochs of trials, but no trial of this {name} has left a history.")
    metric = _checked_metric(histories, metric)
    trained = _as_trained(histories)
    by_fold = trained.groupby(["candidate", "epoch", "fold"])[metric].mean()
    by_epoch = by_fold.groupby(["candidate", "epoch"])
    table = pd.DataFrame({"mean": by_epoch.mean(), "std": by_epoch.std(ddof=0)})
    table["n_trials"] = trained.groupby(["candidate", "epoch"])[metric].count()
    table = table.reset_index()
    ranks = _ranks(search, trained["candidate"].unique())
    table.insert(1, "rank", table["candidate"].map(ranks))
    table.insert(2, "metric", metric)
    return table.sort_values(["rank", "epoch"], ignore_index=True)


def metrics_of(histories: pd.DataFrame) -> list[str]:
    """The columns of `histories_` that are metrics."""
    return [name for name in histories if name not in _NOT_METRICS]


def _checked_metric(histories: pd.DataFrame, metric: str | None) -> str:
    metrics = metrics_of(histories)
    if metric is None:
        return next((name for name in ("test_loss", "val_loss", "loss") if name in metrics), metrics[0])
    if metric not in metrics:
        nearest = nearest_name(str(metric), metrics)
        hint = f" Did you mean {nearest!r}?" if nearest else ""
        raise ValueError(
            f"The 'metric' parameter of learning_curves must be one of {metrics}. Got {metric!r} instead.{hint}"
        )
    return metric


def _as_trained(histories: pd.DataFrame) -> pd.DataFrame:
    """The epochs of each trial's last training, all rungs together where it went on from one to the next."""
    if "iter" not in histories:
        return histories
    begins = histories.groupby([*_KEYS, "iter"])["epoch"].min().reset_index()
    last = begins[begins["epoch"] == 1].groupby(_KEYS)["iter"].max().rename("last_begin").reset_index()
    marked = histories.merge(last, on=_KEYS, how="left")
    return marked[marked["iter"] >= marked["last_begin"].fillna(0)].drop(columns="last_begin")


def _ranks(search: Any, candidates: Sequence[int]) -> dict[int, int]:
    """From 1; candidates without a score, as those whose trials have not all ended, come last."""
    scores = _scores(search)
    scored = [] if scores is None else scores.best_first["candidate"].tolist()
    order = [each for each in dict.fromkeys([*scored, *candidates]) if each in set(candidates)]
    return {candidate: place for place, candidate in enumerate(order, 1)}


def _named(search: Any) -> dict[int, str]:
    """What each candidate is called: by the parameters that differ."""
    scores = _scores(search)
    if scores is None:
        return {}
    shown = {axis.name for axis in parameter_axes(scores, {}, None, "learning_curves")}
    names = {name: short for name, short in scores.names.items() if short in shown and name != scores.budget_name}
    named = zip(scores.table["candidate"], scores.params, strict=True)
    return {candidate: described(params, names) for candidate, params in named}


def _scores(search: Any) -> Scores | None:
    """None of a search that was interrupted before a candidate was complete."""
    return read_scores(search, None, "learning_curves") if getattr(search, "cv_results_", None) else None


def _draw_curve(ax: Any, curve: pd.DataFrame, place: int | None, named: dict[int, str]) -> None:
    """A candidate's curve, in colour if it has a place among the best."""
    epochs, mean, std = (curve[name].to_numpy(dtype=float) for name in ("epoch", "mean", "std"))
    marker = "o" if len(epochs) == 1 else None
    if place is None:
        ax.plot(epochs, mean, color="0.8", linewidth=0.7, marker=marker, markersize=2, zorder=1)
        return
    colour, style = f"C{place % 10}", ["-", "--", ":", "-."][place // 10 % 4]
    candidate = int(curve["candidate"].iloc[0])
    label = f"{candidate}: {named[candidate]}" if named.get(candidate) else f"candidate {candidate}"
    label = literal(shortened(label, max(room(ax, 1, _SIZE) - _LINE, 12)))
    zorder = 3 + 1 / (1 + place)
    ax.plot(epochs, mean, color=colour, linestyle=style, marker=marker, markersize=4, zorder=zorder, label=label)
    if np.isfinite(std).any():
        ax.fill_between(epochs, mean - std, mean + std, color=colour, alpha=0.15, linewidth=0, zorder=2)
