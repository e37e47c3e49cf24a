"""Every kind of X, for models with one input and with several."""

import keras
import numpy as np
import pandas as pd
import polars as pl
import pytest
from keras import layers
from sklearn.datasets import load_digits, load_iris
from sklearn.model_selection import GroupShuffleSplit, cross_val_score
from sklearn.preprocessing import FunctionTransformer, scale

from skhpt import KerasClassifier
from tests import builders

X, y = load_iris(return_X_y=True)
X = scale(X)
NAMES = ["sepal length", "sepal width", "petal length", "petal width"]
DIGITS, DIGIT = load_digits(return_X_y=True)
PARAMS = {"optimizer": "adam", "optimizer__learning_rate": 0.05, "epochs": 5, "verbose": 0, "random_state": 0}


def fitted(build=builders.classifier, X=X, y=y, **params):
    return KerasClassifier(build, **PARAMS | params).fit(X, y)


def by_position():
    inputs = [keras.Input((2,)), keras.Input((2,))]
    return keras.Model(inputs, layers.Dense(3)(layers.Concatenate()(inputs)))


def by_name():
    inputs = {"sepal": keras.Input((2,), name="sepal"), "petal": keras.Input((2,), name="petal")}
    return keras.Model(inputs, layers.Dense(3)(layers.Concatenate()([inputs["sepal"], inputs["petal"]])))


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame], ids=["pandas", "polars"])
def test_columns_of_a_table_keep_their_names_and_are_checked(frame):
    table = frame(dict(zip(NAMES, X.T, strict=True)))
    classifier = fitted(X=table)
    assert list(classifier.feature_names_in_) == NAMES
    np.testing.assert_array_equal(classifier.predict_proba(table), fitted().predict_proba(X))
    with pytest.raises(ValueError, match="feature names should match"):
        classifier.predict(frame(dict(zip(reversed(NAMES), X.T, strict=True))))


@pytest.mark.parametrize("series", [pd.Series, pl.Series], ids=["pandas", "polars"])
def test_labels_may_be_a_column_of_a_table(series):
    names = np.array(["setosa", "versicolor", "virginica"])[y]
    assert fitted(y=series(names), epochs=10).score(X, series(names)) > 0.8


@pytest.mark.parametrize(
    ("shape", "layer"),
    [((8, 8), lambda: layers.GRU(8)), ((8, 8, 1), lambda: layers.Conv2D(4, 8))],
    ids=["sequences", "images"],
)
def test_rows_of_more_axes(shape, layer):
    images = DIGITS[:300].reshape(-1, *shape) / 16

    def build(meta):
        return keras.Sequential([layers.Input(meta["X_shape_"][1:]), layer(), layers.Flatten(), layers.Dense(10)])

    classifier = fitted(build, images, DIGIT[:300])
    assert classifier.predict_proba(images).shape == (300, 10)
    with pytest.raises(ValueError, match="X has rows of shape"):
        classifier.predict(images[:, :, :4])


def test_a_memory_map_is_read_like_any_array(tmp_path):
    np.save(tmp_path / "X.npy", X)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    np.testing.assert_array_equal(fitted(X=mapped).predict_proba(mapped), fitted().predict_proba(X))


def test_a_missing_value_is_told_with_the_input_that_has_it():
    holes = np.where(np.arange(X.size).reshape(X.shape) % 7 == 0, np.nan, X)
    with pytest.raises(ValueError, match=r"X\['petal'\] contains NaN"):
        fitted(by_name, {"sepal": X[:, :2], "petal": holes[:, 2:]})


@pytest.mark.parametrize(
    ("build", "split"),
    [
        (by_position, lambda X: [X[:, :2], X[:, 2:]]),
        (by_name, lambda X: {"sepal": X[:, :2], "petal": X[:, 2:]}),
    ],
    ids=["list", "dict"],
)
def test_an_array_for_each_input(build, split):
    order = np.random.default_rng(0).permutation(len(X))
    inputs, target = split(X[order]), y[order]
    classifier = fitted(build, inputs, target, validation_split=0.2, epochs=15, class_weight="balanced")
    assert classifier.score(inputs, target) > 0.8
    assert len(classifier.history_["val_loss"]) == 15
    classifier.set_params(validation_split=0.0)
    assert classifier.partial_fit(split(X[[0, 149]]), y[[0, 149]]).current_epoch == 16  # as many rows as inputs
    with pytest.raises(ValueError, match="is expecting rows of shape"):
        classifier.predict(split(X[:, :3]))
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        fitted(build, inputs, target[:-1])


def test_a_list_of_rows_is_not_taken_for_several_inputs():
    np.testing.assert_array_equal(fitted(X=list(X)).predict(list(X)), fitted().predict(X))


def test_a_feature_encoder_makes_several_inputs_of_one_table():
    class TwoInputs(KerasClassifier):
        @property
        def feature_encoder(self):
            return FunctionTransformer(lambda X: [X[:, :2], X[:, 2:]])

    assert cross_val_score(TwoInputs(by_position, **PARAMS | {"epochs": 15}), X, y, cv=2).mean() > 0.7


def test_a_builder_that_asks_for_them_gets_the_rows_to_train_on():
    seen = {}

    def build(meta, X, y):
        seen.update(rows=X, labels=y)
        normalization = layers.Normalization()
        normalization.adapt(X)
        return keras.Sequential([layers.Input((4,)), normalization, layers.Dense(meta["n_classes_"])])

    groups = np.arange(150) % 5
    splitter = GroupShuffleSplit(1, test_size=0.2, random_state=0)
    raw = load_iris().data
    classifier = KerasClassifier(build, validation_split=splitter, **PARAMS).fit(raw, y, groups=groups)
    training, held_out = next(splitter.split(raw, y, groups))
    np.testing.assert_array_equal(seen["rows"], raw[training].astype("float32"))
    np.testing.assert_array_equal(seen["labels"], y[training])
    assert not set(groups[training]) & set(groups[held_out])
    np.testing.assert_allclose(classifier.model_.layers[0].mean, raw[training].mean(axis=0)[None], rtol=1e-4)
