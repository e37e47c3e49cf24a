"""Training that goes on: exactly after a pause, epoch by epoch, or from the weights that are there."""

import pickle

import cloudpickle
import keras
import numpy as np
import pytest
from sklearn.datasets import load_diabetes, load_iris
from sklearn.utils import shuffle

from skhpt import KerasClassifier, KerasRegressor
from tests import builders

X, y = shuffle(*load_iris(return_X_y=True), random_state=0)


def classifier(**params):
    defaults = {"optimizer": "adam", "dropout": 0.3, "verbose": 0, "random_state": 0, "validation_split": 0.2}
    return KerasClassifier(builders.classifier, **defaults | params)


def weights(estimator):
    return np.concatenate([w.ravel() for w in estimator.model_.get_weights()])


def assert_same_training(first, second):
    assert first.history_ == second.history_
    assert first.model_.history.history == second.model_.history.history
    np.testing.assert_array_equal(weights(first), weights(second))
    assert len(first.epoch_seconds_) == len(second.epoch_seconds_)


class Events(keras.callbacks.Callback):
    """Writes down, where all copies can, what it is told."""

    seen: list = []

    def on_train_begin(self, logs=None):
        self.seen.append("begin")

    def on_epoch_end(self, epoch, logs=None):
        self.seen.append(epoch)

    def on_train_end(self, logs=None):
        self.seen.append("end")


def falling(epoch):
    return 0.05 / (epoch + 1)


CALLBACKS = {
    "none": [],
    "early stopping": [keras.callbacks.EarlyStopping("val_loss", patience=2, restore_best_weights=True)],
    "schedule": [keras.callbacks.LearningRateScheduler(falling)],
    "plateau": [keras.callbacks.ReduceLROnPlateau("loss", factor=0.5, patience=1, min_delta=10.0)],
}


@pytest.mark.parametrize("callbacks", CALLBACKS.values(), ids=CALLBACKS)
def test_a_paused_training_is_exactly_an_uninterrupted_one(callbacks):
    params = {"callbacks": callbacks, "optimizer__learning_rate": 0.5 if callbacks else 0.01}
    whole = classifier(**params, epochs=8).fit(X, y)
    parts = classifier(**params)._fit(X, y, epochs=1, close=False)
    for epochs in (2, 5, 8):
        parts = pickle.loads(cloudpickle.dumps(parts)) if epochs == 5 else parts  # as on its way to another process
        parts._continue_fit(X, y, epochs=epochs, close=epochs == 8)
    assert_same_training(whole, parts)


@pytest.mark.parametrize("carried", [lambda e: e, lambda e: pickle.loads(pickle.dumps(e))], ids=["here", "pickled"])
def test_early_stopping_stops_a_paused_training_where_it_stops_a_whole_one(carried):
    stop = keras.callbacks.EarlyStopping("loss", patience=0, min_delta=10.0, start_from_epoch=1)
    parts = classifier(callbacks=stop)._fit(X, y, epochs=4, close=False)
    stopped_after = len(parts.history_["loss"])
    assert stopped_after < 4
    parts = carried(parts)._continue_fit(X, y, epochs=6, close=False)
    parts = carried(parts)._continue_fit(X, y, epochs=8)
    assert len(parts.history_["loss"]) == stopped_after
    assert_same_training(classifier(callbacks=stop, epochs=8).fit(X, y), parts)


def test_callbacks_see_one_beginning_and_one_end():
    Events.seen.clear()
    classifier(callbacks=Events)._fit(X, y, epochs=2, close=False)._continue_fit(X, y, epochs=3)
    assert Events.seen == ["begin", 0, 1, 2, "end"]


def test_a_schedule_by_steps_goes_on():
    schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 5, 0.5)
    whole = classifier(optimizer=keras.optimizers.SGD(schedule), epochs=4).fit(X, y)
    parts = classifier(optimizer=keras.optimizers.SGD(schedule))._fit(X, y, epochs=1, close=False)
    assert_same_training(whole, parts._continue_fit(X, y, epochs=4))


def test_partial_fits_are_so_many_epochs():
    whole = classifier(epochs=3).fit(X, y)
    parts = classifier(epochs=99)
    for epoch in range(3):
        assert parts.partial_fit(X, y).current_epoch == epoch + 1
    assert_same_training(whole, parts)


def test_partial_fit_goes_on_after_fit_and_after_a_pickle():
    whole = classifier(epochs=3).fit(X, y)
    parts = pickle.loads(pickle.dumps(classifier(epochs=2).fit(X, y))).partial_fit(X, y)
    assert_same_training(whole, parts)


def test_partial_fit_may_be_told_of_classes_to_come():
    names = np.array(["a", "b", "c"])[y]
    first = np.flatnonzero(y < 2)
    estimator = classifier(validation_split=0.0).partial_fit(X[first], names[first], classes=["c", "b", "a"])
    assert estimator.classes_.tolist() == ["a", "b", "c"]
    assert estimator.partial_fit(X, names).predict_proba(X).shape == (150, 3)


def test_a_label_that_partial_fit_was_not_told_of_is_refused():
    first = y < 2
    estimator = classifier(validation_split=0.0).partial_fit(X[first], y[first])
    with pytest.raises(ValueError, match=r"`y` has classes not in `self.classes_`"):
        estimator.partial_fit(X, y)


def test_partial_fit_refuses_other_classes_than_before():
    estimator = classifier().partial_fit(X, y, classes=[2, 1, 0])
    assert estimator.partial_fit(X, y, classes=[0, 1, 2]).current_epoch == 2
    with pytest.raises(ValueError, match="is not the same as on last call to partial_fit"):
        estimator.partial_fit(X, y, classes=[0, 1, 2, 3])


def test_partial_fit_refuses_rows_of_another_shape():
    X, y = load_diabetes(return_X_y=True)
    estimator = KerasRegressor(builders.regressor, verbose=0).partial_fit(X, y)
    with pytest.raises(ValueError, match="X has 9 features, but KerasRegressor is expecting 10"):
        estimator.partial_fit(X[:, :9], y)


def test_a_warm_start_keeps_the_weights_and_begins_a_new_history():
    estimator = classifier(warm_start=True, epochs=5, dropout=0.0).fit(X, y)
    model, first = estimator.model_, estimator.history_["loss"]
    second = estimator.fit(X, y).history_["loss"]
    assert estimator.model_ is model
    assert len(second) == 5
    assert second[0] < first[-1] < first[0]


def test_without_a_warm_start_a_fit_forgets():
    estimator = classifier(epochs=2)
    assert_same_training(classifier(epochs=2).fit(X, y), estimator.partial_fit(X, y).fit(X, y))


def test_a_finished_training_leaves_nothing_that_a_pickle_would_carry():
    callback = keras.callbacks.LearningRateScheduler(lambda epoch: 0.1)  # a lambda can't be pickled
    estimator = classifier(callbacks=[callback]).fit(X, y).set_params(callbacks=None)
    pickle.dumps(estimator)
