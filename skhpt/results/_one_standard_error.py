"""Choosing the cheapest candidate of those that are as good as the best."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]


class OneStandardError:
    """The cheapest candidate within one standard error of the best: a `refit` for searches.

    Of candidates that differ by less than the luck of the folds, the simplest is the best guess and the cheapest to
    use. The standard error is that of the best candidate's mean: the deviation of its scores over the n folds (with
    n - 1 in the denominator), divided by the root of n. Of candidates that cost the same, the one with the better score
    is taken; of those, the first.

    It is a callable as scikit-learn's `refit` may be one, so that its searches take it, too. skhpt's set `best_score_`
    in addition, choose among the last rung of a halving, and count the repeats of a fold as one.

    Parameters
    ----------
    cost : str or callable, default=None
        What a candidate costs: a column of `cv_results_` with numbers, such as ``"param_units"`` or
        ``"mean_score_time"``; or a function from a candidate's row, a dict with the keys of `cv_results_`, to a number.
        None is ``"n_parameters"``, how many parameters the Keras model has, which skhpt's searches show then.
    metric : str, default=None
        Which score decides, where there are several.

    References
    ----------
    L. Breiman, J. H. Friedman, R. A. Olshen and C. J. Stone, Classification and Regression Trees, 1984, section 3.4.3.
    T. Hastie, R. Tibshirani and J. Friedman, The Elements of Statistical Learning, 2nd edition, 2009, section 7.10.
    https://hastie.su.domains/ElemStatLearn/

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from skhpt import GridSearchCV, OneStandardError
    >>> X, y = load_iris(return_X_y=True)
    >>> tree, grid = DecisionTreeClassifier(random_state=0), {"max_depth": [1, 2, 3, 4]}
    >>> GridSearchCV(tree, grid).fit(X, y).best_params_
    {'max_depth': 4}
    >>> search = GridSearchCV(tree, grid, refit=OneStandardError("param_max_depth")).fit(X, y)
    >>> search.best_params_, round(float(search.best_score_), 2)
    ({'max_depth': 3}, 0.96)
    """

    def __init__(self, cost: str | Callable[[dict[str, Any]], float] | None = None, metric: str | None = None) -> None:
        self.cost = cost
        self.metric = metric

    def __repr__(self) -> str:
        return f"OneStandardError(cost={self.cost!r}, metric={self.metric!r})"

    def __call__(self, cv_results: Mapping[str, Any]) -> int:
        """The row of `cv_results_` that is chosen."""
        return self.best_index(cv_results)

    def best_index(self, cv_results: Mapping[str, Any], rows: Rows | None = None, n_repeats: int = 1) -> int:
        """The same among some of the rows.

        Parameters
        ----------
        cv_results : mapping of str to array-like of shape (n_candidates,)
            As of a search.
        rows : ndarray of int or None, default=None
            Which candidates may be chosen; None is all.
        n_repeats : int, default=1
            How often each fold was run: the splits come repeat by repeat.

        Raises
        ------
        ValueError
            If there is no such metric, or no such cost, or a cost is not a number.
        """
        rows = np.arange(len(cv_results["params"])) if rows is None else rows
        means = self._means(cv_results)[rows]
        if np.isnan(means).all():
            return int(rows[0])
        margin = self.standard_error(cv_results, rows, n_repeats)
        (chosen,) = cheapest_within(means[np.newaxis], self.costs(cv_results)[rows], margin)
        return int(rows[chosen])

    def standard_error(self, cv_results: Mapping[str, Any], rows: Rows, n_repeats: int = 1) -> float:
        """That of the mean of the best candidate of these rows; 0 where there is one fold only."""
        best = rows[int(np.nanargmax(self._means(cv_results)[rows]))]
        metric = self._metric(cv_results)
        scores: list[float] = []
        while (split := f"split{len(scores)}_test_{metric}") in cv_results:
            scores.append(float(cv_results[split][best]))
        folds = np.reshape(scores, (n_repeats, -1)).mean(axis=0)
        return float(folds.std(ddof=1) / np.sqrt(len(folds))) if len(folds) > 1 else 0.0

    def costs(self, cv_results: Mapping[str, Any]) -> Numbers:
        """What each candidate costs; infinitely much where that is not known."""
        known = self._costs(cv_results)
        costs: Any = np.ma.filled(np.ma.asarray(known, dtype=object), np.inf)
        try:
            numbers = np.array([float(cost) for cost in costs])
        except (TypeError, ValueError):
            raise no_numbers(self, list(costs)) from None
        return np.where(np.isnan(numbers), np.inf, numbers)

    def _costs(self, cv_results: Mapping[str, Any]) -> Any:
        if callable(self.cost):
            n_rows = len(cv_results["params"])
            return [self.cost({name: column[row] for name, column in cv_results.items()}) for row in range(n_rows)]
        column = "n_parameters" if self.cost is None else self.cost
        if column in cv_results:
            return cv_results[column]
        raise missing_cost(self, [name for name in cv_results if name.startswith(("param_", "mean_"))])

    def _means(self, cv_results: Mapping[str, Any]) -> Numbers:
        return np.asarray(cv_results[f"mean_test_{self._metric(cv_results)}"], dtype=np.float64)

    def _metric(self, cv_results: Mapping[str, Any]) -> str:
        metric = "score" if self.metric is None else self.metric
        if f"mean_test_{metric}" not in cv_results:
            names = [name.removeprefix("mean_test_") for name in cv_results if name.startswith("mean_test_")]
            raise unknown_metric(self, names)
        return metric


def missing_cost(rule: OneStandardError, columns: Sequence[str]) -> ValueError:
    """What there is to say where a candidate's cost is nowhere to be found."""
    if rule.cost is None:
        what = "is None, the number of parameters, which is only known of Keras wrappers of skhpt's"
    else:
        what = f"must be a column of cv_results_. Got {rule.cost!r}"
    return ValueError(
        f"The 'cost' parameter of OneStandardError {what}. Give a column, such as {', '.join(map(repr, columns[:5]))}, "
        "or a function of a candidate's row: refit=skhpt.OneStandardError(cost=…)."
    )


def no_numbers(rule: OneStandardError, costs: Sequence[Any]) -> ValueError:
    """What there is to say where a cost can't be compared."""
    return ValueError(
        f"The 'cost' parameter of OneStandardError must lead to numbers. Got {rule.cost!r}, which leads to {costs!r}. "
        "Give a function of a candidate's row that returns a number."
    )


def unknown_metric(rule: OneStandardError, names: Sequence[str]) -> ValueError:
    """What there is to say where there is no such score, or where none of several is named."""
    return ValueError(f"The 'metric' parameter of OneStandardError must be one of {names}. Got {rule.metric!r}.")


def cheapest_within(scores: Numbers, costs: Numbers, margin: float) -> Rows:
    """Of each row of scores the candidate that costs least, of those that lack no more than a margin of the best.

    Parameters
    ----------
    scores : ndarray of shape (n, n_candidates)
        NaN is never chosen, unless there is nothing else.
    costs : ndarray of shape (n_candidates,)
        Of the candidates.
    margin : float
        Not negative.

    Returns
    -------
    ndarray of int of shape (n,)

    Examples
    --------
    >>> cheapest_within(np.array([[0.9, 0.8, 0.85], [0.9, 0.9, 0.7]]), np.array([3.0, 2.0, 1.0]), margin=0.1)
    array([2, 1])
    """
    scores = np.where(np.isnan(scores), -np.inf, scores)
    good = scores >= scores.max(axis=1, keepdims=True) - margin
    least = np.where(good, costs, np.inf).min(axis=1, keepdims=True)
    chosen: Rows = np.where(good & (costs == least), scores, -np.inf).argmax(axis=1)
    return chosen
