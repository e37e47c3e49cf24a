"""How a fitted search looks in a notebook: its best candidates, and a small chart of all scores."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
import pandas as pd

from skhpt.reporting._labels import label_of
from skhpt.store import shortened

_WIDTH, _HEIGHT, _MARGIN = 360, 140, 8
_LONGEST = 40  # characters of a value
_COLOUR, _BEST_COLOUR = "#1b7fbd", "#d95f02"  # told apart by colour-blind people too


def results_html(results: pd.DataFrame, n_rows: int = 10) -> str:
    """The best candidates as a table and all scores as a chart, in HTML that needs nothing else.

    Parameters
    ----------
    results : DataFrame
        The `results_` of a search.
    n_rows : int, default=10
        The most candidates that are shown.

    Returns
    -------
    str
        Whatever users have named is text in it.
    """
    means = [name for name in results if str(name).partition("_")[0] == "mean"]
    chart = _chart(results.index, results[means[0]]) if len(means) == 1 else ""
    return (
        f'<details class="skhpt-results" open=""><summary>Results</summary>{_table(results.head(n_rows), len(results))}'
        f"{chart}</details>"
    )


def _table(best: pd.DataFrame, n_candidates: int) -> str:
    heads = "".join(f'<th scope="col">{escape(str(name))}</th>' for name in ["candidate", *best.columns])
    rows = "".join(_row(values) for values in best.itertuples())
    caption = f"The best {len(best)} of {n_candidates} candidates" if len(best) < n_candidates else "All candidates"
    return f"<table><caption>{caption}</caption><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"


def _row(values: Sequence[Any]) -> str:
    cells = "".join(f"<td>{escape(_text(value))}</td>" for value in values[1:])
    return f'<tr><th scope="row">{values[0]}</th>{cells}</tr>'


def _text(value: Any) -> str:
    missing = value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value))
    return "" if missing else shortened(label_of(value), _LONGEST)


def _chart(candidates: pd.Index, means: pd.Series) -> str:
    """The score of each candidate, in the order in which they were made, and the best so far; nothing without any."""
    scores = pd.Series(means.to_numpy(float), index=candidates.to_numpy()).sort_index()
    scores = scores[np.isfinite(scores)]
    if scores.empty:
        return ""
    xs = _scaled(scores.index.to_numpy(float), _MARGIN, _WIDTH - _MARGIN)
    ys = _scaled(scores.to_numpy(), _HEIGHT - _MARGIN, _MARGIN)
    best = np.minimum.accumulate(ys)  # up is less
    dots = "".join(f"M{x:.1f} {y:.1f}h0" for x, y in zip(xs, ys, strict=True))
    steps = "".join(f"H{x:.1f}V{y:.1f}" for x, y in zip(xs[1:], best[1:], strict=True))
    said = f"scores of {len(scores)} candidates from {scores.min():.4g} to {scores.max():.4g}"
    return (
        f'<figure><svg viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" role="img"><title>{said}</title>'
        f'<path d="M{xs[0]:.1f} {best[0]:.1f}{steps}" fill="none" stroke="{_BEST_COLOUR}" stroke-width="1.5"/>'
        f'<path d="{dots}" stroke="{_COLOUR}" stroke-width="5" stroke-linecap="round"/></svg>'
        f'<figcaption><span style="color:{_COLOUR}">scores by candidate</span> and '
        f'<span style="color:{_BEST_COLOUR}">the best so far</span>: {said}</figcaption></figure>'
    )


def _scaled(values: Any, first: float, last: float) -> Any:
    """Numbers from the least, which becomes `first`, to the greatest, which becomes `last`."""
    low, span = values.min(), np.ptp(values)
    return np.full(len(values), (first + last) / 2) if span == 0 else first + (values - low) / span * (last - first)
