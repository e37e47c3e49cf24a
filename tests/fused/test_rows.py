"""Candidates and folds of any kind are trained on the same rows under both engines."""

import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.model_selection import KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from tests.fused import architectures as nets
from tests.fused.architectures import BODIES, IRIS, KIND, PROGRESS
from tests.fused.comparison import agree_on_iris, assert_engines_agree, classifier, regressor

slow = pytest.mark.slow


@pytest.mark.slow
@pytest.mark.parametrize(
    "grid",
    [
        pytest.param({"optimizer__learning_rate": [0.001, 0.01, 0.1]}, id="learning rate"),
        pytest.param({"activation": ["relu", "tanh"]}, id="activation", marks=slow),
        pytest.param({"dropout": [0.0, 0.5]}, id="dropout", marks=slow),
        pytest.param({"batch_size": [7, 32, -1]}, id="batch size", marks=slow),
        pytest.param({"epochs": [1, 3, 2, 3]}, id="epochs"),
        pytest.param({"shuffle": [True, False]}, id="shuffle"),
        pytest.param({"shuffle": [False, True], "batch_size": [16, 32]}, id="shuffle and size", marks=slow),
        pytest.param({"class_weight": [None, "balanced", {0: 5.0, 2: 0.1}]}, id="class weight", marks=slow),
        pytest.param({"optimizer": ["sgd", "rmsprop"]}, id="optimizer", marks=slow),
        pytest.param({"loss__reduction": ["sum", "mean"], "loss": [keras.losses.SparseCategoricalCrossentropy],
                      "loss__from_logits": [True]}, id="loss", marks=slow),
        pytest.param({"validation_split": [0.0, 0.2, 0.4]}, id="validation split", marks=slow),
        pytest.param({"validation_split": [0.2], "validation_batch_size": [3, 32]}, id="validation batch", marks=slow),
        pytest.param({"model": [nets.mlp, nets.normalized_layers]}, id="builder", marks=slow),
        pytest.param({"model__units": [4], "compile__jit_compile": [False]}, id="routed", marks=slow),
        pytest.param([{"optimizer__learning_rate": [0.1]}, {"batch_size": [16]}], id="a rate for some"),
    ],
)  # fmt: skip
def test_candidates_that_differ_in_anything_learn_the_same(grid):
    assert_engines_agree(classifier(metrics=["accuracy"]), grid, IRIS, KIND)


@slow
def test_a_last_batch_may_be_partial():
    agree_on_iris({"batch_size": [40, 74, 75, 76, 1000]})


@pytest.mark.slow
@pytest.mark.parametrize("n_rows", [121, pytest.param(131, marks=slow), pytest.param(11, marks=slow)])
def test_folds_may_be_unequal(n_rows):
    estimator = classifier(batch_size=8, metrics=["accuracy"])
    options = {"cv": KFold(3), "return_train_score": True, "record_validation": True}
    assert_engines_agree(estimator, {"dropout": [0.1]}, IRIS[:n_rows], KIND[:n_rows], **options)


@slow
def test_folds_may_be_very_unequal():
    splits = [(np.arange(100), np.arange(100, 150)), (np.arange(30, 40), np.arange(140)), (np.arange(5), [7, 9, 11])]
    assert_engines_agree(regressor(batch_size=16), {"units": [4]}, BODIES, PROGRESS, cv=[
        (train % 120, np.asarray(test) % 120) for train, test in splits], record_validation=True)  # fmt: skip


@pytest.mark.parametrize("weighted", [pytest.param(w, marks=slow) for w in ("class_weight", "sample_weight", "both")])
def test_weights_of_rows_weigh_the_same(weighted):
    params = {} if weighted == "sample_weight" else {"class_weight": "balanced"}
    fit = {} if weighted == "class_weight" else {"sample_weight": np.linspace(0, 3, 131)}
    estimator = classifier(metrics=["accuracy"], compile__weighted_metrics=["accuracy"], validation_split=0.2, **params)
    options = {"record_validation": True, "return_train_score": True, "fit": fit}
    assert_engines_agree(estimator, {"dropout": [0.1]}, IRIS[:131], KIND[:131], **options)


@slow
def test_weights_for_some_candidates_alone_weigh_the_same():
    grid = {"class_weight": [None, "balanced"], "batch_size": [16, 32]}
    agree_on_iris(grid, options={"fit": {"sample_weight": np.linspace(0, 3, 150)}, "record_validation": True})


@slow
def test_rows_may_be_a_table():
    table = pd.DataFrame(IRIS, columns=list("abcd"))
    names = pd.Series(np.array(["x", "y", "z"])[KIND])
    ours, theirs = assert_engines_agree(classifier(), {"dropout": [0.1]}, table, names)
    assert list(ours.feature_names_in_) == list(theirs.feature_names_in_)
    np.testing.assert_array_equal(ours.predict(table), theirs.predict(table))


@slow
def test_validation_data_of_the_call_are_evaluated_the_same():
    validation = {"validation_data": (IRIS[:31], KIND[:31])}
    agree_on_iris({"dropout": [0.1]}, options={"fit": validation}, metrics=["accuracy"], validation_batch_size=7)


@pytest.mark.parametrize(
    ("steps", "grid"),
    [
        pytest.param([StandardScaler()], {"kerasclassifier__units": [4, 8]}, id="scaler"),
        pytest.param([StandardScaler(), PCA()], {"pca__n_components": [2, 3]}, id="own components", marks=slow),
        pytest.param(
            [StandardScaler()],
            {"standardscaler": [StandardScaler(), MinMaxScaler(), "passthrough"]},
            id="own step",
            marks=slow,
        ),
        pytest.param(
            [ColumnTransformer([("a", StandardScaler(), [0, 1]), ("b", MinMaxScaler(), [2])])],
            {
                "columntransformer__a__with_mean": [True, False],
                "kerasclassifier__optimizer__learning_rate": [0.01, 0.1],
            },
            id="columns",
            marks=slow,
        ),
        pytest.param(
            [StandardScaler()],
            {"kerasclassifier": [classifier(), classifier(nets.small, epochs=2)]},
            id="own network",
            marks=slow,
        ),
    ],
)
def test_a_pipeline_learns_the_same(steps, grid):
    ours, theirs = assert_engines_agree(
        make_pipeline(*steps, classifier()), grid, IRIS.astype("float64"), KIND, return_train_score=True
    )
    np.testing.assert_allclose(ours.predict_proba(IRIS), theirs.predict_proba(IRIS), rtol=1e-3, atol=1e-5)
