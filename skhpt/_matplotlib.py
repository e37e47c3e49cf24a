"""The one place where figures come from."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from skhpt.exceptions import MissingExtraError


def axes_for(ax: Any, owner: str) -> Any:
    """The axes to draw into.

    Parameters
    ----------
    ax : matplotlib.axes.Axes or None
        What the user gave; None is a new figure.
    owner : str
        The function that draws.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    MissingExtraError
        If matplotlib is not installed.
    """
    return new_figure(owner).add_subplot() if ax is None else ax


def new_figure(owner: str, figsize: tuple[float, float] | None = None) -> Any:
    """A figure that makes room for its labels, and is shown as any other of pyplot's.

    Parameters
    ----------
    owner : str
        The function that draws.
    figsize : (float, float) or None, default=None
        Width and height in inches; None is the user's default.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    MissingExtraError
        If matplotlib is not installed.
    """
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise MissingExtraError(owner, "plot") from error
    return plt.figure(figsize=figsize, layout="constrained")


@contextmanager
def figure_for_a_file(owner: str, figsize: tuple[float, float]) -> Iterator[Any]:
    """A figure that no window shows, and that looks the same whatever style the user has set.

    Parameters
    ----------
    owner : str
        What draws.
    figsize : (float, float)
        Width and height in inches.

    Yields
    ------
    matplotlib.figure.Figure
        To be drawn and saved within the context, in which matplotlib does not warn, as of letters that its font lacks.

    Raises
    ------
    MissingExtraError
        If matplotlib is not installed.
    """
    try:
        import matplotlib.style
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtraError(owner, "plot") from error
    # The salt makes files of equal pictures equal.
    with matplotlib.style.context(["default", {"svg.hashsalt": "skhpt"}]), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield Figure(figsize=figsize, layout="constrained")
