"""Estimators that are no `BaseEstimator` are searched as by scikit-learn."""

import numpy as np
import pytest
from sklearn import model_selection
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline

import skhpt
from tests.search.parity import MODULES, assert_equal, assert_same_error, fit

NAMES = {
    "GridSearchCV": {},
    "RandomizedSearchCV": {"n_iter": 2, "random_state": 0},
    "HalvingGridSearchCV": {"random_state": 0},
    "HalvingRandomSearchCV": {"n_candidates": 2, "random_state": 0},
}


@pytest.fixture(params=NAMES)
def name(request):
    return request.param


class Strict:
    """Sets what nobody lists, and nothing if there is nothing to set."""

    def __init__(self, always=0):
        self.always = always
        self.others = {}

    def __sklearn_tags__(self):
        return LogisticRegression().__sklearn_tags__()

    def get_params(self, deep=True):
        return {"always": self.always}

    def set_params(self, **params):
        if not params:
            raise RuntimeError("there is nothing to set")
        for name, value in params.items():
            if name == "always":
                self.always = value
            else:
                self.others[name] = value
        return self

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.full(len(X), self.others.get("unlisted", self.always))

    def score(self, X, y):
        return float(np.mean(self.predict(X) == y))


class Shallow(Strict):
    """Can't list what is deeper."""

    def get_params(self, deep=False):
        assert not deep
        return super().get_params()


class Forwarding:
    """Has its `set_params` from what it holds."""

    def __init__(self, inner=None):
        self.inner = inner

    def get_params(self, deep=True):
        return {"inner": self.inner}

    def __getattr__(self, name):
        if name == "inner" or (name.startswith("__") and name != "__sklearn_tags__"):
            raise AttributeError(name)
        return getattr(self.inner, name)


CASES = {
    "a name that is not listed": (Strict(), {"unlisted": [0, 1]}),
    "a name that is": (Strict(), {"always": [0, 1]}),
    "nothing deeper": (Shallow(), {"unlisted": [0, 1]}),
    "a step": (Pipeline([("step", Strict())]), {"step__unlisted": [0, 1]}),
    "in a search": (GridSearchCV(Strict(), {"unlisted": [0, 1]}), {"estimator__always": [0, 1]}),
    "forwarded": (Forwarding(LogisticRegression()), {"C": [0.01, 1.0]}),
}


@pytest.mark.parametrize(("estimator", "grid"), CASES.values(), ids=CASES)
def test_any_object_with_the_methods_will_do(name, estimator, grid):
    options = NAMES[name] | {"scoring": "accuracy"}
    assert_equal(*(fit(module, name, estimator, grid, **options) for module in MODULES))


class Counting(LogisticRegression):
    """Knows what was set."""

    told = []

    def set_params(self, **params):
        self.told.append(params)
        return super().set_params(**params)


def test_parameters_are_set_once_for_each_fit(name):
    told = []
    for module in MODULES:
        Counting.told.clear()
        fit(module, name, Counting(), {"C": [0.01, 1.0]}, **NAMES[name])
        told.append(list(Counting.told))
    assert told[0] == told[1]


@pytest.mark.parametrize("estimator", [None, "logistic", 3])
def test_what_is_no_estimator_meets_scikit_learns_error(name, estimator):
    assert_same_error(name, estimator, {"C": [1.0]}, **NAMES[name])


@pytest.mark.parametrize("ours", ["HyperbandSearchCV", "BayesianSearchCV"])
def test_the_searches_that_scikit_learn_has_not_raise_the_same(ours):
    with pytest.raises(ValueError, match="implementing 'fit'") as theirs:
        model_selection.GridSearchCV(None, {"C": [1.0]}).fit([[0.0]], [0])
    for method in ("fit", "plan"):
        with pytest.raises(ValueError, match="implementing 'fit'") as caught:
            getattr(getattr(skhpt, ours)(None, {"C": [1.0]}), method)([[0.0]], [0])
        assert str(caught.value) == str(theirs.value).replace("GridSearchCV", ours)
