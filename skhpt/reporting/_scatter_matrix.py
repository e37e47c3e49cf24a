"""A scatter-plot matrix of parameters and the score."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from skhpt._matplotlib import new_figure
from skhpt.reporting._axis import ParameterAxis, parameter_axes, score_axis
from skhpt.reporting._frame import colour_range
from skhpt.reporting._labels import characters, fitting, label_places, literal
from skhpt.reporting._parameter_table import parameter_table, worst_first
from skhpt.reporting._scale import scales_in
from skhpt.reporting._scores import Scores, read_scores

_MOST = 7  # parameters, beyond which nothing can be read
_INCHES = 1.7  # of a panel, in a new figure
_BINS = 10
_MARGIN = 0.08  # of an axis
_SIZE, _LONGEST = 7.5, 12  # points and characters of labels
_MOST_TICKS = 8
_TWO_TICKS = 10  # characters of room that they need


def scatter_matrix(
    search: Any, figure: Any = None, *, metric: str | None = None, params: Sequence[str] | None = None
) -> Any:
    """Draw each parameter against each other, and the score against each: a point a candidate, coloured by its score.

    Parameters
    ----------
    search : searcher or LoadedRun
        Fitted.
    figure : matplotlib.figure.Figure, SubFigure or None, default=None
        Where to: an empty one; None is a new figure.
    metric : str or None, default=None
        The score, of several; None is the one that decides.
    params : sequence of str or None, default=None
        The parameters to draw, in this order. None is all that differ between candidates, but no more than
        the first seven of them.

    Returns
    -------
    ndarray of shape (n_params + 1, n_params + 1) of matplotlib.axes.Axes
        As of `pandas.plotting.scatter_matrix`; None above the diagonal, where the same would stand again.

    Raises
    ------
    NotFittedError
        If there is no score yet.
    MissingExtraError
        If matplotlib is not installed.

    See Also
    --------
    scatter_matrix_data : What is drawn.

    Notes
    -----
    On the diagonal is how often each value was tried. Candidates without a score are grey crosses; in panels of
    parameters that they do not set they are left out. Of a halving each has the score of its last rung.
    """
    scores, axes = _read(search, metric, params)
    found = scores.table["score"].to_numpy()
    of_score = score_axis(scores)
    every = [*axes, of_score] if len(of_score.distinct) else axes
    n = len(every)
    figure = figure or new_figure("scatter_matrix", (_INCHES * n + 1.0, _INCHES * n + 0.5))
    panels = np.full((n, n), None, dtype=object)
    order = worst_first(scores)
    for row, column in zip(*np.tril_indices(n), strict=True):
        ax = panels[row, column] = figure.add_subplot(n, n, row * n + column + 1)
        if row == column:
            _draw_counts(ax, every[row])
        else:
            _draw_points(ax, every[column], every[row], found, order)
            _scale_up(ax, every[row], labelled=column == 0)
        _scale_across(ax, every[column], labelled=row == n - 1)
    panels[0, 0].set_ylabel(literal(_name(every[0], panels[0, 0].get_window_extent().height, figure)), fontsize=_SIZE)
    figure.align_ylabels(panels[:, 0])
    if of_score in every and n > 1:
        present = [ax for ax in panels.ravel() if ax is not None]
        figure.colorbar(panels[-1, 0].collections[-1], ax=present, label=literal(scores.metric), shrink=0.6, aspect=30)
    return panels


def scatter_matrix_data(search: Any, *, metric: str | None = None, params: Sequence[str] | None = None) -> pd.DataFrame:
    """What `scatter_matrix` draws.

    Parameters
    ----------
    search, metric, params
        As of `scatter_matrix`.

    Returns
    -------
    pandas.DataFrame of shape (n_candidates, n_columns)
        As of `parallel_coordinates_data`, with the parameters that are drawn.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from skhpt import GridSearchCV, plots
    >>> search = GridSearchCV(KNeighborsClassifier(), {"n_neighbors": [1, 9], "p": [1, 2]}, cv=3)
    >>> plots.scatter_matrix_data(search.fit(*load_wine(return_X_y=True)))[["n_neighbors", "p", "score"]].round(2)
       n_neighbors  p  score
    0            1  1   0.78
    1            1  2   0.72
    2            9  1   0.72
    3            9  2   0.67
    """
    return parameter_table(*_read(search, metric, params))


def _read(search: Any, metric: str | None, params: Sequence[str] | None) -> tuple[Scores, list[ParameterAxis]]:
    scores = read_scores(search, metric, "scatter_matrix").of_last_rungs()
    axes = parameter_axes(scores, scales_in(search), params, "scatter_matrix")
    return scores, axes[:_MOST] if params is None else axes


def _draw_counts(ax: Any, axis: ParameterAxis) -> None:
    """How often each value was tried."""
    places = axis.places[~np.isnan(axis.places)]
    if axis.ticks is not None:
        units = axis.unit(axis.distinct)
        width = min(0.4 * np.diff(units, append=units[-1] + 1).min(), 2 * _MARGIN)  # so that none is cut in two
        left, right = axis.place(units - width / 2), axis.place(units + width / 2)
        counts = [int(np.sum(places == value)) for value in axis.distinct]
        ax.bar(left, counts, width=right - left, align="edge", color="0.7")
    else:
        ax.hist(places, bins=axis.place(np.linspace(0, 1, _BINS + 1)), color="0.7")
    ax.set_yticks([])


def _draw_points(
    ax: Any, across: ParameterAxis, up: ParameterAxis, found: npt.NDArray[Any], order: npt.NDArray[np.intp]
) -> None:
    failed, scored = ([row for row in order if np.isnan(found[row]) == failed] for failed in (True, False))
    least, most = colour_range(found)
    ax.scatter(across.places[failed], up.places[failed], marker="x", s=10, color="0.75", label="failed")
    ax.scatter(
        across.places[scored],
        up.places[scored],
        c=found[scored],
        vmin=least,
        vmax=most,
        cmap="viridis_r",
        s=14,
        alpha=0.8,
        linewidths=0,
        label="candidates",
    )


def _scale_across(ax: Any, axis: ParameterAxis, *, labelled: bool) -> None:
    """Scale, limits and ticks of the abscissa, whose labels stand at the bottom of the matrix."""
    from matplotlib.ticker import LogLocator, MaxNLocator

    if axis.log:
        ax.set_xscale("log")
    ax.set_xlim(axis.place([-_MARGIN, 1 + _MARGIN]))
    if axis.ticks is None:
        n = 2 if characters(ax.get_window_extent().width, ax.figure, _SIZE) >= _TWO_TICKS else 1
        ax.xaxis.set_major_locator(LogLocator(numticks=n + 1) if axis.log else MaxNLocator(n))
        ax.tick_params(axis="x", labelsize=_SIZE)
    else:
        label_places(ax, *axis.ticks, size=_SIZE, longest=_LONGEST)
    ax.minorticks_off()
    ax.tick_params(axis="x", labelbottom=labelled)
    if labelled:
        ax.set_xlabel(literal(_name(axis, ax.get_window_extent().width, ax.figure)), fontsize=_SIZE)


def _scale_up(ax: Any, axis: ParameterAxis, *, labelled: bool) -> None:
    """The same of the ordinate, whose labels stand on the left."""
    from matplotlib.ticker import LogLocator, MaxNLocator

    if axis.log:
        ax.set_yscale("log")
    ax.set_ylim(axis.place([-_MARGIN, 1 + _MARGIN]))
    if axis.ticks is None:
        ax.yaxis.set_major_locator(LogLocator(numticks=4) if axis.log else MaxNLocator(4))
        ax.tick_params(axis="y", labelsize=_SIZE)
    else:
        places, texts = axis.ticks
        step = -(-len(places) // _MOST_TICKS)
        ax.set_yticks(places[::step], [literal(fitting(text, _LONGEST)) for text in texts[::step]], fontsize=_SIZE)
    ax.minorticks_off()
    ax.tick_params(axis="y", labelleft=labelled)
    if labelled:
        ax.set_ylabel(literal(_name(axis, ax.get_window_extent().height, ax.figure)), fontsize=_SIZE)


def _name(axis: ParameterAxis, pixels: float, figure: Any) -> str:
    """As much of its name as there is room for along a panel."""
    return fitting(axis.name, max(characters(pixels, figure, _SIZE), 6))
