"""What can't be trained together runs by itself, says why, and gives the same."""

import re

import keras
import numpy as np
import pytest
from keras import layers, optimizers
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import BaggingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from skhpt import GridSearchCV, KerasClassifier, KerasRegressor
from skhpt.exceptions import CannotFuseError
from tests.backend import BACKEND
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


def functional(cls, batch_size=None):
    def build(meta):
        inputs = keras.Input(meta["X_shape_"][1:], batch_size=batch_size)
        return cls(inputs, layers.Dense(3)(layers.Dropout(0.2)(inputs)))

    return build


def inside(layer):
    """A builder of a model with such a layer."""
    return lambda meta: nets.stacked(meta, layer(), layers.Dense(4))


class Counting(layers.Layer):
    """Counts its calls where Keras does not see it."""

    def build(self, shape):
        import tensorflow as tf

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
        import tensorflow as tf

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
            return keras.ops.cond(keras.ops.sum(inputs) > 0, lambda: inputs, lambda: -inputs)

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


PLAIN = KerasClassifier(nets.mlp, optimizer="adam", epochs=2)
ALONE = {  # whatever the candidate
    "own fit": (OwnFit(nets.mlp, **ADAM), "OwnFit overrides fit"),
    "own predict": (OwnPredict(nets.mlp, **ADAM), "OwnPredict overrides predict"),
    "own score": (OwnScore(nets.mlp, **ADAM), "OwnScore overrides score"),
    "compiled eagerly": (KerasClassifier(nets.compiled_for(run_eagerly=True)), "run_eagerly"),
    "steps": (KerasClassifier(nets.compiled_for(steps_per_execution=2), batch_size=12), "steps_per_execution"),
}
REFUSED = [
    ({"model": functional(TrainsByItself)}, "train_step"),
    ({"callbacks": OnBatches}, "OnBatches"),
    ({"optimizer": optimizers.Adam(0.02, use_ema=True)}, "use_ema"),
    ({"optimizer": optimizers.Adam(0.02, gradient_accumulation_steps=2)}, "accumulate"),
    ({"optimizer": optimizers.LossScaleOptimizer(optimizers.Adam(0.02))}, "scales the loss"),
    ({"model": functional(keras.Model, 5), "batch_size": 5, "predict__batch_size": 5}, "fixed batch size"),
    ({"run_eagerly": True}, "run_eagerly"),
]
if BACKEND == "tensorflow":
    REFUSED += [
        ({"model": inside(Counting)}, "state"),
        ({"optimizer": OwnOptimizer, "optimizer__learning_rate": 0.1}, "state|vectorise"),
    ]
EITHER = [
    {"model": with_lambda},
    {"model": lambda meta: Subclassed(), "loss": keras.losses.SparseCategoricalCrossentropy(from_logits=True)},
    {"model": functional(OwnLoss)},
    {"model": inside(KnownCounting)},
    {"model": python_branch, "batch_size": 7},
    {"optimizer": PlainOwnOptimizer, "optimizer__learning_rate": 0.05},
    {"model": nets.small},
    *([{"model": inside(CountingPredictions)}] if BACKEND == "tensorflow" else []),
]


def candidates(settings):
    """A grid of just these."""
    return [{name: [value] for name, value in params.items()} for params in settings]


def check(said, reason):
    assert re.search(reason, said)
    assert not said.endswith(".")
    assert "\n" not in said


def run_alone(estimator, grid):
    """What the report says of the trials, none of which is fused."""
    ours, theirs = assert_engines_agree(estimator, grid, X, y, fused=False, weights=1e-6)
    report = ours.engine_report_
    assert set(report["engine"]) == {"per-trial"}
    assert report["program"].isna().all()
    assert set(theirs.engine_report_["reason"]) == {"engine='per-trial'"}
    return report


def test_a_callback_on_batches_runs_by_itself_and_gives_the_same():
    report = run_alone(network(callbacks=OnBatches), {"epochs": [1, 2]})
    for said in set(report["reason"]):
        check(said, "OnBatches")


@slow
def test_what_is_refused_runs_by_itself_and_gives_the_same():
    report = run_alone(PLAIN, candidates(params for params, _ in REFUSED))
    for candidate, trials in report.groupby("candidate"):
        for said in set(trials["reason"]):
            check(said, REFUSED[candidate][1])


@pytest.mark.parametrize("what", ALONE)
@slow
def test_an_estimator_that_is_refused_runs_by_itself_and_gives_the_same(what):
    estimator, reason = ALONE[what]
    for said in set(run_alone(estimator, {"epochs": [1]})["reason"]):
        check(said, reason)


@pytest.fixture
def no_training(monkeypatch):
    def fit(*arguments, **named):
        raise AssertionError("nothing may be trained")

    monkeypatch.setattr(keras.Model, "fit", fit)


def refusal(estimator, grid):
    with pytest.raises(CannotFuseError) as caught:
        searched(estimator, grid, X, y, engine="fused", error_score=np.nan)
    return str(caught.value)


def test_fused_refuses_before_anything_is_trained(no_training):
    said = refusal(network(), [{"callbacks": [OnBatches], "epochs": [1, 2]}])
    assert "engine='fused' can't train 4 of 4 trials, because" in said
    assert "OnBatches" in said


@pytest.mark.parametrize("number", range(len(REFUSED)))
@slow
def test_fused_refuses_anything_that_it_can_not_train(number, no_training):
    params, reason = REFUSED[number]
    said = refusal(PLAIN, candidates([params]))
    assert "can't train 2 of 2 trials" in said
    assert re.search(reason, said)


@pytest.mark.parametrize("what", ALONE)
@slow
def test_fused_refuses_an_estimator_before_anything_is_trained(what, no_training):
    estimator, reason = ALONE[what]
    assert reason in refusal(estimator, {"epochs": [1]})


@slow
def test_what_may_be_refused_gives_the_same_either_way():
    ours, _ = assert_engines_agree(PLAIN, candidates(EITHER), X, y, fused=False)
    report = ours.engine_report_
    assert ((report["engine"] == "fused") == report["reason"].isna()).all()


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
