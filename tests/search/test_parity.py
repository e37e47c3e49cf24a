"""With estimators that are not Keras the searchers give what scikit-learn's give."""

import warnings

import numpy as np
import pytest
from scipy.stats import loguniform
from sklearn import model_selection
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

import skhpt

X, y = load_breast_cancer(return_X_y=True)
X, y = StandardScaler().fit_transform(X)[::3], y[::3]

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


def fit(module, name, *args, **options):
    """A fitted search of scikit-learn or of skhpt, and the warnings of it."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        search = getattr(module, name)(*args, **{"cv": 3} | options).fit(X, y)
    return search, [(type(w.message), _without_code_lines(str(w.message))) for w in caught]


def _without_code_lines(message):
    """A message without the lines of a traceback that show where in whose code it was."""
    return [line for line in message.splitlines() if not line.startswith("  ")]


def assert_equal(ours, theirs):
    (our_search, our_warnings), (their_search, their_warnings) = ours, theirs
    assert list(our_search.cv_results_) == list(their_search.cv_results_)
    for key, expected in their_search.cv_results_.items():
        if key.endswith("_time"):
            continue
        if key == "params" or expected.dtype.kind == "O":
            assert repr(our_search.cv_results_[key]) == repr(expected)
        else:
            np.testing.assert_array_equal(our_search.cv_results_[key], expected, strict=True)
    assert our_warnings == their_warnings
    for attribute in ("best_index_", "best_score_", "n_splits_", "multimetric_"):
        assert getattr(our_search, attribute, None) == getattr(their_search, attribute, None)
    if our_search.refit:
        np.testing.assert_array_equal(our_search.predict(X), their_search.predict(X))
        assert our_search.score(X, y) == their_search.score(X, y)


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
        for module in (skhpt, model_selection)
    )
    assert_equal(ours, theirs)


def test_numpys_global_state_is_consumed_as_by_scikit_learn():
    drawn = []
    for module in (skhpt, model_selection):
        np.random.seed(3)
        fit(module, "RandomizedSearchCV", LogisticRegression(), {"C": loguniform(1e-3, 1e1)}, n_iter=2)
        drawn.append(np.random.random())
    assert drawn[0] == drawn[1]


@pytest.mark.parametrize("shared", ["global", "RandomState"])
def test_candidates_and_folds_are_drawn_in_scikit_learns_order(shared):
    searches = []
    for module in (skhpt, model_selection):
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
    assert_equal(*(fit(module, "GridSearchCV", *case, cv=cv) for module in (skhpt, model_selection)))


def test_workers_give_what_scikit_learn_gives():
    case = GRIDS["logistic"]
    assert_equal(fit(skhpt, "GridSearchCV", *case, n_jobs=2), fit(model_selection, "GridSearchCV", *case, n_jobs=2))


@pytest.mark.parametrize("options", [{"scoring": "no_such_metric"}, {"scoring": ["f1", "accuracy"]}, {"refit": 3}])
def test_wrong_arguments_raise_what_scikit_learn_raises(options):
    errors = []
    for module in (skhpt, model_selection):
        with pytest.raises(ValueError, match=r".") as caught:
            fit(module, "GridSearchCV", LogisticRegression(), {"C": [1.0]}, **options)
        errors.append((type(caught.value), str(caught.value)))
    assert errors[0] == errors[1]
