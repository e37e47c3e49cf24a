"""The score by one parameter."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from skhpt._matplotlib import axes_for
from skhpt.reporting._axis import ParameterAxis, parameter_axes
from skhpt.reporting._frame import frame_scores
from skhpt.reporting._labels import label_places, literal
from skhpt.reporting._parameter_table import parameter_table
from skhpt.reporting._scale import scales_in
from skhpt.reporting._scores import Scores, read_scores

_BOX_FROM = 5  # points, from where on a box says more than they do
_FEW_DECADES = 1000  # as the greatest over the least
_SPREAD = 0.3  # of the width between two options, over which their points are spread


def score_by_parameter(search: Any, param: str, ax: Any = None, *, metric: str | None = None) -> Any:
    """Draw each candidate's score by what it sets one parameter to.

    Parameters
    ----------
    search : searcher or LoadedRun
        Fitted.
    param : str
        The parameter, or what its name ends with where no other's does: ``"units"`` for ``"model__units"``.
    ax : matplotlib.axes.Axes or None, default=None
        Where to; None is a new figure.
    metric : str or None, default=None
        The score, of several; None is the one that decides.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    NotFittedError
        If there is no score yet.
    ValueError
        If no candidate sets the parameter.
    MissingExtraError
        If matplotlib is not installed.

    See Also
    --------
    score_by_parameter_data : What is drawn.

    Notes
    -----
    Numbers are on an axis, which is logarithmic where their distribution is or, if it does not tell, where they are.
    Other values have a column of points each, and a box where they are many. Candidates without a score are crosses at
    the bottom; those that do not set the parameter are left out. Of a halving each has the score of its last rung.
    """
    scores, axis = _read(search, param, metric)
    ax = axes_for(ax, "score_by_parameter")
    found, places = scores.table["score"].to_numpy(), axis.places
    if axis.options is not None:
        _draw_boxes(ax, axis, found)
        places = _side_by_side(places, found)
    failed = np.isnan(found)
    ax.scatter(places[~failed], found[~failed], s=22, color="C0", alpha=0.7, linewidths=0, zorder=3, label="candidates")
    if failed.any():
        bottom = np.full(failed.sum(), 0.02)
        at_bottom = ax.get_xaxis_transform()
        ax.scatter(places[failed], bottom, marker="x", s=22, color="0.5", transform=at_bottom, label="failed")
    frame_scores(ax, found, failed="x")
    ax.set_ylabel(literal(scores.metric))
    set_parameter_axis(ax, axis)
    return ax


def score_by_parameter_data(search: Any, param: str, *, metric: str | None = None) -> pd.DataFrame:
    """What `score_by_parameter` draws.

    Parameters
    ----------
    search, param, metric
        As of `score_by_parameter`.

    Returns
    -------
    pandas.DataFrame of shape (n_candidates, n_columns)
        ``candidate``, of Hyperband ``bracket``, of a halving ``iter`` and ``n_resources`` of its last rung, the
        parameter by its short name, ``score`` and ``std`` over the folds.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from skhpt import GridSearchCV, plots
    >>> search = GridSearchCV(KNeighborsClassifier(), {"n_neighbors": [1, 9]}, cv=3).fit(*load_wine(return_X_y=True))
    >>> plots.score_by_parameter_data(search, "n_neighbors").round(2)
       candidate  n_neighbors  score   std
    0          0            1   0.72  0.05
    1          1            9   0.67  0.03
    """
    scores, axis = _read(search, param, metric)
    return parameter_table(scores, [axis])


def set_parameter_axis(ax: Any, axis: ParameterAxis) -> None:
    """Make a parameter the axes' abscissa."""
    ax.set_xlabel(literal(axis.name))
    if axis.log:
        ax.set_xscale("log")
        _label_logarithmic(ax, axis)
    if axis.options is not None:
        ax.set_xlim(-0.6, len(axis.options) - 0.4)
    if axis.ticks is not None:
        ax.minorticks_off()
        label_places(ax, *axis.ticks)


def _label_logarithmic(ax: Any, axis: ParameterAxis) -> None:
    """Ticks as far apart as their labels need, where matplotlib's own would overlap on less than a few decades."""
    from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter, StrMethodFormatter

    low, high = axis.ends
    ax.xaxis.set_minor_formatter(NullFormatter())
    if high < _FEW_DECADES * low:
        ax.xaxis.set_major_locator(MaxNLocator(5) if high < 10 * low else LogLocator(subs=(1, 3)))
        ax.xaxis.set_major_formatter(StrMethodFormatter("{x:.4g}"))


def _read(search: Any, param: str, metric: str | None) -> tuple[Scores, ParameterAxis]:
    scores = read_scores(search, metric, "score_by_parameter").of_last_rungs()
    (axis,) = parameter_axes(scores, scales_in(search), [param], "score_by_parameter")
    return scores, axis


def _draw_boxes(ax: Any, axis: ParameterAxis, found: Any) -> None:
    groups = {place: found[(axis.places == place) & np.isfinite(found)] for place in axis.distinct}
    boxed = {place: group for place, group in groups.items() if len(group) >= _BOX_FROM}
    if boxed:
        ax.boxplot(
            list(boxed.values()),
            positions=list(boxed),
            widths=2 * _SPREAD,
            showfliers=False,  # they are among the points
            medianprops={"color": "C1"},
            boxprops={"color": "0.5"},
            whiskerprops={"color": "0.5"},
            capprops={"color": "0.5"},
            manage_ticks=False,
        )


def _side_by_side(places: Any, found: Any) -> Any:
    """The points of each option next to each other, in the order of the candidates, so that none hides another."""
    moved = places.copy()
    for place in np.unique(places[~np.isnan(places)]):
        rows = np.flatnonzero((places == place) & ~np.isnan(found))
        if len(rows) > 1:
            moved[rows] += np.linspace(-_SPREAD, _SPREAD, len(rows)) * min(1.0, len(rows) / 10)
    return moved
