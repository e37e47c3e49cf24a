"""What a search costs beside the fits: 1,000 candidates on 5 folds of an estimator that fits in no time.

Prints the time of a trial within a search, and that of the same fits and scores as bare joblib tasks, for one process
and for two workers; the difference is what the search adds. scikit-learn's own search stands beside them.
Takes about a minute on 2 cores.
"""

import time

import numpy as np
from joblib import Parallel, delayed
from sklearn import model_selection
from sklearn.base import BaseEstimator, RegressorMixin, clone

import skhpt

N_CANDIDATES, N_FOLDS = 1000, 5


class Instant(RegressorMixin, BaseEstimator):
    """Predicts its parameter."""

    def __init__(self, constant=0.0):
        self.constant = constant

    def fit(self, X, y):
        return self

    def predict(self, X):
        return np.full(len(X), self.constant)


def fit_and_score(estimator, X, y, train, test):
    return estimator.fit(X[train], y[train]).score(X[test], y[test])


def bare(X, y, constants, n_jobs):
    """The same fits and scores, handed to joblib."""
    splits = list(model_selection.KFold(N_FOLDS).split(X))
    tasks = (
        delayed(fit_and_score)(clone(Instant()).set_params(constant=constant), X, y, train, test)
        for constant in constants
        for train, test in splits
    )
    Parallel(n_jobs=n_jobs)(tasks)


def milliseconds_a_trial(run):
    start = time.perf_counter()
    run()
    return 1000 * (time.perf_counter() - start) / (N_CANDIDATES * N_FOLDS)


def main():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(200, 4)), rng.normal(size=200)
    constants = list(np.linspace(-1, 1, N_CANDIDATES))

    def search(module, n_jobs):
        options = {"cv": N_FOLDS, "n_jobs": n_jobs, "refit": False}
        module.GridSearchCV(Instant(), {"constant": constants}, **options).fit(X, y)

    for n_jobs in (1, 2):
        search(skhpt, n_jobs)  # so that the workers are there, and have imported what they need
        bare_ms = milliseconds_a_trial(lambda n=n_jobs: bare(X, y, constants, n))
        print(f"n_jobs={n_jobs}: joblib alone {bare_ms:.3f} ms a trial")
        for name, module in (("skhpt", skhpt), ("scikit-learn", model_selection)):
            search_ms = milliseconds_a_trial(lambda m=module, n=n_jobs: search(m, n))
            ratio = search_ms / bare_ms
            print(f"  {name}: {search_ms:.3f} ms, {search_ms - bare_ms:.3f} ms more, {ratio:.2f} times as much")


if __name__ == "__main__":
    main()
