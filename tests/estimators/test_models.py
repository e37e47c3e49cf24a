"""What a model may be built by."""

import functools

import keras
import numpy as np
import pytest
from keras import layers
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.preprocessing import scale

from skhpt import GridSearchCV, KerasClassifier, KerasRegressor
from skhpt.estimators import seeded
from skhpt.exceptions import ModelError
from tests import builders

X, y = load_iris(return_X_y=True)
X = scale(X)
PARAMS = {"optimizer": "adam", "optimizer__learning_rate": 0.05, "epochs": 10, "verbose": 0, "random_state": 0}


class Factory:
    def __init__(self, units):
        self.units = units

    def build(self, meta, dropout=0.0):
        return builders.classifier(meta, self.units, dropout)

    def __call__(self, meta, dropout=0.0):
        return self.build(meta, dropout)


@pytest.mark.parametrize(
    "model",
    [
        lambda meta, dropout=0.0: builders.classifier(meta, 6, dropout),
        functools.partial(builders.classifier, units=6),
        Factory(6).build,
        Factory(6),
    ],
    ids=["lambda", "partial", "bound method", "callable object"],
)
def test_a_builder_may_be_anything_that_is_called(model):
    estimator = clone(KerasClassifier(model, **PARAMS)).set_params(dropout=0.1).fit(X, y)
    assert (estimator.model_.layers[0].units, estimator.model_.layers[1].rate) == (6, 0.1)
    assert estimator.score(X, y) > 0.85


def test_the_older_name_of_the_parameter_works():
    assert KerasClassifier(build_fn=builders.classifier, **PARAMS).fit(X, y).score(X, y) > 0.85


@pytest.mark.parametrize("compiled", [True, False], ids=["compiled", "uncompiled"])
def test_a_model_is_copied_with_its_weights_and_stays_as_it_is(compiled):
    model = keras.Sequential([keras.Input((4,)), layers.Dense(8, activation="relu"), layers.Dense(3)])
    params = {"epochs": 10, "verbose": 0, "random_state": 0}
    if compiled:
        model.compile(keras.optimizers.Adam(0.05), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    else:
        params = PARAMS
    before = [w.copy() for w in model.get_weights()]
    estimator = clone(KerasClassifier(model, **params))
    first, second = (estimator.fit(X, y).history_["loss"] for _ in range(2))
    assert first == second  # from the same weights
    assert estimator.score(X, y) > 0.85
    for old, now in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, now)


def test_a_trained_model_goes_on_from_what_it_has_learnt():
    trained = KerasClassifier(builders.classifier, **PARAMS).fit(X, y)
    assert KerasClassifier(trained.model_, verbose=0).fit(X, y).history_["loss"][0] < trained.history_["loss"][0] / 2


def test_a_model_can_be_searched_over():
    with seeded(0):  # the initial weights are the models' own
        small, large = (
            keras.Sequential([keras.Input((4,)), layers.Dense(units, activation="relu"), layers.Dense(3)])
            for units in (2, 16)
        )
    search = GridSearchCV(KerasClassifier(small, **PARAMS), {"model": [small, large]}, cv=2).fit(X, y)
    assert search.best_model_.layers[0].units == 16


class Perceptron(KerasClassifier):
    """Written as SciKeras' guide has its users write: parameters of its own, and a builder that reads them."""

    def __init__(self, hidden=(8,), optimizer="adam", epochs=10, verbose=0, **kwargs):
        super().__init__(**kwargs)
        self.hidden = hidden
        self.optimizer = optimizer
        self.epochs = epochs
        self.verbose = verbose

    def _keras_build_fn(self, compile_kwargs):
        model = keras.Sequential([keras.Input((self.n_features_in_,))])
        for units in self.hidden:
            model.add(layers.Dense(units, activation="relu"))
        binary = self.target_type_ == "binary"
        model.add(layers.Dense(1 if binary else self.n_classes_, activation="sigmoid" if binary else "softmax"))
        loss = "binary_crossentropy" if binary else "sparse_categorical_crossentropy"
        model.compile(loss=loss, optimizer=compile_kwargs["optimizer"])
        return model


class Line(KerasRegressor):
    def _keras_build_fn(self, meta, units=1):
        return keras.Sequential([keras.Input((meta["n_features_in_"],)), layers.Dense(units)])


@pytest.mark.parametrize("rows", [slice(None), slice(100)], ids=["multiclass", "binary"])
def test_a_subclass_has_parameters_of_its_own(rows):
    estimator = clone(Perceptron(hidden=(12, 6), optimizer__learning_rate=0.05, random_state=0))
    assert {"hidden", "epochs", "batch_size", "class_weight"} <= estimator.get_params().keys()
    estimator.fit(X[rows], y[rows])
    assert [layer.units for layer in estimator.model_.layers[:2]] == [12, 6]
    assert len(estimator.history_["loss"]) == 10
    assert estimator.score(X[rows], y[rows]) > 0.85


def test_a_subclass_can_be_searched_over():
    search = GridSearchCV(Perceptron(random_state=0), {"hidden": [(2,), (16,)], "epochs": [5]}, cv=2).fit(X, y)
    assert search.best_model_.layers[0].units == search.best_params_["hidden"][0]


def test_the_arguments_of_an_embedded_builder_are_parameters():
    estimator = Line(optimizer="sgd", verbose=0)
    assert estimator.get_params()["units"] == 1
    assert estimator.fit(X, X[:, 0]).predict(X).shape == (150,)


def test_an_embedded_builder_and_another_are_one_too_many():
    with pytest.raises(ModelError, match="'model' and '_keras_build_fn'"):
        Perceptron(model=builders.classifier).fit(X, y)


def test_a_subclass_may_close_its_signature():
    class Closed(KerasClassifier):
        def __init__(self, hidden=8, epochs=2, verbose=0):
            super().__init__(epochs=epochs, verbose=verbose)
            self.hidden = hidden

        def _keras_build_fn(self, meta, hidden):
            return builders.classifier(meta, hidden)

    assert "hidden" in repr(Closed(hidden=4))
    estimator = clone(Closed(hidden=4)).fit(X, y)
    assert (estimator.model_.layers[0].units, len(estimator.history_["loss"])) == (4, 2)
