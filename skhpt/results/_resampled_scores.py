"""What candidates score on rows that are drawn anew, without asking their estimators again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]


class ResampledScores(Protocol):
    """Scores on rows of which each counts so many times.

    Counts are of shape (n, n_rows), a line a draw.
    """

    def of_all(self, counts: Numbers) -> Numbers:
        """The scores of all candidates, of shape (n, n_candidates); NaN where there is none."""

    def of_chosen(self, counts: Numbers, chosen: Places) -> Numbers:
        """The scores of one candidate each, of shape (n,)."""


class RowMeans:
    """A metric that is the mean of a number a row, such as the accuracy: a product of matrices.

    Parameters
    ----------
    values : array-like of shape (n_candidates, n_rows)
        That number; the more the better.

    Examples
    --------
    >>> RowMeans([[1, 0, 0]]).of_all(np.array([[2.0, 1.0, 1.0]]))
    array([[0.5]])
    """

    def __init__(self, values: npt.ArrayLike) -> None:
        self._values = np.asarray(values, dtype=np.float64)

    def of_all(self, counts: Numbers) -> Numbers:
        scores: Numbers = counts @ self._values.T / counts.sum(axis=1, keepdims=True)
        return scores

    def of_chosen(self, counts: Numbers, chosen: Places) -> Numbers:
        scores: Numbers = (counts * self._values[chosen]).sum(axis=1) / counts.sum(axis=1)
        return scores


class Determination:
    """The coefficient of determination, R².

    Parameters
    ----------
    y : array-like of shape (n_rows,)
        The targets.
    predicted : array-like of shape (n_candidates, n_rows)
        What each candidate predicts.

    Examples
    --------
    >>> Determination([0.0, 1.0, 2.0], [[1.0, 1.0, 1.0]]).of_all(np.ones((1, 3)))
    array([[0.]])
    """

    def __init__(self, y: npt.ArrayLike, predicted: npt.ArrayLike) -> None:
        y = np.asarray(y, dtype=np.float64)
        self._y = y - y.mean()  # sums of squares of large numbers would cancel out
        self._errors = RowMeans((np.asarray(predicted, dtype=np.float64) - y) ** 2)

    def of_all(self, counts: Numbers) -> Numbers:
        return 1 - self._errors.of_all(counts) / self._variance(counts)[:, np.newaxis]

    def of_chosen(self, counts: Numbers, chosen: Places) -> Numbers:
        return 1 - self._errors.of_chosen(counts, chosen) / self._variance(counts)

    def _variance(self, counts: Numbers) -> Numbers:
        n = counts.sum(axis=1)
        variance: Numbers = counts @ self._y**2 / n - (counts @ self._y / n) ** 2
        return np.where(variance > 0, variance, np.nan)


class RocAuc:
    """The area under the receiver operating characteristic of two classes.

    That is how often a row of the one class is given a greater number than one of the other, where an equal one counts
    half.

    Parameters
    ----------
    positive : array-like of shape (n_rows,)
        Whether a row is of the class that is to be given the greater numbers.
    predicted : array-like of shape (n_candidates, n_rows)
        The numbers.

    References
    ----------
    J. A. Hanley and B. J. McNeil, The Meaning and Use of the Area under a Receiver Operating Characteristic (ROC)
    Curve, Radiology 143, 1982. https://doi.org/10.1148/radiology.143.1.7063747

    Examples
    --------
    >>> RocAuc([False, True, True], [[0.1, 0.1, 0.9]]).of_all(np.ones((1, 3)))
    array([[0.75]])
    """

    def __init__(self, positive: npt.ArrayLike, predicted: npt.ArrayLike) -> None:
        self._positive = np.asarray(positive, dtype=bool)
        self._orders = [_Order.of(np.asarray(own)) for own in np.asarray(predicted)]

    def of_all(self, counts: Numbers) -> Numbers:
        return np.stack([self._of_one(counts, order) for order in self._orders], axis=1)

    def of_chosen(self, counts: Numbers, chosen: Places) -> Numbers:
        scores = np.empty(len(counts))
        for place in np.unique(chosen):
            scores[chosen == place] = self._of_one(counts[chosen == place], self._orders[place])
        return scores

    def _of_one(self, counts: Numbers, order: _Order) -> Numbers:
        positive, negative = order.sums(counts * self._positive), order.sums(counts * ~self._positive)
        below = np.cumsum(negative, axis=1) - negative / 2
        pairs = positive.sum(axis=1) * negative.sum(axis=1)
        scores: Numbers = (positive * below).sum(axis=1) / np.where(pairs > 0, pairs, np.nan)
        return scores


@dataclass(frozen=True)
class _Order:
    """The rows by what one candidate says of them, and where something greater begins."""

    rows: Places
    begins: Places

    @classmethod
    def of(cls, predicted: npt.NDArray[np.generic]) -> _Order:
        rows = np.argsort(predicted, kind="stable")
        ordered = predicted[rows]
        return cls(rows, np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]])))

    def sums(self, counts: Numbers) -> Numbers:
        """Those of equal rows together."""
        sums: Numbers = np.add.reduceat(counts[:, self.rows], self.begins, axis=1)
        return sums


class ScoredAnew:
    """Any other metric: computed for each candidate in each draw.

    Parameters
    ----------
    score : callable
        From a candidate's place and row numbers, some more than once, to its score on these.
    n_candidates : int
        How many there are.
    """

    def __init__(self, score: Callable[[int, Places], float], n_candidates: int) -> None:
        self._score = score
        self._n_candidates = n_candidates

    def of_all(self, counts: Numbers) -> Numbers:
        return np.array([[self._score(place, _rows(own)) for place in range(self._n_candidates)] for own in counts])

    def of_chosen(self, counts: Numbers, chosen: Places) -> Numbers:
        return np.array([self._score(int(place), _rows(own)) for place, own in zip(chosen, counts, strict=True)])


class MeanOverRepeats:
    """The mean of the scores of each repeat on the same rows, as `cv_results_` has it.

    Parameters
    ----------
    repeats : sequence of ResampledScores
        A repeat each.
    """

    def __init__(self, repeats: Sequence[ResampledScores]) -> None:
        self._repeats = repeats

    def of_all(self, counts: Numbers) -> Numbers:
        scores: Numbers = np.mean([repeat.of_all(counts) for repeat in self._repeats], axis=0)
        return scores

    def of_chosen(self, counts: Numbers, chosen: Places) -> Numbers:
        scores: Numbers = np.mean([repeat.of_chosen(counts, chosen) for repeat in self._repeats], axis=0)
        return scores


def _rows(counts: Numbers) -> Places:
    return np.repeat(np.arange(len(counts)), counts.astype(np.intp))
