"""With estimators that are not Keras the halving searchers give what scikit-learn's give."""

import numpy as np
import pytest
from scipy.stats import loguniform, randint
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold, ShuffleSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from tests.search.fakes import Tied
from tests.search.parity import MODULES, assert_equal, assert_same, assert_same_error, fit

FOREST = RandomForestClassifier(random_state=0)
PIPELINE = make_pipeline(StandardScaler(), SVC())
TREES = {"resource": "n_estimators", "max_resources": 9}

GRIDS = {
    "logistic": (LogisticRegression(), {"C": [0.01, 0.1, 1.0, 1.0, 10.0]}, {}),
    "forest": (FOREST, {"max_depth": [1, 2, None], "min_samples_leaf": [1, 5]}, TREES),
    "pipeline": (PIPELINE, [{"svc__C": [0.1, 1.0, 10.0]}, {"svc": [LogisticRegression()], "svc__C": [1.0]}], {}),
    "failing": (LogisticRegression(), {"C": [1.0, -1.0, 0.1, -2.0]}, {}),
    "failing with a score": (LogisticRegression(), {"C": [1.0, -1.0, 0.1, -2.0]}, {"error_score": 2.0}),
    "failing with all scores missing": (LogisticRegression(), {"C": [1.0, 0.1, 0.3]}, {"scoring": lambda *_: np.nan}),
}
DISTRIBUTIONS = {
    "logistic": (LogisticRegression(), {"C": loguniform(1e-3, 1e1)}, {}),
    "forest": (FOREST, {"max_depth": randint(1, 9)}, TREES),
    "pipeline": (PIPELINE, {"svc__C": loguniform(1e-2, 1e2), "svc__gamma": [0.01, 0.1]}, {}),
    "more than there are": (FOREST, {"max_depth": [1, 2, 3]}, {**TREES, "n_candidates": 5}),
    "failing": (LogisticRegression(), {"C": [1.0, -1.0, 0.1, -2.0]}, {"n_candidates": 4}),
}
OPTIONS = {
    "plain": {},
    "factor 2": {"factor": 2, "return_train_score": False},
    "a factor with a fraction": {"factor": 1.5, "min_resources": "smallest"},
    "aggressive": {"aggressive_elimination": True, "min_resources": 4, "max_resources": 20},
    "other metric, no refit": {"scoring": "f1", "refit": False},
    "a function as refit": {"refit": lambda results: 0},
}


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
@pytest.mark.parametrize("case", GRIDS.values(), ids=GRIDS)
def test_halving_a_grid_gives_what_scikit_learn_gives(case, options):
    estimator, grid, own = case
    assert_same("HalvingGridSearchCV", estimator, grid, random_state=0, **options | own)


@pytest.mark.parametrize("make_state", [lambda: 0, lambda: np.random.RandomState(0)], ids=["int", "RandomState"])
@pytest.mark.parametrize("case", DISTRIBUTIONS.values(), ids=DISTRIBUTIONS)
def test_halving_random_candidates_gives_what_scikit_learn_gives(case, make_state):
    estimator, distributions, options = case
    assert_equal(
        *(
            fit(m, "HalvingRandomSearchCV", estimator, distributions, random_state=make_state(), **options)
            for m in MODULES
        )
    )


@pytest.mark.parametrize("resource", ["n_samples", "n_estimators"])
def test_numpys_global_state_is_consumed_as_by_scikit_learn(resource):
    drawn = []
    for module in MODULES:
        np.random.seed(3)
        options = {"resource": resource, "max_resources": 40, "min_resources": 12}
        fit(module, "HalvingRandomSearchCV", FOREST, {"max_depth": randint(1, 9)}, **options)
        drawn.append(np.random.random())
    assert drawn[0] == drawn[1]


@pytest.mark.parametrize("n_candidates", [3, 4, 26, 27, 28, 81])
@pytest.mark.parametrize("factor", [2, 3, 2.5])
@pytest.mark.parametrize("n_folds", [2, 10])
def test_ties_and_missing_scores_survive_as_in_scikit_learn(n_candidates, factor, n_folds):
    grid = {"seed": range(n_candidates)}
    options = {"factor": factor, "cv": n_folds, "random_state": 0, "resource": "steps", "max_resources": 100}
    assert_equal(*(fit(m, "HalvingGridSearchCV", Tied(), grid, **options) for m in MODULES))


def test_workers_give_what_scikit_learn_gives():
    estimator, grid, _ = GRIDS["logistic"]
    assert_equal(*(fit(m, "HalvingGridSearchCV", estimator, grid, n_jobs=2, random_state=0) for m in MODULES))


@pytest.mark.parametrize(
    "options",
    [
        {"factor": 0},
        {"factor": 1},
        {"resource": "no_such_parameter"},
        {"resource": "max_iter"},
        {"resource": "C", "max_resources": 10},
        {"min_resources": 1000},
        {"min_resources": "most"},
        {"min_resources": 20, "max_resources": 10},
        {"max_resources": 0},
        {"cv": KFold(3, shuffle=True)},
        {"cv": ShuffleSplit(3)},
        {"scoring": ["f1", "accuracy"]},
        {"aggressive_elimination": "yes"},
        {"error_score": "raise", "resource": "max_iter", "max_resources": 10, "scoring": lambda *_: 1 / 0},
    ],
    ids="-".join,
)
def test_wrong_arguments_raise_what_scikit_learn_raises(options):
    assert_same_error("HalvingGridSearchCV", LogisticRegression(), {"C": [0.1, 1.0, 10.0]}, **options)


def test_wrong_arguments_of_a_random_search_raise_what_scikit_learn_raises():
    for options in ({"min_resources": "exhaust"}, {"n_candidates": 0}, {"resource": "C", "max_resources": 4}):
        assert_same_error("HalvingRandomSearchCV", LogisticRegression(), {"C": [0.1, 1.0]}, **options)


def test_a_rung_whose_fits_all_fail_raises_what_scikit_learn_raises():
    assert_same_error("HalvingGridSearchCV", LogisticRegression(), {"C": [-1.0, -2.0, -3.0]})
