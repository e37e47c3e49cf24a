"""What Keras would say of a model at its first step, or in many words, is said before."""

import keras
import numpy as np
import pytest
from keras import layers

from skhpt import KerasClassifier, KerasRegressor
from skhpt.exceptions import ModelError

rng = np.random.default_rng(0)
X = rng.normal(size=(12, 4))
Y = np.arange(12) % 3


def softmax(meta):
    return keras.Sequential([keras.Input(meta["X_shape_"][1:]), layers.Dense(3, activation="softmax")])


def taking(*shape):
    def build():
        return keras.Sequential([keras.Input(shape), layers.Flatten(), layers.Dense(1)])

    return build


def fitted(build, rows, **params):
    return KerasRegressor(build, verbose=0, **params).fit(rows, np.arange(len(rows)))


@pytest.mark.parametrize(
    ("shape", "rows", "takes", "has"),
    [
        ((5,), X, r"\(5,\)", r"\(4,\)"),
        ((2, 2), X, r"\(2, 2\)", r"\(4,\)"),
        ((4,), X.reshape(12, 2, 2), r"\(4,\)", r"\(2, 2\)"),
    ],
)
def test_rows_of_another_shape_than_the_model_takes_are_told_with_both(shape, rows, takes, has):
    with pytest.raises(ModelError, match=rf"takes rows of shape {takes}\. X has rows of shape {has}\. .*meta"):
        fitted(taking(*shape), rows)


@pytest.mark.parametrize(
    ("shape", "rows"), [((4,), X), ((None, 2), X.reshape(12, 2, 2)), ((2, 2, 1), X.reshape(12, 2, 2))]
)
def test_rows_that_keras_makes_fit_are_fine(shape, rows):
    def build():
        pool = layers.GlobalAveragePooling1D() if len(shape) == 2 else layers.Flatten()
        return keras.Sequential([keras.Input(shape), pool, layers.Dense(1)])

    assert fitted(build, rows).predict(rows).shape == (12,)


def test_inputs_are_told_together():
    def build():
        inputs = {"a": keras.Input((4,), name="a"), "b": keras.Input((2,), name="b")}
        return keras.Model(inputs, layers.Dense(1)(layers.Concatenate()(list(inputs.values()))))

    with pytest.raises(
        ModelError, match=r"takes rows of shape \(4,\) and \(2,\)\. X has rows of shape \(4,\) and \(4,\)"
    ):
        KerasRegressor(build, verbose=0).fit({"a": X, "b": X}, np.arange(12))
    KerasRegressor(build, verbose=0).fit({"a": X, "b": X[:, :2]}, np.arange(12))


@pytest.mark.parametrize(
    ("metric", "name"),
    [
        ("Precision", "Precision"),
        (keras.metrics.AUC(), "AUC"),
        (keras.metrics.Recall, "Recall"),
    ],
)
def test_a_metric_for_one_unit_is_told_beside_a_unit_a_class(metric, name):
    with pytest.raises(ModelError, match=f"The metric '{name}' can't be computed: the model has 3 units.*'accuracy'"):
        KerasClassifier(softmax, metrics=["accuracy", metric], verbose=0).fit(X, Y)
    encoded = KerasClassifier(softmax, metrics=[metric], loss="categorical_crossentropy", verbose=0).fit(X, Y)
    assert any(key.startswith(name.lower()[:2]) for key in map(str.lower, encoded.history_))


def test_metrics_that_can_be_computed_keep_their_names():
    def own(y_true, y_pred):
        return keras.ops.mean(y_pred)

    metrics = [
        "acc", "sparse_categorical_accuracy", "SparseTopKCategoricalAccuracy", own,
        keras.metrics.SparseCategoricalCrossentropy(),
    ]  # fmt: skip
    history = KerasClassifier(softmax, metrics=metrics, verbose=0).fit(X, Y).history_
    assert {"sparse_categorical_accuracy", "own", "sparse_categorical_crossentropy"} < history.keys()
    assert not any(name.endswith("_1") for name in history)


def test_a_metric_that_was_tried_has_counted_nothing():
    metric = keras.metrics.SparseCategoricalCrossentropy()

    def build(meta):
        model = softmax(meta)
        model.compile(loss="sparse_categorical_crossentropy", metrics=[metric], optimizer="sgd")
        return model

    history = KerasClassifier(build, verbose=0, batch_size=-1, random_state=0).fit(X, Y).history_
    assert history["sparse_categorical_crossentropy"] == pytest.approx(history["loss"])


def absolute(y_true, y_pred):
    return keras.ops.mean(keras.ops.abs(keras.ops.cast(y_true, "float32")), axis=-1)


def test_metrics_made_of_a_users_own_function_are_taken():
    metric = keras.metrics.MeanMetricWrapper(absolute, name="absolute")
    assert "absolute" in KerasClassifier(softmax, metrics=[metric], verbose=0).fit(X, Y).history_
