"""Training that goes on in another process, from plain values."""

import json
import subprocess
import sys
from dataclasses import replace

import keras
import numpy as np
import pytest
from keras import layers
from sklearn.datasets import load_iris
from sklearn.utils import shuffle

from skhpt import KerasClassifier
from skhpt.trials import Checkpoint, Resumption
from tests import builders
from tests.backend import tensorflow_only
from tests.roundtrip import read_back

X, y = shuffle(*load_iris(return_X_y=True), random_state=0)
X, y = X[:90], y[:90]


def classifier(**params):
    defaults = {"optimizer": "adam", "epochs": 5, "verbose": 0, "random_state": 0, "validation_split": 0.2}
    return KerasClassifier(**{"model": builders.classifier} | defaults | params)


def paused(estimator, epochs=2):
    return estimator.set_params(epochs=epochs)._begin_fit(X, y, close=False)


def stored(estimator, epochs=2):
    estimator = paused(estimator, epochs)
    assert estimator._obstacle() is None
    return read_back(estimator._checkpoint(reported=epochs))


def gone_on(estimator, checkpoint, **said):
    resumption = Resumption(checkpoint)
    return estimator._begin_fit(X, y, resumption=resumption, **said), resumption


def assert_same_training(ours, theirs):
    assert ours.history_ == theirs.history_
    for part, expected in zip(state(ours.model_), state(theirs.model_), strict=True):
        np.testing.assert_array_equal(part, expected)


def state(model):
    return [variable.numpy() for variable in (*model.variables, *model.optimizer.variables)]


def normalized(meta):
    inner = [layers.Dense(8), layers.BatchNormalization(), layers.ReLU(), layers.Dropout(0.3), layers.Dense(3)]
    return keras.Sequential([keras.Input(meta["X_shape_"][1:]), *inner])


def half_precise(meta):
    return keras.Sequential([keras.Input(meta["X_shape_"][1:]), layers.Dense(8, dtype="bfloat16"), layers.Dense(3)])


def falling(epoch, rate):
    return rate * 0.7


def rising(step):
    return 0.01 * (1 + step)


SCHEDULE = keras.optimizers.schedules.ExponentialDecay(0.1, 5, 0.5)
TRAININGS = {
    "batch normalization and dropout": {"model": normalized},
    "half precision": {"model": half_precise},
    "early stopping": {
        "callbacks": keras.callbacks.EarlyStopping("val_loss", patience=1, min_delta=0.3, restore_best_weights=True)
    },
    "rates by callbacks": {
        "callbacks": [
            keras.callbacks.ReduceLROnPlateau("loss", factor=0.5, patience=2, min_delta=10.0),
            keras.callbacks.LearningRateScheduler(falling),
            keras.callbacks.TerminateOnNaN(),
        ]
    },
    "schedule and momentum": {"optimizer": keras.optimizers.SGD(SCHEDULE, momentum=0.9, nesterov=True)},
    "accumulated gradients": {"optimizer": keras.optimizers.Adam(0.01, gradient_accumulation_steps=2)},
    "scaled loss": {"optimizer": keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam(0.01))},
}


@pytest.mark.parametrize("params", TRAININGS.values(), ids=TRAININGS)
def test_going_on_from_a_checkpoint_is_exactly_an_uninterrupted_training(params):
    checkpoint = stored(classifier(**params))
    assert (checkpoint.epochs, checkpoint.reported) == (2, 2)
    ours, resumption = gone_on(classifier(**params), checkpoint)
    assert resumption.went_on
    assert resumption.n_earlier == 2
    assert_same_training(ours, classifier(**params).fit(X, y))


def test_a_training_can_be_stored_again_and_again():
    params = {"dropout": 0.3, "callbacks": keras.callbacks.EarlyStopping("loss", restore_best_weights=True, patience=3)}
    checkpoint = stored(classifier(**params), 1)
    for epochs in (2, 4):
        parts, _ = gone_on(classifier(**params, epochs=epochs), checkpoint, close=False)
        checkpoint = read_back(parts._checkpoint(reported=epochs))
    parts, _ = gone_on(classifier(**params, epochs=5), checkpoint)
    assert_same_training(parts, classifier(**params, epochs=5).fit(X, y))


def test_a_training_that_went_on_may_pause_and_go_on_as_any():
    parts, _ = gone_on(classifier(dropout=0.3, epochs=3), stored(classifier(dropout=0.3)), close=False)
    assert_same_training(parts._continue_fit(X, y, epochs=5), classifier(dropout=0.3).fit(X, y))


def test_a_training_that_was_stopped_stays_stopped():
    stop = keras.callbacks.EarlyStopping("loss", patience=0, min_delta=10.0, restore_best_weights=True)
    checkpoint = stored(classifier(callbacks=stop), 4)
    assert checkpoint.epochs == 2
    parts, _ = gone_on(classifier(callbacks=stop), checkpoint)
    assert_same_training(parts, classifier(callbacks=stop).fit(X, y))


def test_beginnings_are_not_told_again(monkeypatch):
    told = []
    stop = keras.callbacks.EarlyStopping("loss", patience=3)
    checkpoint = stored(classifier(callbacks=stop))
    monkeypatch.setattr(keras.callbacks.EarlyStopping, "on_train_begin", lambda *_: told.append("begin"))
    monkeypatch.setattr(keras.callbacks.EarlyStopping, "on_train_end", lambda *_: told.append("end"))
    gone_on(classifier(callbacks=stop), checkpoint)
    assert told == ["end"]


def test_rows_that_are_watched_are_in_the_history_from_the_beginning():
    def watching(estimator):
        estimator._watch(lambda: (X[:20], y[:20]))
        return estimator

    ours, _ = gone_on(watching(classifier()), stored(watching(classifier())))
    assert len(ours.history_["test_loss"]) == 5
    assert ours.history_ == watching(classifier()).fit(X, y).history_


def without(mapping, name):
    return {key: value for key, value in mapping.items() if key != name}


def with_facts(checkpoint, **facts):
    return replace(checkpoint, facts={**checkpoint.facts, **facts})


def with_callback(checkpoint, **facts):
    return with_facts(checkpoint, callbacks=[{**checkpoint.facts["callbacks"][0], **facts}])


def with_array(checkpoint, name, array):
    return replace(checkpoint, arrays={**checkpoint.arrays, name: array})


DAMAGES = {
    "nothing": lambda c: Checkpoint(2, 2, {}, {}),
    "no array": lambda c: replace(c, arrays=without(c.arrays, "weights_1")),
    "one array too many": lambda c: with_array(c, "weights_9", np.zeros(3)),
    "another shape": lambda c: with_array(c, "weights_0", np.zeros((4, 9), "float32")),
    "another type": lambda c: with_array(c, "weights_0", c.arrays["weights_0"].astype("float64")),
    "no optimizer": lambda c: replace(c, arrays={k: v for k, v in c.arrays.items() if "optimizer" not in k}),
    "a history too short": lambda c: with_facts(c, history={"loss": [1.0]}),
    "a history of text": lambda c: with_facts(c, history={"loss": ["a", "b"]}),
    "no history": lambda c: with_facts(c, history={}),
    "seconds of nothing": lambda c: with_facts(c, seconds=None),
    "no fact": lambda c: replace(c, facts=without(c.facts, "stopped")),
    "a later format": lambda c: with_facts(c, format=2),
    "other rows": lambda c: with_facts(c, rows=[number + 1 for number in c.facts["rows"]]),
    "fewer rows": lambda c: with_facts(c, rows=c.facts["rows"][:-1]),
    "another seed": lambda c: with_facts(c, seed=1),
    "too many epochs": lambda c: replace(c, epochs=9),
    "more reported than trained": lambda c: replace(c, reported=3),
    "no callback": lambda c: with_facts(c, callbacks=[]),
    "another callback": lambda c: with_callback(c, **{"class": "TerminateOnNaN"}),
    "a negative count": lambda c: with_callback(c, wait=-1),
    "a best of text": lambda c: with_callback(c, best="low"),
    "no best weights": lambda c: replace(c, arrays=without(c.arrays, "callback_0_2")),
    "facts that are a list": lambda c: replace(c, facts=[]),
}


@pytest.fixture(scope="module")
def stopping():
    stop = keras.callbacks.EarlyStopping("loss", patience=1, restore_best_weights=True)
    params = {"callbacks": stop, "epochs": 3, "dropout": 0.3, "validation_split": 0.0}
    return params, stored(classifier(**params)), classifier(**params).fit(X, y)


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_checkpoint_that_does_not_fit_lets_the_training_start_over(stopping, damage):
    params, checkpoint, whole = stopping
    ours, resumption = gone_on(classifier(**params), damage(checkpoint))
    assert (resumption.went_on, resumption.n_earlier, resumption.seconds) == (False, 0, 0.0)
    assert_same_training(ours, whole)


def test_a_checkpoint_of_more_epochs_than_asked_for_does_not_fit():
    ours, resumption = gone_on(classifier(epochs=1), stored(classifier()))
    assert not resumption.went_on
    assert ours.current_epoch == 1


@pytest.mark.filterwarnings("ignore:The training has diverged")
def test_numbers_that_are_not_finite_are_kept():
    params = {"optimizer": "sgd", "optimizer__learning_rate": 1e30, "validation_split": 0.0}
    checkpoint = stored(classifier(**params))
    assert not np.isfinite(checkpoint.facts["history"]["loss"][-1])
    ours, resumption = gone_on(classifier(**params, epochs=3), checkpoint)
    assert resumption.went_on
    assert ours.current_epoch == 3


class Own(keras.callbacks.EarlyStopping):
    """May count anything."""


class Schedule:
    """May count how often it is asked."""

    def __call__(self, epoch):
        return 0.01


class Counting(layers.Layer):
    """Counts batches, where Keras does not look."""

    def build(self, shape):
        import tensorflow as tf

        self.hidden = [tf.Variable(0.0)]

    def call(self, inputs):
        self.hidden[0].assign_add(1.0)
        return inputs


class Plain(layers.Layer):
    def call(self, inputs):
        return 2 * inputs


class OwnStep(keras.Sequential):
    def train_step(self, *arguments):
        return super().train_step(*arguments)


def with_layer(layer, model=keras.Sequential):
    return lambda meta: model([keras.Input(meta["X_shape_"][1:]), layer(), layers.Dense(3)])


OBSTACLES = {
    "a subclass": ({"callbacks": Own("loss")}, "the callback Own keeps state that can't be stored"),
    "another callback": (
        {"callbacks": keras.callbacks.LambdaCallback(on_epoch_end=print)},
        "the callback LambdaCallback keeps state that can't be stored",
    ),
    "a schedule that is an object": (
        {"callbacks": keras.callbacks.LearningRateScheduler(Schedule())},
        "the callback LearningRateScheduler keeps state that can't be stored",
    ),
    "averaged weights": ({"optimizer": keras.optimizers.Adam(use_ema=True)}, "the optimizer averages its weights"),
    "a step of its own": ({"model": with_layer(Plain, OwnStep)}, "the model has its own train_step"),
}


@pytest.mark.parametrize(("params", "reason"), OBSTACLES.values(), ids=OBSTACLES)
def test_what_can_not_be_stored_is_said(params, reason, capsys):
    assert reason in paused(classifier(**params), 1)._obstacle()


@tensorflow_only("a layer's variable that Keras does not see changes in a compiled step")
def test_a_hidden_variable_can_not_be_stored():
    reason = paused(classifier(model=with_layer(Counting)), 1)._obstacle()
    assert reason == "the model has a state that Keras does not know"


def test_a_layer_of_ones_own_without_a_state_is_stored():
    params = {"model": with_layer(Plain), "metrics": ["accuracy"]}
    ours, _ = gone_on(classifier(**params, epochs=3), stored(classifier(**params)))
    assert_same_training(ours, classifier(**params, epochs=3).fit(X, y))


def test_a_checkpoint_does_not_change_as_training_goes_on():
    parts = paused(classifier())
    checkpoint = parts._checkpoint(reported=0)
    before = {name: array.copy() for name, array in checkpoint.arrays.items()}
    parts._continue_fit(X, y, epochs=4)
    for name, array in before.items():
        np.testing.assert_array_equal(checkpoint.arrays[name], array)
    assert len(checkpoint.facts["history"]["loss"]) == 2


CODE = """
import json, sys
import numpy as np
from skhpt.trials import Checkpoint
from tests.estimators import test_checkpoints as here

for _ in range(3):
    here.classifier(epochs=1).fit(here.X, here.y)  # so that no name in the process is the same
with np.load(sys.argv[1] + "/arrays.npz", allow_pickle=False) as arrays:
    checkpoint = Checkpoint(2, 2, json.loads(open(sys.argv[1] + "/facts.json").read()), dict(arrays))
ours, resumption = here.gone_on(here.classifier(**here.TRAININGS["early stopping"], dropout=0.3), checkpoint)
assert resumption.went_on
print(json.dumps([ours.history_, [weight.tolist() for weight in ours.model_.get_weights()]]))
"""


@pytest.mark.slow
def test_a_training_goes_on_in_another_process_just_as_here(tmp_path):
    params = {**TRAININGS["early stopping"], "dropout": 0.3}
    checkpoint = paused(classifier(**params))._checkpoint(reported=2)
    np.savez(tmp_path / "arrays.npz", **checkpoint.arrays)
    (tmp_path / "facts.json").write_text(json.dumps(checkpoint.facts))
    code = [sys.executable, "-c", CODE, str(tmp_path)]
    done = subprocess.run(code, check=True, capture_output=True, text=True)
    whole = classifier(**params).fit(X, y)
    assert json.loads(done.stdout) == [whole.history_, [weight.tolist() for weight in whole.model_.get_weights()]]
