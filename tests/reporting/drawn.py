"""Searches to draw, without a network in them."""

import numpy as np
import pytest
from sklearn.exceptions import FitFailedWarning

from skhpt import GridSearchCV
from tests.fakes import FakeEstimator


class Tunable(FakeEstimator):
    """Scores what its parameters say, so that what a picture shows can be told in advance.

    The score is ``units / 100``, on the second half of the rows 0.02 more. The loss falls from 2 by ``rate`` an epoch.
    """

    def __init__(
        self, units=10, rate=0.1, kind="plain", epochs=3, fail_if=None, extra=None, slope=3.0, random_state=0, verbose=0
    ):
        super().__init__(slope=slope, epochs=epochs, fail_if=fail_if, random_state=random_state, verbose=verbose)
        self.units = units
        self.rate = rate
        self.kind = kind
        self.extra = extra

    def fit(self, X, y):
        super().fit(X, y)
        self.history_ = {"loss": [2 - self.rate * epoch for epoch in range(self.epochs)]}
        return self

    def score(self, X, y):
        return self.units / 100 + (0.02 if X[0, 0] >= len(X) else 0.0)


X = np.arange(40.0).reshape(-1, 1)
y = np.arange(40.0)
FOLDS = [(np.arange(20, 40), np.arange(20)), (np.arange(20), np.arange(20, 40))]
"""On the second of which every score is 0.02 more: means are 0.01 more, and deviations 0.01."""


def searched(grid, **options):
    """A grid search over a `Tunable`."""
    return GridSearchCV(Tunable(), grid, cv=FOLDS, **options).fit(X, y)


def searched_with_failures(grid, cv=FOLDS):
    """The same of a grid in which some candidates fail on every fold."""
    search = GridSearchCV(Tunable(), grid, cv=cv, refit=False)
    with pytest.warns(FitFailedWarning), pytest.warns(UserWarning, match="non-finite"):
        return search.fit(X, y)
