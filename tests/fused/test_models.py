"""A model of any kind learns the same under both engines, as far as floats go."""

import random

import keras
import numpy as np
import pytest
from keras import layers
from sklearn.model_selection import KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skhpt import KerasClassifier
from tests.fused import architectures as nets
from tests.fused.architectures import BINARY, DIGIT, DIGITS, IRIS, KIND
from tests.fused.comparison import (
    ADAM,
    agree_on_iris,
    assert_engines_agree,
    assert_same_histories,
    classifier,
    searched,
)

slow = pytest.mark.slow


SEQUENCES = DIGITS[:60]
INPUTS = {"by name": nets.by_name, "by place": nets.by_place}


@pytest.mark.parametrize(
    ("build", "X", "y", "grid"),
    [
        pytest.param(nets.mlp, IRIS, KIND, {"units": [4, 8]}, id="dropout"),
        pytest.param(nets.convolutional, DIGITS, DIGIT, {"filters": [2, 4]}, id="convolution"),
        pytest.param(nets.normalized_batches, IRIS, KIND, {"units": [8]}, id="batch normalization", marks=slow),
        pytest.param(nets.normalized_layers, IRIS, KIND, {"units": [8]}, id="layer normalization", marks=slow),
        pytest.param(nets.regularized, IRIS, KIND, {"units": [8]}, id="regularizers", marks=slow),
        pytest.param(nets.noisy, IRIS, KIND, {"units": [8]}, id="noise", marks=slow),
        pytest.param(nets.embedded, nets.words(), KIND[:120], {"batch_size": [16]}, id="embedding", marks=slow),
        pytest.param(nets.augmented, DIGITS, DIGIT, {"batch_size": [16]}, id="augmentation", marks=slow),
        pytest.param(nets.attentive, DIGITS, DIGIT, {"batch_size": [16]}, id="attention", marks=slow),
        pytest.param(nets.recurrent, SEQUENCES, DIGIT[:60], {"kind": ["GRU"]}, id="GRU", marks=slow),
        pytest.param(nets.recurrent, SEQUENCES, DIGIT[:60], {"kind": ["LSTM"]}, id="LSTM", marks=slow),
        pytest.param(nets.mlp, IRIS, np.array(["a", "b", "c"])[KIND], {"units": [8]}, id="string labels", marks=slow),
        pytest.param(nets.mlp, IRIS.astype("float64"), KIND, {"units": [8]}, id="doubles", marks=slow),
        pytest.param(
            nets.convolutional,
            (16 * DIGITS).astype("uint8"),
            DIGIT,
            {"filters": [2]},
            id="bytes",
            marks=slow,
        ),
        pytest.param(nets.sigmoid, IRIS, BINARY, {"units": [4]}, id="sigmoid", marks=slow),
        pytest.param(nets.softmax, IRIS, KIND, {"units": [4]}, id="softmax", marks=slow),
    ],
)
def test_a_classifier_learns_the_same(build, X, y, grid):
    assert_engines_agree(classifier(build), grid, X, y)


@pytest.mark.parametrize("inputs", [pytest.param("by name"), pytest.param("by place", marks=slow)])
def test_a_model_of_several_inputs_learns_the_same(inputs):
    build = INPUTS[inputs]

    def split(X):
        parts = {"sepal": X[:, :2], "petal": X[:, 2:]}
        return parts if inputs == "by name" else list(parts.values())

    pipeline = make_pipeline(FunctionTransformer(split), classifier(build))
    assert_engines_agree(pipeline, {"kerasclassifier__batch_size": [16]}, IRIS, KIND)


@slow
def test_mixed_precision_is_nearly_the_same():
    keras.mixed_precision.set_dtype_policy("mixed_bfloat16")
    try:
        ours, theirs = (searched(classifier(), {"units": [8]}, IRIS, KIND, engine=e) for e in ("auto", "per-trial"))
    finally:
        keras.mixed_precision.set_dtype_policy("float32")
    assert set(ours.engine_report_["engine"]) == {"fused"}, ours.engine_report_["reason"].unique()
    assert_same_histories(ours.histories_, theirs.histories_, rtol=2e-2)


@slow
def test_what_is_not_vectorised_trains_by_itself():
    nadam = {"optimizer": ["nadam"]}
    ours, _ = assert_engines_agree(classifier(), nadam, IRIS, KIND, fused=False)
    assert set(ours.engine_report_["reason"]) == {"the optimizer Nadam updates variables in a way of its own"}
    spectral = KerasClassifier(nets.spectral, **ADAM)
    ours, _ = assert_engines_agree(spectral, {"batch_size": [16]}, DIGITS, DIGIT, fused=False)
    assert ours.engine_report_["reason"].str.startswith("TensorFlow can't vectorise its training").all()


@pytest.mark.slow
@pytest.mark.parametrize("place", ["layer", pytest.param("activation", marks=slow)])
def test_a_layer_named_like_its_activation_does_not_hide_it(place):
    def build(meta, activation="relu"):
        if place == "layer":
            return nets.stacked(meta, layers.Dense(8), layers.Activation(activation, name=activation))
        return nets.stacked(meta, layers.Dense(8, activation=activation, name=activation))

    ours, _ = assert_engines_agree(classifier(build), {"activation": ["relu", "tanh"]}, IRIS, KIND)
    assert ours.engine_report_["program"].nunique() == 2


@slow
def test_which_layer_is_frozen_is_not_mixed_up():
    def build(meta, frozen=0):
        inner = [layers.Dense(8, activation="relu") for _ in range(3)]
        inner[1 + frozen].trainable = False
        return nets.stacked(meta, *inner)

    assert_engines_agree(classifier(build), {"frozen": [0, 1]}, IRIS, KIND)


@pytest.mark.slow
def test_statistics_that_a_layer_has_adapted_to_are_those_of_its_own_fold():
    def build(meta, X, units=8):
        normalization = layers.Normalization()
        normalization.adapt(X)
        return nets.stacked(meta, normalization, layers.Dense(units, activation="relu"))

    X = np.sort(IRIS, axis=0) * 10 + 5  # so that the folds differ
    assert_engines_agree(classifier(build), {"units": [4, 8]}, X, KIND, cv=KFold(2), fused=False)


@slow
def test_constants_from_the_rows_are_those_of_their_own_fold():
    def build(meta, X, units=8):
        inputs = keras.Input(meta["X_shape_"][1:])
        hidden = layers.Dense(units, activation="relu")(inputs - X.mean(axis=0))
        return keras.Model(inputs, layers.Dense(3)(hidden))

    X = np.sort(IRIS, axis=0) * 10 + 5
    assert_engines_agree(classifier(build), {"units": [8]}, X, KIND, cv=KFold(2), fused=False)


def test_a_builder_that_takes_the_seed_gets_that_of_each_fold():
    def build(meta, random_state=None):
        first = keras.initializers.GlorotUniform(seed=random_state)
        return nets.stacked(meta, layers.Dense(8, kernel_initializer=first))

    assert_engines_agree(classifier(build), {"batch_size": [16]}, IRIS, KIND, fused=False)


@pytest.mark.parametrize("from_", ["numpy", "python", "orthogonal", "constant"])
@slow
def test_initial_weights_from_any_source_are_the_same(from_):
    def build(meta):
        values = np.random.normal(size=(4, 8)) if from_ == "numpy" else np.full((4, 8), random.random())  # noqa: S311 - what Keras and NumPy draw from

        def kernel(shape, dtype=None):
            return keras.ops.convert_to_tensor(values, dtype)

        kernel = {"orthogonal": "orthogonal", "constant": keras.initializers.Constant(0.3)}.get(from_, kernel)
        return nets.stacked(meta, layers.Dense(8, kernel_initializer=kernel), layers.PReLU(), layers.Dropout(0.1))

    agree_on_iris({"batch_size": [16]}, build=build, options={"repeats": 2})


@slow
def test_a_model_that_is_given_instead_of_a_builder_starts_from_its_weights():
    model = keras.Sequential([keras.Input((4,)), layers.Dense(8, "relu"), layers.Dropout(0.2), layers.Dense(3)])
    assert_engines_agree(classifier(model), {"optimizer__learning_rate": [0.01, 0.1]}, IRIS, KIND, fused=False)
