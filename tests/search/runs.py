"""What tests of runs share."""

import os

import numpy as np

from skhpt.trials import Deadline
from tests.fakes import FakeEstimator

SLOPES = [1.0, 2.0, 3.0, 4.0]


class Interrupted(FakeEstimator):
    """Is interrupted in the fit of a slope, as by Ctrl-C, while the file is there that it is told of."""

    def __init__(self, slope=3.0, epochs=2, random_state=None, verbose=0, at=3.0, while_there=""):
        super().__init__(slope=slope, epochs=epochs, random_state=random_state, verbose=verbose)
        self.at = at
        self.while_there = while_there

    def fit(self, X, y):
        if self.slope == self.at and os.path.exists(self.while_there):
            raise KeyboardInterrupt
        return super().fit(X, y)


class Counting(FakeEstimator):
    """Counts the fits of this process."""

    n_fits = 0

    def fit(self, X, y, sample_weight=None):
        type(self).n_fits += 1
        return super().fit(X, y, sample_weight)


class OverAfter(Deadline):
    """Is over once there were so many fits."""

    n_fits = 0

    @property
    def is_over(self):
        return Counting.n_fits >= self.n_fits


def runs_in(tmp_path):
    return sorted(path.name for path in (tmp_path / "runs").iterdir())


def same_scores(one, other):
    names = [name for name in one.cv_results_ if "score" in name and "time" not in name]
    for name in names:
        np.testing.assert_array_equal(one.cv_results_[name], other.cv_results_[name])
