"""Runs of networks: which are the same search, which go on with more candidates, and what their arguments may be."""

import keras
import numpy as np
import pytest
from scipy.stats import randint
from sklearn.datasets import load_iris

from skhpt import GridSearchCV, KerasClassifier, RandomizedSearchCV

ENGINES = pytest.mark.parametrize("engine", ["fused", pytest.param("per-trial", marks=pytest.mark.slow)])


def build(value=1, units=4):
    """A hidden layer as large as a value is long."""
    sizes = [units, len(str(value))]
    hidden = [keras.layers.Dense(size, activation="relu") for size in sizes]
    return keras.Sequential([keras.Input((4,)), *hidden, keras.layers.Dense(3, activation="softmax")])


def classifier(**settings):
    return KerasClassifier(build, optimizer="adam", epochs=1, random_state=0, **settings)


def iris():
    X, y = load_iris(return_X_y=True)
    return X.astype("float32"), y


def n_parameters(estimator, X, y):
    return estimator.model_.count_params()


@ENGINES
def test_an_argument_of_the_builder_that_looks_alike_is_another_search(tmp_path, engine):
    options = {"cv": 2, "runs_dir": tmp_path, "engine": engine, "scoring": n_parameters, "resume": True}
    GridSearchCV(classifier(), {"value": [1, True]}, **options).fit(*iris())
    with pytest.warns(UserWarning, match=r"param_grid\.value is \[1, True\] there and \[1\.0, -0\.0\] here"):
        search = GridSearchCV(classifier(), {"value": [1.0, -0.0]}, **options).fit(*iris())
    expected = [build(value).count_params() for value in (1.0, -0.0)]
    assert search.cv_results_["mean_test_score"].tolist() == expected
    again = GridSearchCV(classifier(), {"value": [1.0, -0.0]}, **options).fit(*iris())
    assert again.run_.id == search.run_.id
    assert again.best_model_.count_params() == max(expected)


@ENGINES
def test_a_search_over_networks_goes_on_with_more_candidates(tmp_path, engine):
    def make(n_iter, **options):
        return RandomizedSearchCV(
            classifier(), {"units": randint(2, 9)}, n_iter=n_iter, cv=2, random_state=0, engine=engine, **options
        )

    options = {"runs_dir": tmp_path, "resume": True}
    first = make(2, **options).fit(*iris())
    search, fresh = make(4, **options).fit(*iris()), make(4).fit(*iris())
    assert search.run_.id == first.run_.id
    assert search.cv_results_["params"] == fresh.cv_results_["params"]
    scores = [each.cv_results_["mean_test_score"] for each in (search, fresh)]
    np.testing.assert_allclose(*scores, atol=0.02)  # programs of other sizes round otherwise
    assert len(search.histories_) == 4 * 2


@ENGINES
def test_an_argument_of_the_builder_may_be_a_large_integer(tmp_path, engine):
    grid = {"value": [2**63, 2**64]}
    search = GridSearchCV(classifier(), grid, cv=2, runs_dir=tmp_path, engine=engine).fit(*iris())
    assert search.best_params_["value"] in grid["value"]
    assert search.results_["value"].dtype == object
