"""Which rows of a search are looked at where they are, instead of being copied for each fold."""

from __future__ import annotations

from typing import Any

import numpy as np

from skhpt._compat.sklearn import scorers_of
from skhpt.evaluation._setup import TrialSetup
from skhpt.trials import are_large


def can_be_viewed(setup: TrialSetup, rows: Any, *, is_scored: bool) -> bool:
    """Whether only those will see the rows who can do with a `RowView`.

    Parameters
    ----------
    setup : TrialSetup
        With the data, the estimator and the scorer.
    rows : array-like
        The numbers of the rows.
    is_scored : bool
        Whether the scorer is given them.

    Notes
    -----
    An estimator says so itself, by an attribute of its very class: a subclass of the user's own may do with X what it
    likes. So may a scorer, unless it is one of scikit-learn's, which hands X to the estimator and no one else.
    """
    knows = vars(type(setup.estimator)).get("_takes_row_views", False)
    if not (knows and setup.y is not None and are_large(setup.X)) or (is_scored and is_users_own(setup.scorer)):
        return False
    return bool(isinstance(rows, np.ndarray) and rows.ndim == 1 and rows.dtype.kind in "iu" and (rows >= 0).all())


def is_users_own(scorer: Any) -> bool:
    """Whether a scorer, or one of several, is a function that may do with the rows what it likes."""
    scorers = scorers_of(scorer) or {"score": scorer}
    return not all(type(each).__module__.startswith("sklearn.") for each in scorers.values())
