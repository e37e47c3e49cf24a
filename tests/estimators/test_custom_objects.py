"""Models with classes and functions that Keras does not know: they are copied and pickled all the same."""

import copy
import pickle

import keras
import numpy as np
import pytest
from keras import layers
from sklearn.datasets import load_iris
from sklearn.model_selection import cross_validate
from sklearn.preprocessing import scale

from skhpt import KerasClassifier

X, y = load_iris(return_X_y=True)
X = scale(X)
PARAMS = {"optimizer": "adam", "epochs": 2, "verbose": 0, "random_state": 0}


class Doubling(layers.Layer):
    def call(self, rows):
        return 2 * rows


class Net(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.last = layers.Dense(3, activation=softest)

    def call(self, rows):
        return self.last(rows)


def softest(x):
    return keras.ops.softmax(x / 2)


def own_loss(y_true, y_pred):
    return keras.losses.sparse_categorical_crossentropy(y_true, y_pred)


def layered(meta):
    return keras.Sequential([keras.Input((4,)), Doubling(), layers.Dense(3, activation=softest)])


def subclassed(meta):
    return Net()


@pytest.mark.parametrize("build", [layered, subclassed])
@pytest.mark.parametrize("copied", [lambda e: pickle.loads(pickle.dumps(e)), copy.deepcopy], ids=["pickle", "deepcopy"])
def test_a_copy_predicts_and_goes_on_as_the_original(build, copied):
    known = dict(keras.saving.get_custom_objects())
    classifier = KerasClassifier(build, loss=own_loss, **PARAMS).fit(X, y)
    other = copied(classifier)
    np.testing.assert_array_equal(other.predict_proba(X), classifier.predict_proba(X))
    np.testing.assert_array_equal(
        other.partial_fit(X, y).predict_proba(X), classifier.partial_fit(X, y).predict_proba(X)
    )
    assert keras.saving.get_custom_objects() == known


@pytest.mark.slow
def test_they_come_back_from_workers():
    fitted = cross_validate(
        KerasClassifier(layered, loss=own_loss, **PARAMS), X, y, cv=2, n_jobs=2, return_estimator=True
    )["estimator"]
    assert fitted[0].predict(X).shape == (150,)


def test_a_model_with_them_is_copied_for_each_fit():
    model = layered(None)
    classifier = KerasClassifier(model, loss=own_loss, **PARAMS).fit(X, y)
    assert classifier.model_ is not model
    assert classifier.model_.layers[0].__class__ is Doubling


def test_a_model_is_copied_with_a_class_that_keras_could_not_read():
    class Closed(layers.Layer):
        def __init__(self, size):
            super().__init__()
            self.dense = layers.Dense(size)

        def call(self, rows):
            return self.dense(rows)

    model = keras.Sequential([keras.Input((4,)), Closed(3)])
    before = model.get_weights()
    classifier = KerasClassifier(model, loss=own_loss, **PARAMS).fit(X, y)
    assert classifier.model_.layers[0].dense.units == 3
    np.testing.assert_array_equal(model.get_weights()[0], before[0])
