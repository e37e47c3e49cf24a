"""Stand-ins that behave like a Keras wrapper and cost nothing."""

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin

from skhpt.trials import TrialResult, TrialStatus


class FakeEstimator(RegressorMixin, BaseEstimator):
    """Predicts ``slope * X[:, 0]``, and reports a loss an epoch as a network would.

    Parameters
    ----------
    slope : float
        3 is right for the fixture `rows`.
    epochs : int
        Entries of the history.
    fail_if : str or None
        ``"always"`` raises in every fit; ``"first_row_held_out"`` only on the folds that lack the first row.
    loss : float
        Of the last epoch.
    random_state : int or None
        What a search may seed.
    verbose : int or "auto"
        Likewise.
    """

    def __init__(self, slope=3.0, epochs=2, fail_if=None, loss=0.5, random_state=None, verbose="auto"):
        self.slope = slope
        self.epochs = epochs
        self.fail_if = fail_if
        self.loss = loss
        self.random_state = random_state
        self.verbose = verbose

    def _trial_parameters(self, seed, repeat):
        return {"verbose": 0} | ({"random_state": seed} if self.random_state is None else {})

    def fit(self, X, y, sample_weight=None):
        if self.fail_if == "always" or (self.fail_if == "first_row_held_out" and not X[0, 0] > FIRST_ROW_MARK):
            raise RuntimeError("no luck on this fold")
        self.n_features_in_ = X.shape[1]
        self.n_rows_ = len(X)
        self.sample_weight_ = sample_weight
        self.history_ = {"loss": [*np.linspace(1, 0.6, self.epochs - 1).tolist(), self.loss]}
        self.epoch_seconds_ = [0.25] * self.epochs
        self.model_ = f"model with slope {self.slope}"
        return self

    def predict(self, X):
        return self.slope * X[:, 0]


FIRST_ROW_MARK = 1000.0
"""Rows above this are those that ``fail_if="first_row_held_out"`` looks for."""


def result(candidate=0, fold=0, score=0.5, **changes):
    """A completed trial, but for what a test is about."""
    fields = {
        "candidate": candidate,
        "fold": fold,
        "repeat": 0,
        "status": TrialStatus.COMPLETED,
        "test_scores": {"score": score},
        "train_scores": None,
        "multimetric": False,
        "fit_seconds": 1.0,
        "score_seconds": 0.5,
    }
    return TrialResult(**fields | changes)
