"""What can't be trained together runs by itself, says why, and gives the same."""

import re

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers, optimizers
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import BaggingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from skhpt import GridSearchCV, KerasClassifier, KerasRegressor
from skhpt.exceptions import CannotFuseError
from tests.fused import architectures as nets
from tests.fused.architectures import IRIS, KIND, PROGRESS
from tests.fused.comparison import assert_engines_agree, assert_same_scores, classifier, searched

slow = pytest.mark.slow
ADAM = {"optimizer": "adam", "optimizer__learning_rate": 0.02, "epochs": 2}
X, y = IRIS[:90], KIND[:90]


def doubled(x):
    return 2 * x


def with_lambda(meta):
    return nets.stacked(meta, layers.Lambda(doubled), layers.Dense(4))


class Subclassed(keras.Model):
    def __init__(self, units=3):
        super().__init__()
        self.hidden, self.last = layers.Dense(8, "relu"), layers.Dense(units)
        self.drop = layers.Dropout(0.2)

    def call(self, inputs, training=False):
        return self.last(self.drop(self.hidden(inputs), training=training))


class TrainsByItself(keras.Model):
    def train_step(self, data):
        return super().train_step(data)


class OwnLoss(keras.Model):
    """Adds to the loss in the way that Keras has for it."""

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        return 2 * super().compute_loss(x, y, y_pred, sample_weight, training)


def functional(cls, meta, batch_size=None):
    inputs = keras.Input(meta["X_shape_"][1:], batch_size=batch_size)
    return cls(inputs, layers.Dense(3)(layers.Dropout(0.2)(inputs)))


class Counting(layers.Layer):
    """Counts its calls where Keras does not see it."""

    def build(self, shape):
        self.calls = tf.Variable(0.0, trainable=False)

    def call(self, inputs):
        self.calls.assign_add(1.0)
        return inputs * (1.0 + 1.0 / self.calls)


class CountingPredictions(Counting):
    def call(self, inputs, training=False):
        return inputs if training else super().call(inputs)


class KnownCounting(layers.Layer):
    """Counts its calls in a variable of Keras'."""

    def build(self, shape):
        self.calls = self.add_weight(shape=(), initializer="zeros", trainable=False)

    def call(self, inputs):
        self.calls.assign(self.calls + 1.0)
        return inputs * (1.0 + 1.0 / self.calls)


class OwnOptimizer(optimizers.SGD):
    def build(self, variables):
        super().build(variables)
        self.steps = tf.Variable(0.0, trainable=False)

    def update_step(self, gradient, variable, learning_rate):
        self.steps.assign_add(1.0)
        super().update_step(gradient, variable, learning_rate)


class PlainOwnOptimizer(optimizers.SGD):
    def update_step(self, gradient, variable, learning_rate):
        self.assign_sub(variable, keras.ops.sign(gradient) * learning_rate)


class OnBatches(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        self.model.optimizer.learning_rate = 0.05 / (1 + batch)


def stateful(meta):
    inputs = keras.Input((2, 2), batch_size=5)
    return keras.Model(inputs, layers.Dense(3)(layers.SimpleRNN(3, stateful=True)(inputs)))


def python_branch(meta):
    class Branching(layers.Layer):
        def call(self, inputs):
            return tf.cond(tf.reduce_sum(inputs) > 0, lambda: inputs, lambda: -inputs)

    return nets.stacked(meta, Branching())


def network(build=nets.mlp, **params):
    return classifier(build, **{"epochs": 2} | params)


class OwnFit(KerasClassifier):
    def fit(self, X, y, **said):
        return super().fit(X, y, **said)


class OwnPredict(KerasClassifier):
    def predict(self, X):
        return super().predict(X)


class OwnScore(KerasClassifier):
    def score(self, X, y, sample_weight=None):
        return 0.5 * super().score(X, y, sample_weight)


REFUSED = {
    "a train step": (network(lambda meta: functional(TrainsByItself, meta)), "train_step"),
    "a callback on batches": (network(callbacks=OnBatches), "OnBatches"),
    "use_ema": (KerasClassifier(nets.mlp, optimizer=optimizers.Adam(0.02, use_ema=True), epochs=2), "use_ema"),
    "accumulation": (
        KerasClassifier(nets.mlp, optimizer=optimizers.Adam(0.02, gradient_accumulation_steps=2), epochs=2),
        "accumulate",
    ),
    "loss scale": (
        KerasClassifier(nets.mlp, optimizer=optimizers.LossScaleOptimizer(optimizers.Adam(0.02)), epochs=2),
        "scales the loss",
    ),
    "own fit": (OwnFit(nets.mlp, **ADAM), "OwnFit overrides fit"),
    "own predict": (OwnPredict(nets.mlp, **ADAM), "OwnPredict overrides predict"),
    "own score": (OwnScore(nets.mlp, **ADAM), "OwnScore overrides score"),
    "a batch size": (
        network(lambda meta: functional(keras.Model, meta, 5), batch_size=5, predict__batch_size=5),
        "fixed batch size",
    ),
    "a counter": (network(lambda meta: nets.stacked(meta, Counting())), "state"),
    "run_eagerly": (network(run_eagerly=True), "run_eagerly"),
    "compiled eagerly": (KerasClassifier(nets.compiled_for(run_eagerly=True)), "run_eagerly"),
    "steps_per_execution": (
        KerasClassifier(nets.compiled_for(steps_per_execution=2), batch_size=12),
        "steps_per_execution",
    ),
    "verbose": (network(verbose=2), "verbose"),
    "optimizer with a variable": (
        KerasClassifier(nets.mlp, optimizer=OwnOptimizer, optimizer__learning_rate=0.1),
        "state|vectorise",
    ),
}  # fmt: skip
EITHER = {
    "a Lambda": network(with_lambda),
    "a subclassed model": network(
        lambda meta: Subclassed(), loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    ),
    "a loss of a model's own": network(lambda meta: functional(OwnLoss, meta)),
    "a known counter": network(lambda meta: nets.stacked(meta, KnownCounting(), layers.Dense(4))),
    "a counter of predictions": network(lambda meta: nets.stacked(meta, CountingPredictions())),
    "a branch": network(python_branch, batch_size=7),
    "own optimizer": KerasClassifier(nets.mlp, optimizer=PlainOwnOptimizer, optimizer__learning_rate=0.05, epochs=2),
    "no dropout at all": network(nets.small),
}
PLAIN = {"a callback on batches"}
plain_or_slow = [pytest.param(name, marks=[] if name in PLAIN else slow) for name in REFUSED]


@pytest.mark.parametrize("name", plain_or_slow)
def test_what_is_refused_runs_by_itself_and_gives_the_same(name, capsys):
    estimator, reason = REFUSED[name]
    ours, theirs = assert_engines_agree(estimator, {"epochs": [1, 2]}, X, y, fused=False, weights=1e-6)
    report = ours.engine_report_
    assert set(report["engine"]) == {"per-trial"}
    assert report["program"].isna().all()
    for said in set(report["reason"]):
        assert re.search(reason, said)
        assert not said.endswith(".")
        assert "\n" not in said
    assert set(theirs.engine_report_["reason"]) == {"engine='per-trial'"}


@pytest.mark.parametrize("name", plain_or_slow)
def test_fused_refuses_before_anything_is_trained(name, monkeypatch):
    estimator, reason = REFUSED[name]

    def fit(*arguments, **named):
        raise AssertionError("nothing may be trained")

    monkeypatch.setattr(keras.Model, "fit", fit)
    with pytest.raises(CannotFuseError, match=reason) as caught:
        searched(estimator, {"epochs": [1, 2]}, X, y, engine="fused", error_score=np.nan)
    assert "engine='fused' can't train 4 of 4 trials, because" in str(caught.value)


@pytest.mark.parametrize("name", [pytest.param(name, marks=slow) for name in EITHER])
def test_what_may_be_refused_gives_the_same_either_way(name):
    ours, _ = assert_engines_agree(EITHER[name], {"epochs": [1, 2]}, X, y, fused=False)
    for _, trial in ours.engine_report_.iterrows():
        assert (trial["engine"] == "fused") == (trial["reason"] is None or trial["reason"] != trial["reason"])


@slow
def test_a_stateful_layer_runs_by_itself():
    estimator = network(stateful, batch_size=5, predict__batch_size=5, shuffle=False)
    ours, _ = assert_engines_agree(estimator, {"epochs": [2]}, X.reshape(-1, 2, 2), y, cv=3, fused=False)
    assert set(ours.engine_report_["engine"]) == {"per-trial"}


@slow
@pytest.mark.parametrize("kind", ["bagging", "target", "plain"])
def test_an_estimator_that_holds_a_network_is_not_fused(kind):
    estimator, grid, target = {
        "bagging": (BaggingClassifier(network(), 2, random_state=0), {"estimator__units": [4]}, y),
        "target": (
            TransformedTargetRegressor(KerasRegressor(nets.regressor, epochs=1), transformer=StandardScaler()),
            {"regressor__units": [4]},
            PROGRESS[:90],
        ),
        "plain": (LogisticRegression(), {"C": [1.0]}, y),
    }[kind]
    options = {"refit": kind == "plain", "cv": 2, "random_state": 0, "error_score": "raise"}
    with pytest.raises(CannotFuseError, match=type(estimator).__name__):
        GridSearchCV(estimator, grid, engine="fused", **options).fit(X, target)
    ours, theirs = (GridSearchCV(estimator, grid, engine=e, **options).fit(X, target) for e in ("auto", "per-trial"))
    assert_same_scores(ours.cv_results_, theirs.cv_results_)
    (reason,) = set(ours.engine_report_["reason"])
    assert type(estimator).__name__ in reason
    assert not reason.endswith(".")


@pytest.mark.slow
def test_candidates_that_can_be_fused_are_though_others_can_not():
    grid = {"callbacks": [None, OnBatches, keras.callbacks.EarlyStopping("loss")]}
    ours, _ = assert_engines_agree(network(), grid, X, y, fused=False)
    assert ours.engine_report_.groupby("candidate")["engine"].agg(set).tolist() == [{"fused"}, {"per-trial"}, {"fused"}]
    with pytest.raises(CannotFuseError, match=r"2 of 6 trials, because the callback OnBatches .*\(candidates 1\)"):
        searched(network(), grid, X, y, engine="fused")


@slow
def test_workers_run_what_is_refused():
    grid = {"callbacks": [None, OnBatches()]}
    ours, _ = assert_engines_agree(network(), grid, X, y, fused=False, n_jobs=2)
    assert set(ours.engine_report_["engine"]) == {"fused", "per-trial"}
