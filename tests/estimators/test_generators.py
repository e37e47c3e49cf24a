"""Training on generators of batches, as Keras takes them."""

import itertools

import keras
import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.preprocessing import scale

from skhpt import KerasClassifier, KerasRegressor
from tests import builders

X, y = load_iris(return_X_y=True)
X = scale(X).astype("float32")[np.argsort(np.arange(150) % 15, kind="stable")]  # each ten rows have all classes
y = np.array(["setosa", "versicolor", "virginica"])[y[np.argsort(np.arange(150) % 15, kind="stable")]]
PARAMS = {"optimizer": "adam", "optimizer__learning_rate": 0.05, "epochs": 3, "verbose": 0, "random_state": 0}


def classifier(**params):
    return KerasClassifier(builders.classifier, **PARAMS | params)


def batches(*, endless=False, as_list=False, size=10):
    """Batches (X, y), from the first row to the last."""
    for _ in itertools.count() if endless else range(1):
        for start in range(0, 150, size):
            batch = X[start : start + size], y[start : start + size]
            yield list(batch) if as_list else batch


@pytest.mark.parametrize("as_list", [False, True])
def test_a_generator_trains_what_the_same_batches_of_rows_train(as_list):
    by_rows = classifier(batch_size=10, shuffle=False).fit(X, y)
    endless = classifier().fit(batches(endless=True, as_list=as_list), steps_per_epoch=15)
    finite = classifier().fit(batches(as_list=as_list))
    for fitted in (endless, finite):
        assert list(fitted.classes_) == ["setosa", "versicolor", "virginica"]
        assert len(fitted.history_["loss"]) == 3
        np.testing.assert_allclose(fitted.predict_proba(X), by_rows.predict_proba(X), atol=1e-5)
    np.testing.assert_array_equal(finite.predict(batches(size=50)), finite.predict(X))
    assert finite.predict(batches(endless=True), steps=2).shape == (20,)


def test_epochs_go_on_where_the_last_one_has_ended():
    by_rows = classifier(batch_size=10, shuffle=False, epochs=1).fit(X[:100], y[:100]).partial_fit(X[100:], y[100:])
    five_a_epoch = classifier(epochs=2).fit(batches(endless=True), steps_per_epoch=10)
    assert five_a_epoch.history_["loss"][0] == pytest.approx(by_rows.history_["loss"][0], rel=1e-5)
    assert five_a_epoch.history_["loss"][1] != pytest.approx(five_a_epoch.history_["loss"][0], rel=1e-3)


def test_validation_data_may_be_a_generator():
    rows = classifier(batch_size=10, shuffle=False, validation_batch_size=10).fit(X, y, validation_data=(X, y))
    finite = classifier().fit(batches(), validation_data=batches())
    endless = classifier().fit(batches(), validation_data=itertools.repeat((X, y)), validation_steps=1)
    for fitted in (finite, endless):
        np.testing.assert_allclose(fitted.history_["val_loss"], rows.history_["val_loss"], rtol=1e-4)


def test_weights_and_several_inputs_come_from_a_generator():
    def build():
        inputs = {"left": keras.Input((2,), name="left"), "right": keras.Input((2,), name="right")}
        return keras.Model(inputs, keras.layers.Dense(1)(keras.layers.Concatenate()(list(inputs.values()))))

    def weighted():
        for start in range(0, 150, 50):
            rows = X[start : start + 50]
            yield {"left": rows[:, :2], "right": rows[:, 2:]}, rows[:, 0], np.ones(50)

    fitted = KerasRegressor(build, **PARAMS | {"epochs": 40}).fit(weighted())
    assert fitted.score({"left": X[:, :2], "right": X[:, 2:]}, X[:, 0]) > 0.5
    assert fitted.predict(weighted()).shape == (150,)


def test_what_a_generator_can_not_be_used_for_is_said():
    with pytest.raises(ValueError, match="batch_size can't be used with a dataset"):
        classifier(batch_size=5).fit(batches())
    with pytest.raises(ValueError, match=r"must give batches \(X, y\)"):
        classifier().fit(rows for rows in [X, X])
    with pytest.raises(ValueError, match="is empty"):
        classifier().fit(iter([]))
    with pytest.raises(ValueError, match=r"steps_per_epoch is for datasets and generators.*Got steps_per_epoch=3"):
        classifier().fit(X, y, steps_per_epoch=3)
