"""A callback that waits for a validation loss where nothing is validated."""

import warnings

import keras
import numpy as np
import pytest
from keras.callbacks import EarlyStopping, LambdaCallback, ModelCheckpoint, ReduceLROnPlateau

from skhpt import KerasRegressor

X = np.random.default_rng(0).normal(size=(20, 2))
Y = X[:, 0]


class Own(EarlyStopping):
    """Of a user's own."""


def regressor(callbacks, **params):
    return KerasRegressor(
        lambda: keras.Sequential([keras.layers.Dense(1)]), epochs=3, verbose=0, callbacks=callbacks, **params
    )


def said(estimator, method="fit", **fit_params):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warnings.filterwarnings(
            "ignore", "__array__ implementation", DeprecationWarning
        )  # TensorFlow's, as in setup.cfg
        getattr(estimator, method)(X, Y, **fit_params)
    return [str(warning.message) for warning in caught]


BLIND = {
    "stopping": lambda folder: EarlyStopping("val_loss"),
    "plateau": lambda folder: ReduceLROnPlateau(),
    "checkpoint": lambda folder: ModelCheckpoint(str(folder / "best.keras"), save_best_only=True),
    "own": lambda folder: Own("val_r2_score", mode="max"),
    "class": lambda folder: EarlyStopping,
}


@pytest.mark.parametrize("make", BLIND.values(), ids=BLIND)
@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_one_warning_says_what_to_set(make, method, tmp_path):
    messages = said(regressor([make(tmp_path)]), method)
    assert len(messages) == 1
    assert "monitors 'val_" in messages[0]
    assert "validation_split=0.2" in messages[0]


def test_several_callbacks_share_the_warning():
    (message,) = said(regressor([EarlyStopping("val_loss"), ReduceLROnPlateau("val_loss")]))
    assert "EarlyStopping monitors 'val_loss' and ReduceLROnPlateau monitors 'val_loss'" in message


def test_callbacks_of_the_call_are_looked_at():
    (message,) = said(regressor(None), callbacks=EarlyStopping("val_loss"))
    assert "EarlyStopping" in message


@pytest.mark.parametrize(
    "fit_params",
    [{"validation_split": 0.2}, {"validation_data": (X, Y)}, {"X_val": X, "y_val": Y}],
    ids=["split", "data", "rows"],
)
def test_with_rows_to_validate_on_there_is_no_warning(fit_params):
    assert said(regressor(EarlyStopping("val_loss")), **fit_params) == []


def test_with_another_monitor_there_is_no_warning(tmp_path):
    every_epoch = ModelCheckpoint(str(tmp_path / "{epoch}.keras"))  # whose default is val_loss
    assert said(regressor([EarlyStopping("loss"), every_epoch])) == []


def test_a_function_may_put_what_is_monitored_into_the_logs():
    scoring = LambdaCallback(on_epoch_end=lambda epoch, logs: logs.update(val_score=-float(epoch)))
    estimator = regressor([scoring, EarlyStopping("val_score", mode="max")])
    assert said(estimator) == []
    assert len(estimator.history_["loss"]) == 2


class Evaluating(EarlyStopping):
    """Brings its own validation loss."""

    def on_epoch_end(self, epoch, logs=None):
        super().on_epoch_end(epoch, {**(logs or {}), "val_loss": float(epoch)})


def test_a_hook_of_a_users_own_may_bring_what_it_monitors():
    estimator = regressor(Evaluating("val_loss"))
    assert said(estimator) == []
    assert len(estimator.history_["loss"]) == 2


def test_lists_of_keras_are_looked_into():
    listed = keras.callbacks.CallbackList([EarlyStopping("val_loss")])
    (message,) = said(regressor(listed))
    assert "EarlyStopping" in message


def test_another_warning_of_keras_is_still_told():
    (ours, *theirs) = said(regressor([EarlyStopping("val_loss"), EarlyStopping("accuracy", mode="max")]))
    assert "validation_split" in ours
    assert all("`accuracy` which is not available" in message for message in theirs)
    assert len(theirs) == 3
