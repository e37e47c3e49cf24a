"""Fitted estimators in a directory of JSON and Keras' own format."""

import json

import keras
import numpy as np
import pytest
from keras import layers
from sklearn import config_context
from sklearn.datasets import load_iris
from sklearn.model_selection import StratifiedKFold
from sklearn.preprocessing import FunctionTransformer, scale

from skhpt import BaseWrapper, KerasClassifier, KerasRegressor, KerasTransformer
from skhpt.estimators._plain import NotPlainError, from_plain, to_plain
from skhpt.exceptions import ModelError
from tests import builders
from tests.versions import before

X, y = load_iris(return_X_y=True)
X, NAMES = scale(X), np.array(["setosa", "versicolor", "virginica"])[y]
PARAMS = {"optimizer": "adam", "optimizer__learning_rate": 0.05, "epochs": 3, "verbose": 0, "random_state": 0}


@keras.saving.register_keras_serializable("skhpt tests")
class Doubling(layers.Layer):
    def call(self, inputs):
        return 2 * inputs


class Unregistered(layers.Layer):
    def call(self, inputs):
        return 2 * inputs


def two_heads(meta):
    inputs = {"sepal": keras.Input((2,), name="sepal"), "petal": keras.Input((2,), name="petal")}
    hidden = Doubling()(layers.Concatenate()(list(inputs.values())))
    return keras.Model(inputs, [layers.Dense(n, "softmax")(hidden) for n in meta["n_classes_"]])


def autoencoder(meta):
    return keras.Sequential([layers.Dense(2, name="encoder"), layers.Dense(meta["n_features_in_"])])


LABELS = np.column_stack([y == 0, X[:, 0] > 0]).astype("int8")
INPUTS = {"sepal": X[:, :2], "petal": X[:, 2:]}


FITTED = {
    "labels": (KerasClassifier(builders.classifier, dropout=0.2, **PARAMS), (X, NAMES), ["predict", "predict_proba"]),
    "columns of labels": (
        KerasClassifier(two_heads, **PARAMS), (INPUTS, np.column_stack([NAMES, LABELS[:, 0]])), ["predict"]
    ),
    "several labels": (
        KerasClassifier(lambda: keras.Sequential([layers.Dense(2)]), **PARAMS), (X, LABELS), ["predict_proba"]
    ),
    "a column of numbers": (KerasRegressor(builders.regressor, **PARAMS), (X[:, 1:], X[:, :1]), ["predict"]),
    "rows": (KerasTransformer(autoencoder, **PARAMS), (X, None), ["transform", "predict"]),
    "anything": (
        BaseWrapper(keras.Sequential([layers.Dense(2)]), loss="mse", **PARAMS), (X, LABELS), ["predict"]
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "with_builder"),
    [
        ("labels", True),
        ("rows", False),
        *(pytest.param(name, False, marks=pytest.mark.slow) for name in FITTED if name != "rows"),
    ],
)
def test_what_is_read_predicts_and_goes_on_as_what_was_stored(tmp_path, name, with_builder):
    estimator, data, methods = FITTED[name]
    estimator.fit(*data).save(tmp_path / "stored")
    read = type(estimator).load(tmp_path / "stored", **({"model": estimator.model} if with_builder else {}))
    assert read.history_ == estimator.history_ == read.model_.history.history  # before Keras 3.15 `predict` clears it
    for method in methods:
        np.testing.assert_array_equal(getattr(read, method)(data[0]), getattr(estimator, method)(data[0]))
    assert read._meta().keys() == estimator._meta().keys()
    estimator.partial_fit(*data)
    read.partial_fit(*data)
    np.testing.assert_array_equal(read.predict(data[0]), estimator.predict(data[0]))
    assert read.history_ == estimator.history_


def test_parameters_come_back_but_for_functions_and_objects_of_the_users(tmp_path):
    params = PARAMS | {
        "optimizer": keras.optimizers.Adam,
        "loss": keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        "callbacks": [keras.callbacks.TerminateOnNaN],
        "validation_split": StratifiedKFold(3),
        "units": np.int64(5),
        "class_weight": {0: 1.0, 1: 2.0, 2: 1.0},
    }
    KerasClassifier(builders.classifier, **params).fit(X, y).save(tmp_path / "stored")
    read = KerasClassifier.load(tmp_path / "stored")
    assert (read.optimizer, read.callbacks) == (params["optimizer"], params["callbacks"])
    assert read.loss.get_config() == params["loss"].get_config()
    assert (read.get_params()["units"], read.class_weight) == (5, params["class_weight"])
    assert (read.model, read.validation_split) == (None, 0.0)
    assert json.loads((tmp_path / "stored/estimator.json").read_text())["not_stored"].keys() == {
        "model",
        "validation_split",
    }
    with pytest.raises(ModelError, match=r"model \(classifier\), validation_split \(StratifiedKFold\)"):
        read.fit(X, y)


def test_nothing_in_the_directory_is_a_pickle_and_all_of_it_replaces_what_was_there(tmp_path):
    path = tmp_path / "stored"
    classifier = KerasClassifier(builders.classifier, **PARAMS).fit(X, y)
    classifier.save(path)
    classifier.partial_fit(X, y).save(path)
    assert sorted(file.name for file in path.iterdir()) == ["estimator.json", "model.keras"]
    assert [entry.name for entry in tmp_path.iterdir()] == ["stored"]
    assert KerasClassifier.load(path).current_epoch == 4


def test_a_builders_defaults_hold_without_it(tmp_path):
    def build(meta, batch_size=50):
        return builders.classifier(meta)

    classifier = KerasClassifier(build, **PARAMS).fit(X, y)
    classifier.save(tmp_path / "stored")
    read = KerasClassifier.load(tmp_path / "stored").partial_fit(X, y)
    np.testing.assert_array_equal(read.predict_proba(X), classifier.partial_fit(X, y).predict_proba(X))
    assert read.model_.optimizer.iterations == 4 * 3


def test_what_was_asked_for_by_metadata_routing_is_asked_for_by_what_is_read(tmp_path):
    with config_context(enable_metadata_routing=True):
        classifier = KerasClassifier(builders.classifier, **PARAMS | {"epochs": 1})
        classifier.set_fit_request(X_val="rows").set_score_request(sample_weight=True).fit(X, y)
    classifier.save(tmp_path / "stored")
    requests = KerasClassifier.load(tmp_path / "stored").get_metadata_routing()
    assert str(requests) == str(classifier.get_metadata_routing())
    assert requests.fit.requests["X_val"] == "rows"
    assert requests.score.requests == {"sample_weight": True}


def test_a_trained_model_or_a_callback_as_a_parameter_is_left_out(tmp_path):
    trained = KerasClassifier(builders.classifier, **PARAMS).fit(X, y).model_
    stop = keras.callbacks.EarlyStopping("loss")
    KerasClassifier(trained, callbacks=[stop], epochs=1, verbose=0).fit(X, y).save(tmp_path / "stored")
    read = KerasClassifier.load(tmp_path / "stored")
    assert (read.model, read.callbacks) == (None, None)


def test_other_files_in_the_directory_stay(tmp_path):
    classifier = KerasClassifier(builders.classifier, **PARAMS).fit(X, y)
    classifier.save(tmp_path / "stored")
    (tmp_path / "stored/notes.txt").write_text("mine")
    classifier.save(tmp_path / "stored")
    assert (tmp_path / "stored/notes.txt").read_text() == "mine"


def test_something_else_is_not_replaced(tmp_path):
    (tmp_path / "notes").mkdir()
    with pytest.raises(FileExistsError, match="is no stored estimator"):
        KerasClassifier(builders.classifier, **PARAMS).fit(X, y).save(tmp_path / "notes")


READS_ALL = before("keras", 3, 15)  # older versions import unregistered classes by their modules


@pytest.mark.parametrize(
    ("layer", "advice"),
    [
        pytest.param(Unregistered, r"\(Unregistered\)", marks=pytest.mark.skipif(READS_ALL, reason="Keras imports it")),
        (lambda: layers.Lambda(lambda x: 2 * x), "Lambda"),
    ],
)
def test_a_model_that_could_not_be_read_is_refused_with_what_to_register(tmp_path, layer, advice):
    def build(meta):
        return keras.Sequential([keras.Input((4,)), layer(), layers.Dense(3)])

    with pytest.raises(
        ModelError, match=rf"register_keras_serializable.*{advice}|{advice}.*register_keras_serializable"
    ):
        KerasClassifier(build, **PARAMS).fit(X, y).save(tmp_path / "stored")
    assert list(tmp_path.iterdir()) == []


def test_an_estimator_of_another_class_or_with_its_own_encoders_or_not_fitted(tmp_path):
    KerasClassifier(builders.classifier, **PARAMS).fit(X, y).save(tmp_path / "stored")
    with pytest.raises(ValueError, match="holds a KerasClassifier"):
        KerasRegressor.load(tmp_path / "stored")

    class Halved(KerasClassifier):
        @property
        def feature_encoder(self):
            return FunctionTransformer(lambda X: X / 2)

    with pytest.raises(ModelError, match="has encoders of its own"):
        Halved(builders.classifier, **PARAMS).fit(X, y).save(tmp_path / "halved")
    with pytest.raises(ValueError, match="not fitted yet"):
        KerasClassifier(builders.classifier).save(tmp_path / "unfitted")


def test_a_method_is_not_replaced_by_what_is_read(tmp_path):
    KerasClassifier(builders.classifier, **PARAMS).fit(X, y).save(tmp_path / "stored")
    file = tmp_path / "stored/estimator.json"
    description = json.loads(file.read_text())
    for name in ("_take_up", "predict", "initialized_"):
        file.write_text(json.dumps(description | {"learnt": description["learnt"] | {name: 1}}))
        with pytest.raises(ValueError, match=f"'{name}' is nothing that a fit learns"):
            KerasClassifier.load(tmp_path / "stored")


@pytest.mark.parametrize(
    "value",
    [None, True, 3, "text", float("inf"), (1, [2, {"a": None}]), {1: "x", "y": (2,)}, keras.optimizers.Adam],
    ids=repr,
)
def test_plain_values_survive_json(value):
    assert from_plain(json.loads(json.dumps(to_plain(value), allow_nan=False))) == value


@pytest.mark.parametrize("array", [np.arange(6.0).reshape(2, 3), NAMES[:3], np.array(["a", 1], dtype=object)])
def test_arrays_survive_json_with_their_types(array):
    read = from_plain(json.loads(json.dumps(to_plain(array))))
    np.testing.assert_array_equal(read, array)
    assert read.dtype == array.dtype


def test_what_runs_code_is_neither_written_nor_read():
    with pytest.raises(NotPlainError):
        to_plain(print)
    for name in ("os:system", "keras.saving:load_model", "keras.layers:Lambda", "keras.utils:nothing"):
        with pytest.raises(ValueError, match="Only Keras' classes of"):
            from_plain({"class": name})
    with pytest.raises(ValueError, match="unknown kind"):
        from_plain({"function": "os:system"})
