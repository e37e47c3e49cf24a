"""Limits of axes, where a few values are out of all proportion."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

_FAR = 3  # times the median's magnitude below the median, and
_FURTHER = 10  # times as far as the best is above it
_HIGH = 1.5  # times what curves commonly reach
_MARGIN = 0.05  # of the axis, on either side, as matplotlib has it


def score_range(scores: Any) -> tuple[float, float]:
    """From the least to the greatest score, but for those that would leave no room for the others.

    Parameters
    ----------
    scores : array-like of shape (n_candidates,)
        NaN where there is none.

    Examples
    --------
    >>> score_range([0.0, 0.97, 0.98, 0.99]), score_range([-9e9, 0.5, 0.75, 1.0, 1.0])
    ((0.0, 0.99), (0.5, 1.0))
    """
    found = np.asarray(scores, dtype=float)
    found = found[np.isfinite(found)]
    if not len(found):
        return 0.0, 1.0
    most, median = float(found.max()), float(np.median(found))
    far = max(_FURTHER * (most - median), _FAR * abs(median))
    return float(found[found >= median - far].min()), most


def colour_range(scores: Any) -> tuple[float, float]:
    """The same for colours, where a single score is the best."""
    least, most = score_range(scores)
    return (least, most) if least < most else (least - 1.0, most)


def frame_scores(ax: Any, scores: Any, failed: str = "") -> None:
    """Set the limits of the axis of scores, and say above the axes how many are outside of them.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        With scores upwards.
    scores : array-like of shape (n_candidates,)
        NaN where there is none.
    failed : str, default=""
        How candidates without a score are drawn, if they are.
    """
    scores = np.asarray(scores, dtype=float)
    least, most = score_range(scores)
    margin = _MARGIN * ((most - least) or abs(most) or 1.0)
    ax.set_ylim(least - margin, most + margin)
    counts = {f"▼ {{}} below {least:.4g}": np.sum(scores < least), f"{failed} {{}} failed": np.isnan(scores).sum()}
    notes = [note.format(count).strip() for note, count in counts.items() if count]
    ax.text(1, 1.01, "   ".join(notes), transform=ax.transAxes, fontsize="small", color="dimgray", ha="right")


def curve_range(curves: list[npt.NDArray[np.float64]]) -> tuple[float, float] | None:
    """From the least to the greatest value of curves, but for those that went off to somewhere else.

    How far the others go is told by their median, so that the losses of first epochs are not cut off.
    """
    curves = [finite for curve in curves if len(finite := curve[np.isfinite(curve)])]
    if not curves:
        return None
    most, least = (np.array([end(curve) for curve in curves]) for end in (np.max, np.min))
    high = min(most.max(), _HIGH * np.median(most)) if np.median(most) > 0 else most.max()
    low = max(least.min(), _HIGH * np.median(least)) if np.median(least) < 0 else least.min()
    margin = _MARGIN * (high - low)
    return (float(low - margin), float(high + margin)) if low < high else None
