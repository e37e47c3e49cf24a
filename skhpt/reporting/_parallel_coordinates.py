"""Parallel coordinates: a line a candidate, through its parameters to its score."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from skhpt._matplotlib import axes_for
from skhpt.reporting._axis import ParameterAxis, parameter_axes, score_axis
from skhpt.reporting._frame import colour_range, score_range
from skhpt.reporting._labels import fitting, label_places, literal, room
from skhpt.reporting._parameter_table import parameter_table, worst_first
from skhpt.reporting._scale import scales_in
from skhpt.reporting._scores import Scores, read_scores

_BELOW = -0.15  # where lines go through an axis that they have no value on
_TICK_SIZE = 7.5  # points
_MOST_TICKS = 12  # on an axis
_NO_SCORE = "no score"


def parallel_coordinates(
    search: Any, ax: Any = None, *, metric: str | None = None, params: Sequence[str] | None = None
) -> Any:
    """Draw a line for each candidate, through the values of its parameters to its score, which colours it too.

    Parameters
    ----------
    search : searcher or LoadedRun
        Fitted.
    ax : matplotlib.axes.Axes or None, default=None
        Where to; None is a new figure.
    metric : str or None, default=None
        The score, of several; None is the one that decides.
    params : sequence of str or None, default=None
        The parameters to draw, in this order. None is all that differ between candidates.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    NotFittedError
        If there is no score yet.
    MissingExtraError
        If matplotlib is not installed.

    See Also
    --------
    parallel_coordinates_data : What is drawn.

    Notes
    -----
    An axis is logarithmic where the parameter's distribution is or, if it does not tell, where its values are. What a
    candidate does not set is "not set", below the axis; a failed one has no score and a grey line. Of a halving
    each candidate has the score of its last rung. Scores that would leave no room for the others stand at the end of
    their axis.
    """
    scores, axes = _read(search, metric, params)
    ax = axes_for(ax, "parallel_coordinates")
    found = scores.table["score"].to_numpy()
    least = score_range(found)[0]
    of_score = score_axis(scores)
    every = [*axes, of_score]
    _draw_lines(ax, every, found, worst_first(scores))
    for place, axis in enumerate(every):
        _draw_axis(ax, place, axis, len(every), _NO_SCORE if axis is of_score else "not set")
    if (found < least).any():
        _write(ax, len(axes), -0.045, f"≤ {least:.4g}", room(ax, 1, _TICK_SIZE))
    ax.set_xlim(-0.2, len(axes) + 0.4)
    some_are_below = any(np.isnan(axis.places).any() for axis in every)
    ax.set_ylim((_BELOW - 0.04 if some_are_below else 0) - 0.06, 1.06)
    ax.set_yticks([])
    ax.spines[["top", "left", "right", "bottom"]].set_visible(False)
    ax.tick_params(axis="x", length=0)
    label_places(ax, range(len(every)), [axis.name for axis in every])
    return ax


def parallel_coordinates_data(
    search: Any, *, metric: str | None = None, params: Sequence[str] | None = None
) -> pd.DataFrame:
    """What `parallel_coordinates` draws.

    Parameters
    ----------
    search, metric, params
        As of `parallel_coordinates`.

    Returns
    -------
    pandas.DataFrame of shape (n_candidates, n_columns)
        ``candidate``, of Hyperband ``bracket``, of a halving ``iter`` and ``n_resources`` of its last rung, the
        parameters by their short names (missing where it does not set them, in text if they are not numbers), ``score``
        and ``std`` over the folds.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from skhpt import GridSearchCV, plots
    >>> search = GridSearchCV(KNeighborsClassifier(), {"weights": ["uniform", "distance"], "n_neighbors": [1]}, cv=3)
    >>> plots.parallel_coordinates_data(search.fit(*load_wine(return_X_y=True))).drop(columns="std").round(2)
       candidate   weights  score
    0          0   uniform   0.72
    1          1  distance   0.72
    """
    return parameter_table(*_read(search, metric, params))


def _read(search: Any, metric: str | None, params: Sequence[str] | None) -> tuple[Scores, list[ParameterAxis]]:
    scores = read_scores(search, metric, "parallel_coordinates").of_last_rungs()
    return scores, parameter_axes(scores, scales_in(search), params, "parallel_coordinates")


def _draw_lines(ax: Any, axes: Sequence[ParameterAxis], found: npt.NDArray[Any], order: npt.NDArray[np.intp]) -> None:
    from matplotlib.collections import LineCollection

    heights = np.stack([axis.units for axis in axes], axis=1)
    heights = np.where(np.isnan(heights), _BELOW, heights)
    places = np.arange(len(axes))
    alpha = float(np.clip(30 / len(found), 0.35, 1.0))
    failed, scored = ([row for row in order if np.isnan(found[row]) == failed] for failed in (True, False))
    ax.add_collection(
        LineCollection(
            [np.column_stack([places, heights[row]]) for row in failed],
            colors="0.75",
            linestyles="--",
            linewidths=0.8,
            label="failed",
        )
    )
    lines = LineCollection(
        [np.column_stack([places, heights[row]]) for row in scored],
        cmap="viridis_r",
        alpha=alpha,
        linewidths=[1.0] * (len(scored) - 1) + [2.5],  # the best is the last
        label="candidates",
    )
    lines.set_array(found[scored])
    lines.set_clim(*colour_range(found))
    ax.add_collection(lines)


def _draw_axis(ax: Any, place: int, axis: ParameterAxis, n_axes: int, missing: str) -> None:
    longest = room(ax, n_axes, _TICK_SIZE) - 1
    ax.plot([place, place], [0, 1], color="0.3", linewidth=0.8, zorder=3)
    for height, text in zip(*_ticks(axis), strict=True):
        ax.plot([place - 0.02, place + 0.02], [height, height], color="0.3", linewidth=0.8, zorder=3)
        _write(ax, place, float(height), text, longest)
    if np.isnan(axis.places).any():
        _write(ax, place, _BELOW - 0.04, missing, longest)  # lines go along there


def _ticks(axis: ParameterAxis) -> tuple[Sequence[float], Sequence[str]]:
    """Heights and texts: not more than there is room for."""
    from matplotlib.ticker import LogLocator, MaxNLocator

    if axis.ticks is not None:
        places, texts = axis.ticks
        step = max(1, -(-len(places) // _MOST_TICKS))
        places, texts = places[::step], texts[::step]
    else:
        low, high = axis.ends
        locator = LogLocator(subs=(1, 3)) if axis.log else MaxNLocator(5)
        places = np.asarray([place for place in locator.tick_values(low, high) if low <= place <= high])
        texts = [f"{place:.4g}" for place in places]
    return axis.unit(places).tolist(), texts


def _write(ax: Any, place: float, height: float, text: str, longest: int) -> None:
    """Text beside an axis, which lines do not make unreadable."""
    from matplotlib.patheffects import withStroke

    ax.annotate(
        literal(fitting(text, max(longest, len(_NO_SCORE)))),
        (place, height),
        xytext=(4, 0),
        textcoords="offset points",
        va="center",
        fontsize=_TICK_SIZE,
        path_effects=[withStroke(linewidth=2.5, foreground="white")],
        zorder=4,
    )
