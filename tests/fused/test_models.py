"""A model of any kind learns the same under both engines, as far as floats go."""

import random

import keras
import numpy as np
import pytest
from keras import layers
from sklearn.model_selection import KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from tests.backend import tensorflow_only
from tests.fused import architectures as nets
from tests.fused.architectures import DIGIT, DIGITS, IRIS, KIND
from tests.fused.comparison import (
    agree_on_iris,
    assert_engines_agree,
    assert_same_histories,
    classifier,
    searched,
)

slow = pytest.mark.slow


INPUTS = {"by name": nets.by_name, "by place": nets.by_place}


BYTES = (16 * DIGITS).astype("uint8")
OF_NUMBERS = [nets.normalized_batches, nets.normalized_layers, nets.regularized, nets.noisy, nets.constrained]
OF_IMAGES = [{"model": [nets.augmented, nets.attentive]}, {"model": [nets.recurrent], "kind": ["GRU", "LSTM"]}]
CLIPPED = {"optimizer__weight_decay": [0.1], "optimizer__clipnorm": [0.01]}
OF_WORDS = [{"optimizer": ["adam"]}, {"optimizer": ["adamw"], **CLIPPED}]


@pytest.mark.parametrize(
    ("build", "X", "y", "grid"),
    [
        pytest.param(nets.mlp, IRIS, KIND, {"units": [4, 8]}, id="dropout"),
        pytest.param(nets.convolutional, DIGITS, DIGIT, {"filters": [2]}, id="convolution"),
        pytest.param(nets.convolutional, BYTES, DIGIT, {"filters": [2]}, id="bytes", marks=slow),
        pytest.param(nets.mlp, IRIS, KIND, {"model": OF_NUMBERS}, id="layers of numbers", marks=slow),
        pytest.param(nets.mlp, DIGITS[:60], DIGIT[:60], OF_IMAGES, id="layers of images", marks=slow),
        pytest.param(nets.embedded, nets.words(), KIND[:120], OF_WORDS, id="embedding", marks=slow),
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
@tensorflow_only("what it can't vectorise")
def test_what_is_not_vectorised_trains_by_itself():
    grid = {"model": [nets.convolutional], "optimizer": ["nadam"]}
    ours, _ = assert_engines_agree(classifier(), grid, DIGITS, DIGIT, fused=False)
    assert set(ours.engine_report_["reason"]) == {"the optimizer Nadam updates variables in a way of its own"}


@slow
def test_a_kernel_that_is_normalised_in_each_step_learns_the_same():
    assert_engines_agree(classifier(nets.spectral), {}, DIGITS, DIGIT)


@slow
def test_a_layer_named_like_its_activation_does_not_hide_it():
    def build(meta, named, activation):
        if named == "layer":
            return nets.stacked(meta, layers.Dense(8), layers.Activation(activation, name=activation))
        return nets.stacked(meta, layers.Dense(8, activation=activation, name=activation))

    grid = {"named": ["layer", "activation"], "activation": ["relu", "tanh"]}
    ours, _ = assert_engines_agree(classifier(build), grid, IRIS, KIND)
    assert ours.engine_report_["program"].nunique() == 2  # it is the same computation, as a layer or within one


@slow
def test_which_layer_is_frozen_is_not_mixed_up():
    def build(meta, frozen=0):
        inner = [layers.Dense(8, activation="relu") for _ in range(3)]
        inner[1 + frozen].trainable = False
        return nets.stacked(meta, *inner)

    assert_engines_agree(classifier(build), {"frozen": [0, 1]}, IRIS, KIND)


@slow
def test_what_a_builder_takes_from_the_rows_is_that_of_its_own_fold():
    def adapted(meta, X):
        normalization = layers.Normalization()
        normalization.adapt(X)
        return nets.stacked(meta, normalization, layers.Dense(8, activation="relu"))

    def centred(meta, X):
        inputs = keras.Input(meta["X_shape_"][1:])
        hidden = layers.Dense(8, activation="relu")(inputs - X.mean(axis=0))
        return keras.Model(inputs, layers.Dense(3)(hidden))

    X = np.sort(IRIS, axis=0) * 10 + 5  # so that the folds differ
    assert_engines_agree(classifier(), {"model": [adapted, centred]}, X, KIND, cv=KFold(2), fused=False)


def test_a_builder_that_takes_the_seed_gets_that_of_each_fold():
    def build(meta, random_state=None):
        first = keras.initializers.GlorotUniform(seed=random_state)
        return nets.stacked(meta, layers.Dense(8, kernel_initializer=first))

    assert_engines_agree(classifier(build), {"batch_size": [16]}, IRIS, KIND, fused=False)


@slow
def test_initial_weights_from_any_source_are_the_same():
    def build(meta, from_):
        values = np.random.normal(size=(4, 8)) if from_ == "numpy" else np.full((4, 8), random.random())  # noqa: S311 - what Keras and NumPy draw from

        def kernel(shape, dtype=None):
            return keras.ops.convert_to_tensor(values, dtype)

        kernel = {"orthogonal": "orthogonal", "constant": keras.initializers.Constant(0.3)}.get(from_, kernel)
        return nets.stacked(meta, layers.Dense(8, kernel_initializer=kernel), layers.PReLU(), layers.Dropout(0.1))

    agree_on_iris({"from_": ["numpy", "python", "orthogonal", "constant"]}, build=build)


@slow
def test_a_model_that_is_given_instead_of_a_builder_starts_from_its_weights():
    model = keras.Sequential([keras.Input((4,)), layers.Dense(8, "relu"), layers.Dropout(0.2), layers.Dense(3)])
    assert_engines_agree(classifier(model), {"optimizer__learning_rate": [0.01, 0.1]}, IRIS, KIND, fused=False)
