"""Folds that lack a class of the search."""

import keras
import numpy as np
import pytest
from keras import layers
from sklearn.datasets import load_iris
from sklearn.model_selection import KFold, TimeSeriesSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skhpt import (
    BayesianSearchCV,
    GridSearchCV,
    HalvingGridSearchCV,
    HyperbandSearchCV,
    KerasClassifier,
    RandomizedSearchCV,
)

slow = pytest.mark.slow

IRIS, KINDS = load_iris(return_X_y=True)
BY_KIND = KFold(3)  # of rows in the order of the classes: each training fold lacks the one that it is tested on
UNITS = {"units": [2, 4]}
NON_FINITE = "ignore:One or more of the (test|train) scores are non-finite"


def of_three(units=2, activation="softmax"):
    """A network with a fixed number of units in its output."""
    return keras.Sequential([keras.Input((4,)), layers.Dense(units, "relu"), layers.Dense(3, activation)])


def as_told(meta, units=2):
    """A network with as many as the data have classes."""
    hidden, output = layers.Dense(units, "relu"), layers.Dense(meta["n_classes_"], "softmax")
    return keras.Sequential([keras.Input((4,)), hidden, output])


def classifier(build=of_three, **params):
    return KerasClassifier(build, **{"epochs": 2, "optimizer": "adam", "verbose": 0, "random_state": 0} | params)


def shape_of_probabilities(estimator, X, y):
    """A score that is finite only if there is a column for each class of the search."""
    assert estimator.classes_.tolist() == sorted(set(estimator.classes_.tolist()))
    probabilities = estimator.predict_proba(X)
    return float(probabilities.shape[1]) if np.allclose(probabilities.sum(axis=1), 1) else np.nan


SEARCHES = {
    "grid": lambda estimator, **options: GridSearchCV(estimator, UNITS, **options),
    "random": lambda estimator, **options: RandomizedSearchCV(estimator, UNITS, n_iter=2, random_state=0, **options),
    "halving": lambda estimator, **options: HalvingGridSearchCV(
        estimator, UNITS, resource="epochs", factor=2, max_resources=2, **options
    ),
    "halving on samples": lambda estimator, **options: HalvingGridSearchCV(
        estimator, UNITS, resource="n_samples", factor=2, min_resources=24, random_state=0, **options
    ),
    "hyperband": lambda estimator, **options: HyperbandSearchCV(
        estimator, {"units": [2, 3, 4]}, resource="epochs", max_resources=3, random_state=0, **options
    ),
    "bayesian": lambda estimator, **options: BayesianSearchCV(
        estimator, {"units": [2, 3, 4]}, n_iter=2, random_state=0, **options
    ),
}


@pytest.mark.parametrize(("engine", "n_jobs"), [("auto", None), pytest.param("per-trial", 2, marks=slow)])
@pytest.mark.parametrize(
    ("kind", "build"), [("grid", as_told), *(pytest.param(kind, of_three, marks=slow) for kind in SEARCHES)]
)
def test_there_is_a_column_for_each_class_of_the_search(kind, build, engine, n_jobs):
    options = {"cv": BY_KIND, "scoring": shape_of_probabilities, "error_score": "raise"}
    search = SEARCHES[kind](classifier(build), engine=engine, n_jobs=n_jobs, **options).fit(IRIS, KINDS)
    assert set(search.cv_results_["mean_test_score"]) == {3.0}


@pytest.mark.parametrize("engine", ["auto", pytest.param("per-trial", marks=slow)])
@pytest.mark.parametrize(
    ("classes", "params"),
    [
        (np.array(["a", "b", "c"]), {}),
        (np.array([-1.0, 0.0, 5.0]), {"loss": "categorical_crossentropy"}),
        (np.array([False, True, True]), {}),
        (np.array([3, 1, 2]), {"class_weight": "balanced"}),
    ],
    ids=["text", "numbers, one-hot", "two", "weights"],
)
def test_classes_of_any_type(classes, params, engine):
    y = classes[KINDS]
    n = len(np.unique(y))
    build = as_told if n == 2 else of_three
    search = GridSearchCV(
        classifier(build, **params),
        UNITS,
        cv=BY_KIND,
        scoring=shape_of_probabilities,
        error_score="raise",
        engine=engine,
    ).fit(IRIS, y)
    assert set(search.cv_results_["mean_test_score"]) == {float(n)}
    assert search.classes_.tolist() == np.unique(y).tolist()


def of_two_columns(meta):
    inputs = keras.Input((4,))
    return keras.Model(inputs, [layers.Dense(n, "softmax")(inputs) for n in meta["n_classes_"]])


@pytest.mark.parametrize("engine", ["auto", pytest.param("per-trial", marks=slow)])
def test_several_columns_of_labels(engine):
    y = np.column_stack([KINDS, np.arange(150) // 30])

    def shapes(estimator, X, y):
        return float("".join(str(part.shape[1]) for part in estimator.predict_proba(X)))

    search = GridSearchCV(
        classifier(of_two_columns), {"batch_size": [16]}, cv=BY_KIND, scoring=shapes, error_score="raise", engine=engine
    ).fit(IRIS, y)
    assert search.best_score_ == 35.0


@pytest.mark.filterwarnings(NON_FINITE, r"ignore:\s.*fits failed", "ignore:Scoring failed")
def test_without_a_finite_mean_an_error_is_told_before_a_score():
    rows = IRIS.copy()
    rows[0] = np.nan  # which the first fold is scored on, and the others are trained on
    with pytest.raises(ValueError, match=r"No candidate has a finite mean score.* fold 1: ValueError: Input X"):
        GridSearchCV(classifier(), UNITS, cv=KFold(3)).fit(rows, KINDS)


def test_what_a_search_has_refitted_learns_the_classes_of_other_rows():
    best = GridSearchCV(classifier(as_told), UNITS, cv=3).fit(IRIS, KINDS).best_estimator_
    assert best.fit(IRIS[:100], KINDS[:100]).classes_.tolist() == [0, 1]
    assert best.fit(IRIS, np.array(["a", "b", "c"])[KINDS]).classes_.tolist() == ["a", "b", "c"]


@slow
@pytest.mark.parametrize("engine", ["auto", "per-trial"])
def test_in_a_pipeline_and_over_time(engine):
    pipeline = make_pipeline(StandardScaler(), classifier())
    search = GridSearchCV(
        pipeline, {"kerasclassifier__units": [2, 4]}, cv=TimeSeriesSplit(3), error_score="raise", engine=engine
    ).fit(IRIS, KINDS)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def test_a_class_that_a_fold_lacks_changes_nothing_else():
    """Of a fold that lacks no class, all is as in a search that has told nothing."""
    X, y = IRIS[::3], KINDS[::3]
    ours = classifier().fit(X, y)
    search = GridSearchCV(classifier(), {"units": [2]}, cv=[(np.arange(50), np.arange(50))], engine="per-trial")
    search.fit(X, y)
    np.testing.assert_array_equal(search.predict_proba(X), ours.predict_proba(X))


@pytest.mark.filterwarnings(NON_FINITE)
@pytest.mark.parametrize("engine", ["auto", "per-trial"])
def test_without_a_finite_mean_there_is_no_best(engine):
    def without_the_first(estimator, X, y):
        return np.nan if 0 in y else 1.0

    search = GridSearchCV(classifier(), UNITS, cv=BY_KIND, scoring=without_the_first, engine=engine)
    with pytest.raises(
        ValueError, match=r"No candidate has a finite mean score.*Candidate 0 .* fold 0: its score is nan"
    ):
        search.fit(IRIS, KINDS)
    assert search.cv_results_["split1_test_score"].tolist() == [1.0, 1.0]
    assert len(search.histories_) == 2 * 3 * 2
    assert not hasattr(search, "best_params_")
    fitted = search.set_params(refit=False).fit(IRIS, KINDS)
    assert len(fitted.cv_results_["params"]) == 2
    assert not hasattr(fitted, "best_index_")
