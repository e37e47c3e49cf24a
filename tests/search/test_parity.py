"""With estimators that are not Keras the searchers give what scikit-learn's give."""

import numpy as np
import pytest
from scipy.stats import loguniform
from sklearn import model_selection
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

import skhpt
from tests.search.parity import MODULES, assert_equal, assert_same_error, fit

GRIDS = {
    "logistic": (LogisticRegression(), {"C": [0.01, 1.0, 1.0], "fit_intercept": [True, False]}),
    "forest": (RandomForestClassifier(random_state=0), {"n_estimators": [3, 5], "max_depth": [None, 2]}),
    "pipeline": (
        make_pipeline(StandardScaler(), SVC()),
        [{"svc__C": [0.1, 1.0]}, {"svc": [LogisticRegression()], "svc__C": [1.0]}, {"standardscaler": ["passthrough"]}],
    ),
    "failing": (LogisticRegression(), {"C": [1.0, -1.0]}),
}
OPTIONS = {
    "plain": {},
    "train scores": {"return_train_score": True, "error_score": 0.25},
    "two metrics": {"scoring": ["roc_auc", "accuracy"], "refit": "roc_auc"},
    "no refit": {"refit": False, "scoring": "f1"},
}


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
@pytest.mark.parametrize("case", GRIDS.values(), ids=GRIDS)
def test_grid_search_gives_what_scikit_learn_gives(case, options):
    assert_equal(fit(skhpt, "GridSearchCV", *case, **options), fit(model_selection, "GridSearchCV", *case, **options))


@pytest.mark.parametrize("make_state", [lambda: 0, lambda: np.random.RandomState(0)], ids=["int", "RandomState"])
@pytest.mark.parametrize("distribution", [loguniform(1e-3, 1e1), [0.01, 0.1, 1.0]], ids=["continuous", "list"])
def test_randomized_search_draws_and_gives_what_scikit_learn_does(distribution, make_state):
    ours, theirs = (
        fit(
            module, "RandomizedSearchCV", LogisticRegression(), {"C": distribution}, n_iter=3, random_state=make_state()
        )
        for module in MODULES
    )
    assert_equal(ours, theirs)


def test_numpys_global_state_is_consumed_as_by_scikit_learn():
    drawn = []
    for module in MODULES:
        np.random.seed(3)
        fit(module, "RandomizedSearchCV", LogisticRegression(), {"C": loguniform(1e-3, 1e1)}, n_iter=2)
        drawn.append(np.random.random())
    assert drawn[0] == drawn[1]


@pytest.mark.parametrize("shared", ["global", "RandomState"])
def test_candidates_and_folds_are_drawn_in_scikit_learns_order(shared):
    searches = []
    for module in MODULES:
        np.random.seed(3)
        state = None if shared == "global" else np.random.RandomState(4)
        cv = KFold(3, shuffle=True, random_state=state)
        options = {"n_iter": 2, "random_state": state, "cv": cv}
        searches.append(
            fit(module, "RandomizedSearchCV", LogisticRegression(), {"C": loguniform(1e-3, 1e1)}, **options)
        )
    assert_equal(*searches)


def test_row_numbers_may_come_as_any_sequence():
    cv = [(range(100), range(100, 150)), (list(range(50, 150)), list(range(50)))]
    case = (LogisticRegression(), {"C": [1.0]})
    assert_equal(*(fit(module, "GridSearchCV", *case, cv=cv) for module in MODULES))


def test_workers_give_what_scikit_learn_gives():
    case = GRIDS["logistic"]
    assert_equal(fit(skhpt, "GridSearchCV", *case, n_jobs=2), fit(model_selection, "GridSearchCV", *case, n_jobs=2))


@pytest.mark.parametrize("options", [{"scoring": "no_such_metric"}, {"scoring": ["f1", "accuracy"]}, {"refit": 3}])
def test_wrong_arguments_raise_what_scikit_learn_raises(options):
    assert_same_error("GridSearchCV", LogisticRegression(), {"C": [1.0]}, **options)
