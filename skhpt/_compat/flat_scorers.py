"""Scorers of targets with more than two axes, which scikit-learn's metrics refuse."""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import update_wrapper
from typing import Any

import numpy as np

from skhpt._compat.sklearn import MultimetricScorer, Scorer


class _FlatMetric:
    """A metric of scikit-learn's for targets of any number of axes: those after the rows become a single one."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        update_wrapper(self, function)

    def __call__(self, y_true: Any, y_pred: Any, **options: Any) -> Any:
        flat = (np.asarray(rows).reshape(len(rows), -1) for rows in (y_true, y_pred))
        return self.function(*flat, **options)


def scorer_of_flat_targets(scorer: Any) -> Any:
    """A scorer that hands targets and predictions of more than two axes to its metric as a column a number.

    A scorer that is made of no metric of scikit-learn's is left as it is.
    """
    if isinstance(scorer, MultimetricScorer):
        copied = copy.copy(scorer)
        copied._scorers = {name: scorer_of_flat_targets(each) for name, each in scorer._scorers.items()}
        return copied
    if not isinstance(scorer, Scorer) or not scorer._score_func.__module__.startswith("sklearn."):
        return scorer
    copied = copy.copy(scorer)
    copied._score_func = _FlatMetric(scorer._score_func)
    return copied
