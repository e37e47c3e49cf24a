"""Training on datasets that bring their own batches."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers
from sklearn.datasets import load_diabetes, load_iris
from sklearn.preprocessing import StandardScaler, scale

from skhpt import KerasClassifier, KerasRegressor
from tests import builders

X, y = load_iris(return_X_y=True)
X = scale(X).astype("float32")
NAMES = np.array(["setosa", "versicolor", "virginica"])[y]
PARAMS = {"optimizer": "adam", "optimizer__learning_rate": 0.05, "verbose": 0, "random_state": 0}


def classifier(**params):
    return KerasClassifier(builders.classifier, **PARAMS | {"epochs": 10} | params)


class Batches(keras.utils.PyDataset):
    """Ten rows a batch, of labels in a column."""

    def __init__(self, target):
        super().__init__()
        self.target = target
        self.epochs_ended = 0

    def __len__(self):
        return 15

    def __getitem__(self, index):
        rows = slice(index, None, 15)
        return X[rows], self.target[rows, None]

    def on_epoch_end(self):
        self.epochs_ended += 1


def tensors(target=NAMES, size=10):
    rows = np.argsort(np.arange(len(X)) % 15, kind="stable")
    return tf.data.Dataset.from_tensor_slices((X[rows], target[rows])).batch(size)


@pytest.mark.parametrize("dataset", [tensors(), Batches(NAMES)], ids=["tf.data", "PyDataset"])
def test_a_classifier_learns_the_labels_of_a_dataset(dataset):
    fitted = classifier().fit(dataset)
    assert list(fitted.classes_) == ["setosa", "versicolor", "virginica"]
    assert fitted.score(X, NAMES) > 0.8
    assert len(fitted.history_["loss"]) == 10
    np.testing.assert_array_equal(fitted.predict(tf.data.Dataset.from_tensor_slices(X).batch(50)), fitted.predict(X))
    assert len(fitted.predict(dataset)) == 150


def test_a_dataset_trains_what_the_same_batches_of_rows_train():
    order = np.argsort(np.arange(len(X)) % 15, kind="stable")
    by_rows = classifier(batch_size=10, shuffle=False).fit(X[order], NAMES[order])
    np.testing.assert_allclose(classifier().fit(tensors()).predict_proba(X), by_rows.predict_proba(X), atol=1e-5)


def test_a_regressor_takes_targets_and_weights_from_a_dataset():
    rows, target = load_diabetes(return_X_y=True)
    rows, target = scale(rows), scale(target)
    batches = tf.data.Dataset.from_tensor_slices((rows, target, np.ones(len(rows)))).batch(32)
    fitted = KerasRegressor(builders.regressor, epochs=20, **PARAMS).fit(batches, validation_data=batches)
    assert fitted.score(rows, target) > 0.4
    assert len(fitted.history_["val_loss"]) == 20
    assert fitted.predict(batches).shape == target.shape
    column = tf.data.Dataset.from_tensor_slices((rows, target[:, None])).batch(32)
    assert fitted.fit(column).predict(rows).shape == (442, 1)


def test_one_hot_losses_and_epoch_ends_reach_a_pydataset():
    batches = Batches(NAMES)
    fitted = classifier(loss="categorical_crossentropy", loss__from_logits=True, epochs=3).fit(batches)
    assert fitted.partial_fit(batches).current_epoch == 4
    assert batches.epochs_ended >= 4  # Keras also tells it after reading a first batch


def test_a_dataset_of_several_inputs():
    def build():
        inputs = [keras.Input((2,)), keras.Input((2,))]
        return keras.Model(inputs, layers.Dense(3)(layers.Concatenate()(inputs)))

    batches = tf.data.Dataset.from_tensor_slices(((X[:, :2], X[:, 2:]), y)).shuffle(150, seed=0).batch(10)
    fitted = KerasClassifier(build, epochs=15, **PARAMS).fit(batches)
    assert fitted.score([X[:, :2], X[:, 2:]], y) > 0.8


@pytest.mark.parametrize(
    ("params", "arguments", "name"),
    [
        ({}, {"y": y}, "y"),
        ({}, {"sample_weight": np.ones(150)}, "sample_weight"),
        ({"class_weight": "balanced"}, {}, "class_weight"),
        ({"validation_split": 0.1}, {}, "validation_split"),
        ({"batch_size": 10}, {}, "batch_size"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_a_dataset_brings_by_itself_can_not_be_given_beside_it(params, arguments, name):
    with pytest.raises(ValueError, match=f"^{name} can't be used with a dataset"):
        classifier(**params).fit(tensors(), **arguments)


def test_an_encoder_of_rows_can_not_be_used_with_a_dataset():
    class Encoding(KerasClassifier):
        @property
        def feature_encoder(self):
            return StandardScaler()

    with pytest.raises(ValueError, match="feature_encoder can't be used with a dataset"):
        Encoding(builders.classifier, **PARAMS).fit(tensors())


def test_classes_that_are_to_come_may_be_told_beside_a_dataset():
    some = tensors(np.minimum(y, 1))
    assert KerasClassifier(builders.classifier, **PARAMS).partial_fit(some, classes=[0, 1, 2]).n_classes_ == 3


def test_a_builder_can_not_have_the_rows_of_a_dataset():
    with pytest.raises(ValueError, match=r"^X can't be used with a dataset"):
        KerasClassifier(lambda meta, X: builders.classifier(meta), **PARAMS).fit(tensors())


@pytest.mark.parametrize(
    ("dataset", "message"),
    [
        (tensors().repeat(), "has no end"),
        (tensors().take(0), "is empty"),
        (tensors().unbatch(), "must give batches, not single rows"),
        (tf.data.Dataset.from_tensor_slices(X).batch(10), r"must give batches \(X, y\)"),
    ],
)
def test_datasets_that_nothing_can_be_learnt_from(dataset, message):
    with pytest.raises(ValueError, match=message):
        classifier().fit(dataset)


def test_a_dataset_without_an_end_is_cut_by_the_steps_of_an_epoch():
    cut = classifier(epochs=2).fit(tensors().repeat(), steps_per_epoch=15)
    np.testing.assert_allclose(cut.predict_proba(X), classifier(epochs=2).fit(tensors()).predict_proba(X), atol=1e-5)
