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


OF_THE_MODEL = [
    {"optimizer__learning_rate": [0.001, 0.1]},
    {"activation": ["tanh"]},
    {"dropout": [0.0, 0.5]},
    {"optimizer": ["sgd", "rmsprop"]},
    {"loss": [keras.losses.SparseCategoricalCrossentropy], "loss__reduction": ["sum", "mean"],
     "loss__from_logits": [True]},
    {"model": [nets.normalized_layers]},
    {"model__units": [4], "compile__jit_compile": [False]},
]  # fmt: skip
OF_THE_TRAINING = [
    {"batch_size": [7, 40, 74, 75, 76, 1000, -1]},  # of 75 rows
    {"epochs": [1, 3, 2, 3]},
    {"shuffle": [False], "batch_size": [16, 32]},
    {"class_weight": ["balanced", {0: 5.0, 2: 0.1}]},
    {"validation_split": [0.2, 0.4]},
    {"validation_split": [0.2], "validation_batch_size": [3]},
]


@pytest.mark.parametrize("grid", [OF_THE_MODEL, OF_THE_TRAINING], ids=["of the model", "of the training"])
@slow
def test_candidates_that_differ_in_anything_learn_the_same(grid):
    assert_engines_agree(classifier(metrics=["accuracy"]), grid, IRIS, KIND)


@slow
def test_folds_may_be_unequal():
    splits = [split for n_rows in (121, 131, 11) for split in list(KFold(3).split(IRIS[:n_rows]))[:2]]
    assert [len(train) for train, _ in splits] == [80, 81, 87, 87, 7, 7]
    estimator = classifier(batch_size=8, metrics=["accuracy"])
    options = {"cv": splits, "return_train_score": True, "record_validation": True}
    assert_engines_agree(estimator, {"dropout": [0.1]}, IRIS, KIND, **options)


@slow
def test_folds_may_be_very_unequal():
    splits = [(np.arange(100), np.arange(100, 150)), (np.arange(30, 40), np.arange(140)), (np.arange(5), [7, 9, 11])]
    assert_engines_agree(regressor(batch_size=16), {"units": [4]}, BODIES, PROGRESS, cv=[
        (train % 120, np.asarray(test) % 120) for train, test in splits], record_validation=True)  # fmt: skip


@pytest.mark.parametrize(
    ("grid", "fit"),
    [
        ({"class_weight": ["balanced"]}, {}),
        ({"class_weight": [None, "balanced"], "batch_size": [16, 32]}, {"sample_weight": np.linspace(0, 3, 131)}),
    ],
    ids=["of classes", "of classes and rows"],
)
@slow
def test_weights_weigh_the_same(grid, fit):
    estimator = classifier(metrics=["accuracy"], compile__weighted_metrics=["accuracy"], validation_split=0.2)
    options = {"record_validation": True, "return_train_score": True, "fit": fit}
    assert_engines_agree(estimator, grid, IRIS[:131], KIND[:131], **options)


@slow
def test_rows_may_be_a_table_of_doubles_and_targets_strings():
    table = pd.DataFrame(IRIS.astype("float64"), columns=list("abcd"))
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
        pytest.param([StandardScaler()], {"kerasclassifier__units": [8]}, id="scaler"),
        pytest.param(
            [StandardScaler(), PCA()],
            [
                {"pca__n_components": [2, 3]},
                {"standardscaler": [MinMaxScaler(), "passthrough"]},
                {"kerasclassifier": [classifier(nets.small, epochs=2)]},
            ],
            id="own steps",
            marks=slow,
        ),
        pytest.param(
            [ColumnTransformer([("a", StandardScaler(), [0, 1]), ("b", MinMaxScaler(), [2])])],
            [{"columntransformer__a__with_mean": [True, False]}, {"kerasclassifier__optimizer__learning_rate": [0.1]}],
            id="columns",
            marks=slow,
        ),
    ],
)
def test_a_pipeline_learns_the_same(steps, grid):
    ours, theirs = assert_engines_agree(
        make_pipeline(*steps, classifier()), grid, IRIS.astype("float64"), KIND, return_train_score=True
    )
    np.testing.assert_allclose(ours.predict_proba(IRIS), theirs.predict_proba(IRIS), rtol=1e-3, atol=1e-5)
