"""`keras.utils.set_random_seed` and `numpy.random.seed` decide what nobody has given a `random_state`."""

import numpy as np
import pytest
from scipy.stats import loguniform
from sklearn import model_selection
from sklearn.ensemble import VotingRegressor
from sklearn.pipeline import Pipeline

import skhpt
from tests.fakes import FakeEstimator

X = np.random.default_rng(0).normal(size=(30, 2))
Y = X[:, 0]
SLOPES = {"slope": [1.0, 2.0]}


def seed_of(estimator, X, y):
    """What a search has seeded an estimator with, as its score."""
    if isinstance(estimator, Pipeline):
        estimator = estimator[-1]
    return float(getattr(estimator, "estimators_", [estimator])[0].random_state)


SEARCHES = {
    "grid": skhpt.GridSearchCV(FakeEstimator(), SLOPES, cv=2, scoring=seed_of),
    "random": skhpt.RandomizedSearchCV(FakeEstimator(), SLOPES, n_iter=2, cv=2, scoring=seed_of),
    "halving": skhpt.HalvingGridSearchCV(FakeEstimator(), SLOPES, cv=2, scoring=seed_of),
    "Hyperband": skhpt.HyperbandSearchCV(FakeEstimator(), SLOPES, resource="epochs", max_resources=3, scoring=seed_of),
    "Bayesian": skhpt.BayesianSearchCV(FakeEstimator(), SLOPES, n_iter=2, cv=2, scoring=seed_of),
    "within": skhpt.GridSearchCV(VotingRegressor([("a", FakeEstimator())]), {"a__slope": [1.0]}, scoring=seed_of),
    "brought": skhpt.GridSearchCV(Pipeline([("a", "passthrough")]), {"a": [FakeEstimator()]}, scoring=seed_of),
}


def seeds_after(seed, search):
    if seed is not None:
        np.random.seed(seed)
    results = search.fit(X, Y).cv_results_
    return {name: results[name].tolist() for name in results if name.startswith("split")}


@pytest.mark.parametrize("search", SEARCHES.values(), ids=SEARCHES)
def test_the_global_state_decides_and_moves_on(search):
    first, next_one = seeds_after(1, search), seeds_after(None, search)
    assert seeds_after(1, search) == first
    assert next_one != first
    assert seeds_after(2, search) != first


def test_a_random_state_goes_before_it():
    search = skhpt.GridSearchCV(FakeEstimator(), SLOPES, scoring=seed_of, random_state=0)
    assert seeds_after(1, search) == seeds_after(2, search)


def test_candidates_and_folds_are_still_those_of_scikit_learn():
    """Of an estimator that is seeded, too."""
    found = []
    for module in (skhpt, model_selection):
        np.random.seed(3)
        cv = model_selection.KFold(2, shuffle=True)
        search = module.RandomizedSearchCV(FakeEstimator(), {"slope": loguniform(1, 9)}, n_iter=2, cv=cv)
        found.append(search.fit(X, Y).cv_results_)
    for column in ("param_slope", "split0_test_score", "split1_test_score"):
        np.testing.assert_array_equal(found[0][column], found[1][column])


def test_a_plan_takes_nothing_from_it():
    np.random.seed(3)
    skhpt.BayesianSearchCV(FakeEstimator(), SLOPES, n_iter=2).plan(X, Y)
    drawn = np.random.random()
    np.random.seed(3)
    assert np.random.random() == drawn
