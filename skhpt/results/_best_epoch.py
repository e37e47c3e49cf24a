"""For how many epochs to train, by what the trials of a candidate recorded."""

from __future__ import annotations

import pandas as pd


def best_epoch(history: pd.DataFrame, metric: str) -> int:
    """The median over trials of the epoch that was best on the test fold.

    Parameters
    ----------
    history : pandas.DataFrame
        The rows of `histories_` of one candidate, with a column ``test_loss``.
    metric : str
        Best where ``test_<metric>`` is highest, if there is such a column and it is a metric of which more is better
        (accuracy, area under a curve, precision, recall, F-score, R²); else where ``test_loss`` is lowest.

    Returns
    -------
    int
        From 1.

    Raises
    ------
    ValueError
        If no trial recorded anything.

    Examples
    --------
    >>> history = pd.DataFrame({"fold": [0, 0, 1, 1], "repeat": 0, "epoch": [1, 2, 1, 2],
    ...                         "test_loss": [0.5, 0.3, 0.4, 0.2], "test_accuracy": [0.8, 0.9, 0.7, 0.8]})
    >>> best_epoch(history, "accuracy")
    2
    """
    column = _column(history, metric)
    recorded = history.dropna(subset=[column]) if column in history else history.head(0)
    if recorded.empty:
        raise ValueError("refit_epochs='best' needs what the trials recorded of their test folds: there is nothing.")
    recorded = recorded.drop_duplicates(["fold", "repeat", "epoch"], keep="last")  # of a training that started over
    curves = recorded.set_index("epoch").groupby(["fold", "repeat"])[column]
    best = curves.idxmin() if column == "test_loss" else curves.idxmax()
    return int(best.median())


_MORE_IS_BETTER = ("acc", "auc", "precision", "recall", "f1", "fbeta", "r2")


def _column(history: pd.DataFrame, metric: str) -> str:
    names = (f"test_{name}" for name in (metric, {"accuracy": "acc"}.get(metric, metric)))
    known = metric.startswith(_MORE_IS_BETTER) or metric.endswith(("accuracy", "_auc"))
    return next((name for name in names if name in history), "test_loss") if known else "test_loss"
