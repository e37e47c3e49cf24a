"""Autoencoders as transformers."""

import pickle

import keras
import numpy as np
import pandas as pd
import pytest
from keras import layers
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from skhpt import GridSearchCV, KerasTransformer
from skhpt.exceptions import ModelError

X, y = load_digits(return_X_y=True)
X = X / 16
PARAMS = {"optimizer": "adam", "optimizer__learning_rate": 0.01, "epochs": 5, "verbose": 0, "random_state": 0}


def in_a_row(meta, size=16):
    return keras.Sequential([layers.Dense(size, "relu", name="encoder"), layers.Dense(meta["n_features_in_"])])


def nested(meta, size=16):
    n_features = meta["n_features_in_"]
    encoder = keras.Sequential([keras.Input((n_features,)), layers.Dense(size, "relu")], name="encoder")
    decoder = keras.Sequential([keras.Input((size,)), layers.Dense(n_features)])
    inputs = keras.Input((n_features,))
    return keras.Model(inputs, decoder(encoder(inputs)))


def convolutions():
    there = layers.Conv2D(4, 3, strides=2, padding="same", name="encoder")
    return keras.Sequential([there, layers.Conv2DTranspose(1, 3, strides=2, padding="same")])


@pytest.mark.parametrize("build", [in_a_row, nested])
def test_there_and_back_is_what_the_model_puts_out(build):
    transformer = KerasTransformer(build, **PARAMS).fit(X)
    represented = transformer.transform(X)
    assert represented.shape == (1797, 16)
    np.testing.assert_allclose(transformer.inverse_transform(represented), transformer.predict(X), atol=1e-5)
    assert transformer.score(X) > 0.3


def test_a_copy_goes_on_with_both_halves():
    transformer = KerasTransformer(in_a_row, **PARAMS).fit(X)
    copied = pickle.loads(pickle.dumps(transformer))
    np.testing.assert_array_equal(copied.transform(X), transformer.transform(X))
    copied.partial_fit(X)
    assert copied.score(X) > transformer.score(X)
    np.testing.assert_allclose(copied.inverse_transform(copied.transform(X)), copied.predict(X), atol=1e-5)


def test_images_are_represented_by_flat_rows_and_come_back_as_images():
    images = X.reshape(-1, 8, 8, 1)
    transformer = KerasTransformer(convolutions, **PARAMS | {"epochs": 1}).fit(images)
    assert transformer.transform(images).shape == (1797, 64)
    assert transformer.inverse_transform(transformer.transform(images)).shape == images.shape


@pytest.mark.slow
def test_as_a_step_before_a_classifier_and_in_a_search():
    pipeline = make_pipeline(KerasTransformer(in_a_row, size=32, **PARAMS), LogisticRegression(max_iter=1000))
    assert pipeline.fit(X, y).score(X, y) > 0.85
    search = GridSearchCV(KerasTransformer(in_a_row, **PARAMS), {"size": [2, 32]}, cv=2).fit(X)
    assert search.best_params_ == {"size": 32}


def test_features_have_names():
    table = pd.DataFrame(X, columns=[f"pixel {number}" for number in range(64)])
    transformer = KerasTransformer(in_a_row, size=3, **PARAMS | {"epochs": 1}).set_output(transform="pandas")
    assert list(transformer.fit_transform(table).columns) == [f"kerastransformer{number}" for number in range(3)]
    assert list(transformer.get_feature_names_out()) == [f"kerastransformer{number}" for number in range(3)]
    assert "pixel 7" in transformer.feature_names_in_


def test_another_layer_may_be_asked_for():
    first = KerasTransformer(in_a_row, layer=0, **PARAMS).fit(X)
    named = clone(first).set_params(layer="encoder").fit(X)
    np.testing.assert_array_equal(first.transform(X), named.transform(X))


@pytest.mark.parametrize("layer", ["decoder", 7])
def test_a_layer_that_is_not_there_is_told_with_those_that_are(layer):
    with pytest.raises(ModelError, match=r"no layer .* Its layers are \['encoder', "):
        KerasTransformer(in_a_row, layer=layer, **PARAMS).fit(X)


def test_a_model_that_can_not_serve_is_refused():
    with pytest.raises(ModelError, match=r"must have the shape of a row, \(64,\). Got \[\(3,\)\]"):
        KerasTransformer(lambda: keras.Sequential([layers.Dense(3, name="encoder")]), **PARAMS).fit(X)

    class Subclassed(keras.Model):
        def __init__(self):
            super().__init__()
            self.encoder = layers.Dense(64)

        def call(self, rows):
            return self.encoder(rows)

    with pytest.raises(ModelError, match="must be functional or sequential"):
        KerasTransformer(Subclassed, **PARAMS).fit(X)


def test_there_is_no_way_back_beside_a_layer():
    def build(meta):
        inputs = keras.Input((64,))
        encoded = layers.Dense(8, name="encoder")(inputs)
        return keras.Model(inputs, layers.Dense(64)(layers.Concatenate()([encoded, inputs])))

    transformer = KerasTransformer(build, **PARAMS | {"epochs": 1}).fit(X)
    assert transformer.transform(X).shape == (1797, 8)
    with pytest.raises(ModelError, match="can't be computed from this layer alone"):
        transformer.inverse_transform(transformer.transform(X))


def test_a_representation_of_another_width_does_not_come_back():
    transformer = KerasTransformer(in_a_row, **PARAMS | {"epochs": 1}).fit(X)
    with pytest.raises(ValueError, match="X has 8 features, but `transform` returns 16"):
        transformer.inverse_transform(np.zeros((4, 8)))


def test_rows_may_lack_values_where_the_model_knows_what_to_do():
    class Filled(layers.Layer):
        def call(self, rows):
            return keras.ops.nan_to_num(rows)

    def build(meta):
        return keras.Sequential([Filled(), layers.Dense(4, name="encoder"), layers.Dense(64)])

    def of_those_that_are_there(rows, output):
        return keras.ops.mean(keras.ops.nan_to_num(rows - output) ** 2)

    holes = np.where(X > 0.9, np.nan, X)
    transformer = KerasTransformer(build, allow_nan=True, loss=of_those_that_are_there, **PARAMS)
    assert np.isfinite(transformer.fit(holes).transform(holes)).all()


def test_several_inputs_are_refused():
    with pytest.raises(TypeError, match="takes one array of rows"):
        KerasTransformer(in_a_row, **PARAMS).fit({"a": X})
