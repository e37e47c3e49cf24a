"""The training history as a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from skhpt._matplotlib import axes_for


def plot_history(history: Mapping[str, Sequence[float]], metrics: Sequence[str], ax: Any) -> Any:
    """Draw metrics by epoch, those of held-out rows dashed and in the same colour.

    Parameters
    ----------
    history : mapping of str to sequence of float
        An entry an epoch.
    metrics : sequence of str
        Which of them, without ``val_``.
    ax : matplotlib.axes.Axes or None
        Where to; None is a new figure.

    Returns
    -------
    matplotlib.axes.Axes
    """
    ax = axes_for(ax, "plot_history")
    for metric in metrics:
        epochs = np.arange(1, len(history[metric]) + 1)
        (line,) = ax.plot(epochs, history[metric], label=metric)
        if f"val_{metric}" in history:
            style = {"color": line.get_color(), "linestyle": "--", "label": f"val_{metric}"}
            ax.plot(epochs, history[f"val_{metric}"], **style)
    ax.set_xlabel("epoch")
    ax.legend()
    return ax
