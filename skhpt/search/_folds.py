"""The train/test splits of a search."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.utils import resample

from skhpt._compat.sklearn import num_samples
from skhpt.store import NoRun, Run
from skhpt.trials import Budget

Rows = npt.NDArray[np.intp]
Split = tuple[Rows, Rows]


class Folds:
    """The splits of a search, drawn once, so that all candidates meet the same ones.

    Parameters
    ----------
    cv : splitter
        With scikit-learn's interface.
    X, y : array-like
        The data.
    params : mapping of str to object
        What the splitter is given besides, such as `groups`.
    """

    def __init__(self, cv: Any, X: Any, y: Any, params: Mapping[str, Any]) -> None:
        self._cv = cv
        self._X = X
        self._y = y
        self._params = params
        self.n_splits: int = cv.get_n_splits(X, y, **params)

    def of(self, budget: Budget | None) -> Sequence[Split]:
        """The splits for a round of trials on this budget."""
        return self._whole

    @cached_property
    def _whole(self) -> list[Split]:
        return self._checked(self._cv.split(self._X, self._y, **self._params))

    def _checked(self, splits: Any) -> list[Split]:
        drawn = [(np.asarray(train), np.asarray(test)) for train, test in splits]
        if len(drawn) != self.n_splits:
            raise ValueError(
                "cv.split and cv.get_n_splits return inconsistent results. "
                f"Expected {self.n_splits} splits, got {len(drawn)}"
            )
        return drawn


class KeptFolds:
    """The folds of a search that is kept on disk: a round that goes on has the splits that it was begun with.

    Parameters
    ----------
    folds : Folds
        What draws them.
    run : Run or NoRun
        Where they are kept.
    """

    def __init__(self, folds: Folds, run: Run | NoRun) -> None:
        self._folds, self._run = folds, run
        self._drawn: list[Sequence[Split]] = []
        self._kept: list[Sequence[Split]] = []
        self.n_splits = folds.n_splits

    def of(self, budget: Budget | None) -> Sequence[Split]:
        """The splits for a round of trials on this budget, the same object where they are the same."""
        drawn = self._folds.of(budget)
        for known, kept in zip(self._drawn, self._kept, strict=True):
            if known is drawn:
                return kept
        self._drawn.append(drawn)
        self._kept.append(self._run.splits(len(self._kept), drawn))
        return self._kept[-1]


class SubsampledFolds(Folds):
    """Splits of which each round gets a part: as many samples as its budget says, of all that there are.

    The rows are drawn as scikit-learn's halving draws them: anew in each round, without replacement, from the training
    and from the test fold in turn.

    Parameters
    ----------
    cv, X, y, params
        As of `Folds`. The splitter must give the same splits each time.
    random_state : int, RandomState instance or None
        Draws the rows. An int gives the larger budget of a fold rows that include those of the smaller.
    """

    def __init__(self, cv: Any, X: Any, y: Any, params: Mapping[str, Any], *, random_state: Any) -> None:
        super().__init__(cv, X, y, params)
        self._random_state = random_state

    def of(self, budget: Budget | None) -> Sequence[Split]:
        if budget is None:
            return super().of(budget)
        fraction = budget.amount / num_samples(self._X)
        splits = self._cv.split(self._X, self._y, **self._params)
        return self._checked((self._part(train, fraction), self._part(test, fraction)) for train, test in splits)

    def _part(self, rows: Rows, fraction: float) -> Rows:
        part: Rows = resample(rows, replace=False, n_samples=int(fraction * len(rows)), random_state=self._random_state)
        return part
