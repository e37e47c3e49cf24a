"""The table that pictures of parameters share."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from skhpt.reporting._axis import ParameterAxis
from skhpt.reporting._scores import Scores


def parameter_table(scores: Scores, axes: Sequence[ParameterAxis]) -> pd.DataFrame:
    """Candidates with their parameters and scores.

    Parameters
    ----------
    scores : Scores
        A row a candidate.
    axes : sequence of ParameterAxis
        Their parameters.

    Returns
    -------
    pandas.DataFrame of shape (n_candidates, n_columns)
        ``candidate``, of Hyperband ``bracket``, of a halving ``iter`` and ``n_resources``, the parameters by their
        short names, ``score`` and ``std``.
    """
    table = scores.table.drop(columns=["score", "std", "seconds"])
    columns = {axis.name: axis.column for axis in axes}
    return pd.concat([table, pd.DataFrame(columns), scores.table[["score", "std"]]], axis=1)


def worst_first(scores: Scores) -> npt.NDArray[np.intp]:
    """The rows in the order in which to draw them, so that the best end up on top: first those without a score."""
    rows: npt.NDArray[np.intp] = scores.best_first.index.to_numpy(dtype=np.intp)[::-1]
    has_score = scores.table["score"].notna().to_numpy()[rows]
    worst: npt.NDArray[np.intp] = rows[np.argsort(has_score, kind="stable")]
    return worst
