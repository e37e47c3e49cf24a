"""Rows that are gathered a batch at a time, where small ones are copied."""

import gc
import weakref

import keras
import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.model_selection import GroupKFold

from skhpt import GridSearchCV, KerasClassifier, KerasRegressor
from skhpt.trials import RowView, _row_view
from tests import builders

X, y = load_digits(return_X_y=True)
X, y = X[:200].astype("float32") / 16, y[:200]
OPTIONS = {"optimizer": "adam", "batch_size": 32, "epochs": 2, "verbose": 0, "random_state": 0}


@pytest.fixture
def small_is_large(monkeypatch):
    return lambda: monkeypatch.setattr(_row_view, "LARGE", 1)


def weights(estimator):
    return np.concatenate([w.ravel() for w in estimator.model_.get_weights()])


@pytest.mark.parametrize("settings", [{}, {"validation_split": 0.2}, {"class_weight": "balanced"}])
def test_a_fit_on_large_rows_is_that_on_small_ones(small_is_large, settings):
    small = KerasClassifier(builders.classifier, **OPTIONS, **settings).fit(X, y)
    expected = small.predict_proba(X)
    small_is_large()
    large = KerasClassifier(builders.classifier, **OPTIONS, **settings).fit(X, y)
    assert large.history_ == small.history_
    np.testing.assert_array_equal(weights(large), weights(small))
    np.testing.assert_array_equal(large.predict_proba(X), expected)


@pytest.mark.parametrize("engine", ["per-trial", "fused"])
@pytest.mark.parametrize("dtype", ["float64", "uint8"])
@pytest.mark.slow
def test_a_search_over_large_data_is_that_over_small_ones(small_is_large, engine, dtype):
    data = X.astype(dtype) if dtype == "float64" else (X * 16).astype(dtype)

    def search():
        network = KerasClassifier(builders.classifier, validation_split=0.2, **OPTIONS)
        options = {"cv": 3, "engine": engine, "return_train_score": True, "record_validation": True}
        return GridSearchCV(network, {"optimizer__learning_rate": [0.001, 0.01]}, **options).fit(data, y)

    small = search()
    small_is_large()
    large = search()
    for name in ("mean_test_score", "mean_train_score"):
        np.testing.assert_array_equal(large.cv_results_[name], small.cv_results_[name])
    seconds = ["epoch_seconds"]
    assert large.histories_.drop(columns=seconds).equals(small.histories_.drop(columns=seconds))
    np.testing.assert_array_equal(weights(large.best_estimator_), weights(small.best_estimator_))


def test_views_are_checked_as_arrays_are(small_is_large):
    small_is_large()
    broken = X.copy()
    broken[150, 3] = np.nan
    network = KerasClassifier(builders.classifier, **OPTIONS)
    with pytest.raises(ValueError, match="Input X contains NaN"):
        network.fit(RowView(broken), y)
    network.fit(RowView(broken, np.arange(100)), y[:100])
    assert network.n_features_in_ == 64
    with pytest.raises(ValueError, match="X has 63 features, but KerasClassifier is expecting 64"):
        network.predict(RowView(X[:, 1:]))


def test_a_builder_that_asks_for_the_rows_gets_arrays(small_is_large):
    seen = []

    def build(X, meta):
        seen.append(X)
        return keras.Sequential([keras.layers.Dense(1)])

    small_is_large()
    KerasRegressor(build, loss="mse", validation_split=0.5, **OPTIONS).fit(RowView(X), y)
    assert type(seen[0]) is np.ndarray
    assert seen[0].shape == (100, 64)


class LooksAtRows(GroupKFold):
    def split(self, X, y=None, groups=None):
        assert type(X) is np.ndarray
        return super().split(X, y, groups)


@pytest.mark.parametrize("splitter", [LooksAtRows(2), GroupKFold(2)])
def test_a_splitter_for_validation_finds_the_rows_as_it_needs_them(small_is_large, splitter):
    small_is_large()
    network = KerasClassifier(builders.classifier, validation_split=splitter, **OPTIONS)
    network.fit(RowView(X), y, groups=np.arange(200) % 4)
    assert "val_loss" in network.history_


def test_large_rows_are_let_go_after_the_fit(small_is_large):
    small_is_large()
    rows = X.copy()
    KerasClassifier(builders.classifier, **OPTIONS).fit(rows, y)
    gone = weakref.ref(rows)
    del rows
    gc.collect()
    assert gone() is None
