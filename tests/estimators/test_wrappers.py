"""Data in and predictions out, as scikit-learn's users expect them."""

import copy
import pickle

import keras
import numpy as np
import pytest
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.datasets import load_diabetes, load_iris
from sklearn.exceptions import DataConversionWarning, NotFittedError

from skhpt import KerasClassifier, KerasRegressor
from skhpt.estimators._outputs import class_probabilities
from tests import builders
from tests.versions import before

X, y = load_iris(return_X_y=True)
NAMES = np.array(["setosa", "versicolor", "virginica"])[y]
BINARY = X[y < 2], NAMES[y < 2]
PARAMS = {"optimizer": "adam", "optimizer__learning_rate": 0.05, "epochs": 20, "verbose": 0, "random_state": 0}


@pytest.fixture(scope="module")
def fitted():
    return KerasClassifier(builders.classifier, **PARAMS).fit(X, NAMES)


def test_labels_come_back_as_they_went_in(fitted):
    assert fitted.classes_.tolist() == ["setosa", "versicolor", "virginica"]
    assert fitted.score(X, NAMES) > 0.9


def test_probabilities_have_a_column_for_each_class(fitted):
    probabilities = fitted.predict_proba(X[:1])
    assert probabilities.shape == (1, 3)
    np.testing.assert_array_equal(fitted.classes_[fitted.predict_proba(X).argmax(axis=1)], fitted.predict(X))


@pytest.mark.parametrize(
    "labels", [NAMES.astype(object), y + 10, y.astype(float), list(NAMES)], ids=["object", "int", "float", "list"]
)
def test_labels_of_any_kind(labels):
    estimator = KerasClassifier(builders.classifier, **PARAMS).fit(X, labels)
    assert estimator.score(X, labels) > 0.9
    assert estimator.classes_.tolist() == sorted(set(np.asarray(labels).tolist()))


def test_one_unit_gives_two_columns():
    np.testing.assert_allclose(class_probabilities(np.array([[0.0]]), from_logits=True), [[0.5, 0.5]])
    np.testing.assert_allclose(class_probabilities(np.array([[0.9]]), from_logits=False), [[0.1, 0.9]])


def test_a_label_that_was_not_seen_counts_as_wrong_in_score(fitted):
    assert fitted.score(X[:2], ["setosa", "a label longer than any other"]) == 0.5


def test_one_class_is_refused_in_words():
    with pytest.raises(ValueError, match="at least 2 classes, but y contains one class"):
        KerasClassifier(builders.classifier).fit(X[y == 0], y[y == 0])


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_not_finite_is_refused_in_scikit_learns_words(bad, fitted):
    broken = X.copy()
    broken[3, 1] = bad
    with pytest.raises(ValueError, match="Input X contains"):
        KerasClassifier(builders.classifier).fit(broken, y)
    with pytest.raises(ValueError, match="Input X contains"):
        fitted.predict(broken)


def test_missing_values_are_let_through_if_asked_for():
    def build(meta):
        zeros_for_nan = keras.layers.Lambda(lambda x: keras.ops.where(keras.ops.isnan(x), 0.0, x))
        return keras.Sequential([keras.Input((4,)), zeros_for_nan, keras.layers.Dense(3)])

    broken = X.copy()
    broken[3, 1] = np.nan
    estimator = KerasClassifier(build, allow_nan=True, **PARAMS).fit(broken, y)
    assert np.isfinite(estimator.predict_proba(broken)).all()
    with pytest.raises(ValueError, match="Input X contains infinity"):
        estimator.predict(np.where(np.isnan(broken), np.inf, broken))


def test_a_column_of_labels_is_flattened_with_a_warning():
    with pytest.warns(DataConversionWarning):
        KerasClassifier(builders.classifier, verbose=0).fit(X, y[:, None])


def test_another_number_of_features_is_refused(fitted):
    with pytest.raises(ValueError, match="X has 3 features, but KerasClassifier is expecting 4"):
        fitted.predict(X[:, :3])


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", "int64", "uint8", "bool"])
def test_a_model_takes_any_number_whatever_it_was_trained_on(dtype, fitted):
    assert fitted.predict((10 * X).astype(dtype)).shape == (150,)
    estimator = KerasClassifier(builders.classifier, verbose=0).fit((10 * X).astype(dtype), y)
    assert estimator.predict(X).shape == (150,)


def test_integers_stay_integers_for_an_embedding():
    def build(meta):
        return keras.Sequential(
            [keras.layers.Embedding(20, 4), keras.layers.Flatten(), keras.layers.Dense(meta["n_classes_"])]
        )

    estimator = KerasClassifier(build, verbose=0).fit(np.array([[1, 2], [3, 4], [5, 6], [7, 8]]), [0, 1, 0, 1])
    assert estimator.predict([[1, 2]]).shape == (1,)


@pytest.mark.parametrize("n_targets", [None, 1, 3])
def test_a_regressor_predicts_in_the_shape_of_its_targets(n_targets):
    X, y = load_diabetes(return_X_y=True)
    targets = y if n_targets is None else np.column_stack([y + shift for shift in range(n_targets)])
    estimator = KerasRegressor(builders.regressor, **PARAMS | {"epochs": 60}).fit(X, targets)
    assert estimator.predict(X[:7]).shape == targets[:7].shape
    assert estimator.score(X, targets) > 0.2


def test_the_right_kind_of_estimator():
    assert is_classifier(KerasClassifier())
    assert is_regressor(KerasRegressor())


def test_predicting_before_fitting_is_refused():
    for method in ("predict", "predict_proba"):
        with pytest.raises(NotFittedError):
            getattr(KerasClassifier(builders.classifier), method)(X)


@pytest.mark.parametrize("copied", [lambda e: pickle.loads(pickle.dumps(e)), copy.deepcopy], ids=["pickle", "deepcopy"])
def test_a_copy_of_a_fitted_estimator_predicts_the_same(copied, fitted):
    twin = copied(fitted)
    assert twin.history_ == fitted.history_
    if not before("keras", 3, 15):  # where `predict` clears it
        assert twin.model_.history.history == fitted.history_
    np.testing.assert_array_equal(twin.predict_proba(X), fitted.predict_proba(X))


def test_a_clone_is_unfitted_and_equal(fitted):
    twin = clone(fitted)
    assert not hasattr(twin, "model_")
    assert twin.get_params() == fitted.get_params()


def test_predict_arguments_are_routed():
    shapes = []

    class Spy(keras.layers.Layer):
        def call(self, inputs):
            shapes.append(inputs.shape[0])
            return inputs

    def build(meta):
        return keras.Sequential([keras.Input((4,)), Spy(), keras.layers.Dense(3)])

    estimator = KerasClassifier(build, predict__batch_size=7, verbose=0, compile__run_eagerly=True).fit(X, y)
    shapes.clear()
    estimator.predict(X[:15])
    assert [n for n in shapes if n] == [7, 7, 1]


@pytest.mark.parametrize(("verbose", "silent"), [(0, True), (2, False)])
def test_verbose_is_keras_own(verbose, silent, capsys):
    KerasClassifier(builders.classifier, verbose=verbose).fit(X, y)
    assert (capsys.readouterr().out == "") is silent
