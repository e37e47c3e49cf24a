"""Nested cross-validation: how good what a search finds is, on rows that the search did not see."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd
from sklearn.model_selection import cross_validate

from skhpt.search._check import rows_of_search
from skhpt.search._target import OuterFolds, read_target


def nested_scores(
    search: Any, X: Any, y: Any = None, cv: Any = None, *, params: Mapping[str, Any] | None = None
) -> pd.DataFrame:
    """Run a search on each training fold of an outer cross-validation, and score its best estimator on the test fold.

    The best score of one search is too good a guess at how its best estimator does on new data: it is the best of many.
    The mean of `test_score` here is not. Where `best_inner_score` is far above it, or another candidate wins in each
    fold, the search has fitted noise.

    Parameters
    ----------
    search : searcher
        Any with scikit-learn's interface that refits. A copy of it is fitted for each outer fold; `search` is left as
        it is.
    X : array-like of shape (n_samples, n_features) or (n_samples, ...), or list, tuple or dict of them
        The data. Several inputs are taken as by the `fit` of a search.
    y : array-like of shape (n_samples,) or (n_samples, n_outputs), default=None
        The targets.
    cv : int, cross-validation generator or iterable, default=None
        The outer folds; None is 5.
    params : mapping of str to object, default=None
        Passed on as by `sklearn.model_selection.cross_validate`: to the search's `fit` (and with metadata routing also
        to the splitter and the scorer).

    Returns
    -------
    pandas.DataFrame of shape (n_outer_folds, 2 + n_parameters)
        A row for each outer fold: ``test_score`` (by the search's `score`), ``best_inner_score`` (its `best_score_`;
        NaN if a function selects) and the parameters that won, as ``param_<name>``, None where the winner does not set
        one.

    Raises
    ------
    ValueError
        If the search does not refit.

    References
    ----------
    G. C. Cawley and N. L. C. Talbot, On Over-fitting in Model Selection and Subsequent Selection Bias in Performance
    Evaluation, JMLR 11, 2010. https://www.jmlr.org/papers/v11/cawley10a.html

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skhpt import GridSearchCV, nested_scores
    >>> X, y = load_iris(return_X_y=True)
    >>> search = GridSearchCV(LogisticRegression(max_iter=500), {"C": [0.001, 1.0]}, cv=3)
    >>> report = nested_scores(search, X, y, cv=3)
    >>> list(report)
    ['test_score', 'best_inner_score', 'param_C']
    >>> report["param_C"].tolist(), bool(report["test_score"].min() > 0.9)
    ([1.0, 1.0, 1.0], True)
    """
    if not hasattr(search, "refit"):
        raise ValueError(f"nested_scores needs a search, which may hold a pipeline. Got {type(search).__name__}.")
    if search.refit is False:
        raise ValueError(
            f"The 'refit' parameter of {type(search).__name__} must be on for nested_scores: what is scored on the "
            "outer folds is the refitted estimator. Got False instead."
        )
    X = rows_of_search(X, y, "nested_scores", params or {})
    folds = OuterFolds(cv, search, read_target(getattr(search, "estimator", None), y)[0])
    scored = cross_validate(search, X, y, cv=folds, params=params, return_estimator=True, error_score="raise")
    winners = [fitted.best_params_ for fitted in scored["estimator"]]
    names = dict.fromkeys(name for winner in winners for name in winner)
    report: dict[str, list[Any]] = {
        "test_score": scored["test_score"].tolist(),
        "best_inner_score": [getattr(fitted, "best_score_", math.nan) for fitted in scored["estimator"]],
    }
    report |= {f"param_{name}": [winner.get(name) for winner in winners] for name in names}
    return pd.DataFrame(report, index=pd.RangeIndex(len(winners), name="fold"))
