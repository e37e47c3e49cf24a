"""Callbacks see and do the same under both engines."""

import keras
import numpy as np
import pandas as pd
import pytest
import sklearn.experimental.enable_halving_search_cv  # noqa: F401 - scikit-learn hides its halving classes without it

from skhpt import HalvingGridSearchCV
from tests.fused.architectures import IRIS, KIND
from tests.fused.comparison import agree_on_iris, assert_engines_agree, classifier, searched

slow = pytest.mark.slow


class Shrinking(keras.callbacks.Callback):
    """Halves all weights after each epoch."""

    def on_epoch_end(self, epoch, logs=None):
        self.model.set_weights([weight / 2 for weight in self.model.get_weights()])


class Slowing(keras.callbacks.Callback):
    """Lets the learning rate depend on the loss."""

    def on_epoch_end(self, epoch, logs=None):
        self.model.optimizer.learning_rate = 0.01 / (1 + logs["loss"])
        logs["rate"] = float(self.model.optimizer.learning_rate)


class Stopping(keras.callbacks.Callback):
    """Stops as soon as one layer's weights are large."""

    def on_epoch_end(self, epoch, logs=None):
        self.model.stop_training = bool(np.abs(self.model.layers[0].kernel.numpy()).sum() > 12.5)


class StoppingAtOnce(keras.callbacks.Callback):
    def on_train_begin(self, logs=None):
        self.model.stop_training = True


class Scoring(keras.callbacks.Callback):
    """Asks the model under training for predictions."""

    def on_epoch_end(self, epoch, logs=None):
        logs["mine"] = float(self.model.predict(IRIS, verbose=0).mean())
        logs["theirs"] = self.model.evaluate(IRIS, KIND, verbose=0, return_dict=True)["loss"]


class Remembering(keras.callbacks.Callback):
    """Keeps what it was given when it was given a model."""

    def set_model(self, model):
        super().set_model(model)
        self.initial = model.get_weights()

    def on_epoch_end(self, epoch, logs=None):
        logs["moved"] = float(
            sum(np.abs(a - b).sum() for a, b in zip(self.initial, self.model.get_weights(), strict=True))
        )


class Telling(keras.callbacks.Callback):
    """Counts what it is told."""

    def __init__(self):
        super().__init__()
        self.told = []

    def on_train_begin(self, logs=None):
        self.told.append(("train begin", self.params["epochs"], self.params["steps"], self.params["verbose"]))

    def on_test_begin(self, logs=None):
        self.told.append("test begin")

    def on_test_end(self, logs=None):
        self.told.append(("test end", sorted(logs)))

    def on_epoch_begin(self, epoch, logs=None):
        self.told.append(("epoch begin", epoch, len(logs or {})))

    def on_epoch_end(self, epoch, logs=None):
        self.told.append(("epoch end", epoch, sorted(logs), {type(value) for value in logs.values()}))
        logs["told"] = float(len(self.told))
        logs["hash"] = float(sum(map(ord, repr([t for t in self.told if "epoch end" not in t]))))


class Freezing(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        self.model.layers[0].trainable = False


class Momentous(keras.callbacks.Callback):
    """Resets the optimizer's memory."""

    def on_epoch_end(self, epoch, logs=None):
        for variable in self.model.optimizer.variables:
            if "momentum" in variable.path or "velocity" in variable.path:
                variable.assign(keras.ops.zeros_like(variable))


CALLBACKS = {
    "early stopping": lambda: keras.callbacks.EarlyStopping(
        "val_loss", patience=0, min_delta=0.05, restore_best_weights=True
    ),
    "from an epoch": lambda: keras.callbacks.EarlyStopping("loss", patience=1, baseline=0.3, start_from_epoch=1),
    "plateau": lambda: keras.callbacks.ReduceLROnPlateau("val_loss", factor=0.1, patience=1, min_delta=0.1),
    "scheduler": lambda: keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate * (0.5 if epoch else 2.0)),
    "lambda": lambda: keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: logs.update(twice=2 * logs["loss"])
    ),
    "shrinking": Shrinking,
    "slowing": Slowing,
    "stopping": Stopping,
    "scoring": Scoring,
    "remembering": Remembering,
    "telling": Telling,
    "freezing": Freezing,
    "momentous": Momentous,
}


def test_early_stopping_sees_and_does_the_same():
    stop = CALLBACKS["early stopping"]()
    grid = {"optimizer__learning_rate": [0.05]}
    agree_on_iris(grid, callbacks=stop, validation_split=0.2, epochs=4, metrics=["accuracy"])


@slow
def test_callbacks_see_and_do_the_same():
    grid = {"callbacks": [None, *(make() for make in CALLBACKS.values())]}
    agree_on_iris(grid, optimizer__learning_rate=0.05, validation_split=0.2, epochs=4, metrics=["accuracy"])


@slow
def test_epochs_are_recorded_as_callbacks_leave_the_model():
    grid = {"callbacks": [CALLBACKS[name]() for name in ("shrinking", "early stopping", "plateau")]}
    options = {"record_validation": True}
    agree_on_iris(grid, optimizer__learning_rate=0.05, validation_split=0.2, epochs=4, options=options)


@slow
def test_a_stop_before_an_epoch_is_left_to_keras():
    estimator = classifier(callbacks=StoppingAtOnce(), epochs=4, metrics=["accuracy"])
    ours, _ = assert_engines_agree(estimator, {"optimizer__learning_rate": [0.01, 0.05]}, IRIS, KIND, fused=False)
    assert ours.engine_report_["reason"].str.startswith("a callback stops it before an epoch").all()


@slow
def test_arguments_of_callbacks_may_be_searched_over():
    params = {"callbacks": {"stop": keras.callbacks.EarlyStopping}, "callbacks__stop__monitor": "loss"}
    agree_on_iris({"callbacks__stop__min_delta": [0.0, 0.2]}, epochs=6, **params)


@slow
def test_logs_are_written_for_each_trial(tmp_path):
    for engine in ("fused", "per-trial"):
        (tmp_path / engine).mkdir()
        log = keras.callbacks.CSVLogger(str(tmp_path / engine / "{candidate}-{fold}.csv"))
        searched(classifier(callbacks=log), {"dropout": [0.1, 0.2]}, IRIS, KIND, engine=engine)
    files = [{path.name: pd.read_csv(path) for path in (tmp_path / e).iterdir()} for e in ("fused", "per-trial")]
    assert files[0].keys() == files[1].keys()
    for name, table in files[0].items():
        pd.testing.assert_frame_equal(table, files[1][name], rtol=1e-4)


@slow
def test_checkpoints_are_written_for_each_trial(tmp_path):
    for engine in ("fused", "per-trial"):
        path = str(tmp_path / engine / "{candidate}-{fold}.keras")
        best = keras.callbacks.ModelCheckpoint(path, monitor="loss", save_best_only=True)
        searched(classifier(callbacks=best), {"dropout": [0.1]}, IRIS, KIND, engine=engine)
    names = {path.name for path in (tmp_path / "fused").iterdir()}
    assert names == {path.name for path in (tmp_path / "per-trial").iterdir()}
    for name in names:
        ours, theirs = (keras.models.load_model(tmp_path / engine / name) for engine in ("fused", "per-trial"))
        for weight, expected in zip(ours.get_weights(), theirs.get_weights(), strict=True):
            np.testing.assert_allclose(weight, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("names", [["early stopping", "slowing"], ["plateau", "telling", "stopping"]], ids=", ".join)
@slow
def test_callbacks_last_through_all_rungs(names):
    options = {"search": HalvingGridSearchCV, "resource": "epochs", "factor": 2, "min_resources": 1, "max_resources": 4}
    grid = {"optimizer__learning_rate": [0.0001, 0.01, 0.03, 0.1]}
    ours, _ = agree_on_iris(grid, callbacks=[CALLBACKS[n]() for n in names], validation_split=0.2, options=options)
    assert ours.n_resources_ == [1, 2, 4]
