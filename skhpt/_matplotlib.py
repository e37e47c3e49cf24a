"""The one place where figures come from."""

from __future__ import annotations

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
