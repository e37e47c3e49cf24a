"""What can't be trained together runs by itself, says why, and gives the same."""

import re
import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers, optimizers
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import BaggingClassifier
from sklearn.exceptions import FitFailedWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skhpt import GridSearchCV, KerasClassifier, KerasRegressor
from skhpt.exceptions import CannotFuseError
from tests.fused import architectures as nets
from tests.fused.architectures import BINARY, BODIES, IRIS, KIND, PROGRESS
from tests.fused.comparison import assert_engines_agree, assert_same_histories, assert_same_scores, searched

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


def compiled_for(**options):
    def build(meta):
        model = nets.mlp(meta)
        model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True), **options)
        return model

    return build


class Filling(layers.Layer):
    def call(self, inputs):
        return keras.ops.where(keras.ops.isnan(inputs), 0.0, inputs)


def filled(meta, units=8):
    return nets.stacked(meta, Filling(), layers.Dense(units, activation="relu"))


def network(build=nets.mlp, **params):
    return KerasClassifier(build, **ADAM | params)


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
    "compiled eagerly": (KerasClassifier(compiled_for(run_eagerly=True)), "run_eagerly"),
    "steps_per_execution": (KerasClassifier(compiled_for(steps_per_execution=2), batch_size=12), "steps_per_execution"),
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


# Trials that fail


def fragile(meta, units=4):
    if units > 4:
        raise MemoryError("too wide for this machine")
    return nets.mlp(meta, units)


class Raising(keras.callbacks.Callback):
    """Raises once the training has gone on for a while, in models of 8 units."""

    def on_epoch_end(self, epoch, logs=None):
        if epoch == 1 and self.model.layers[0].units == 8:
            raise RuntimeError("the disk is full")


class RaisingOnce(keras.callbacks.Callback):
    def __init__(self, rate):
        super().__init__()
        self.rate = rate

    def on_epoch_end(self, epoch, logs=None):
        if epoch == 1 and abs(float(self.model.optimizer.learning_rate) - self.rate) < 1e-6:
            raise RuntimeError("the disk is full")


FAILING = {
    "builder": (network(fragile), {"units": [4, 8]}, "too wide"),
    "callback": (network(callbacks=Raising()), {"units": [4, 8]}, "disk is full"),
    "callback of one lane": (
        network(callbacks=RaisingOnce(0.1), epochs=3), {"optimizer__learning_rate": [0.01, 0.1, 0.03]}, "disk is full"
    ),
    "batch size": (network(), {"batch_size": [8, 0]}, "batch_size"),
    "validation split": (network(), {"validation_split": [0.2, 1.0]}, "validation_split"),
    "step": (make_pipeline(StandardScaler(), network()), {"standardscaler__with_mean": [True, "no"]}, "with_mean"),
    "shape": (network(lambda meta, units=3: functional_of(units)), {"units": [3, 5]}, "."),
    "optimizer": (network(), {"optimizer__clipnorm": [None, -1.0]}, "."),
}  # fmt: skip


def functional_of(units):
    return (
        keras.Sequential([keras.Input((4,)), layers.Dense(3)])
        if units == 3
        else keras.Sequential([keras.Input((units,)), layers.Dense(3)])
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name in {"builder", "callback of one lane"} else slow) for name in FAILING]
)
def test_a_trial_that_fails_costs_no_other(name):
    estimator, grid, _ = FAILING[name]
    results = []
    for engine in ("auto", "per-trial"):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            search = searched(estimator, grid, X, y, engine=engine, error_score=np.nan, refit=True)
        failures = [str(w.message) for w in caught if issubclass(w.category, FitFailedWarning)]
        results.append((search, failures))
    (ours, our_failures), (theirs, their_failures) = results
    assert_same_scores(ours.cv_results_, theirs.cv_results_)
    assert_same_histories(ours.histories_, theirs.histories_)
    first_lines = [[message.splitlines()[0:3] for message in failures] for failures in (our_failures, their_failures)]
    assert first_lines[0] == first_lines[1]
    last = [re.findall(r"^\w[\w.]*(?:Error|Exception):.*", "\n".join(m), re.M) for m in (our_failures, their_failures)]
    assert last[0] == last[1]


@slow
@pytest.mark.parametrize(
    "name", ["builder", pytest.param("callback", marks=slow), pytest.param("batch size", marks=slow)]
)
def test_an_error_ends_the_search_if_it_is_asked_to(name):
    estimator, grid, words = FAILING[name]
    raised = []
    for engine in ("auto", "per-trial"):
        with pytest.raises(Exception, match=words) as caught:
            searched(estimator, grid, X, y, engine=engine, error_score="raise")
        raised.append(caught.type)
    assert raised[0] is raised[1]


@slow
def test_an_error_of_the_refit_is_raised():
    class Late(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            if self.params["steps"] == 3:
                raise RuntimeError("no refit")

    for engine in ("fused", "per-trial"):
        with pytest.raises(RuntimeError, match="no refit"):
            searched(network(callbacks=Late()), {"units": [4]}, X, y, engine=engine)


def quietly(estimator, grid, X, y, **options):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        search = searched(estimator, grid, X, y, error_score=np.nan, **options)
    return search, sorted({(w.category.__name__, str(w.message).partition(":")[0]) for w in caught})


def assert_alike_with_warnings(estimator, grid, X, y, **options):
    (ours, said), (theirs, expected) = (
        quietly(estimator, grid, X, y, engine=engine, **options) for engine in ("auto", "per-trial")
    )
    assert_same_scores(ours.cv_results_, theirs.cv_results_)
    assert_same_histories(ours.histories_, theirs.histories_)
    assert said == expected
    return ours


@slow
def test_a_training_that_diverges_ends_nothing():
    estimator = KerasRegressor(nets.small_regressor, optimizer="sgd", epochs=3)
    ours = assert_alike_with_warnings(estimator, {"optimizer__learning_rate": [1e8, 1e-3]}, 100 * BODIES, PROGRESS)
    assert set(ours.engine_report_["engine"]) == {"fused"}
    assert ours.best_params_ == {"optimizer__learning_rate": 1e-3}
    assert ours.histories_.query("candidate == 0 and epoch == 3")["loss"].isna().all()


@pytest.mark.parametrize(
    "scoring",
    [pytest.param(None, marks=slow), pytest.param("neg_log_loss", marks=slow), pytest.param("roc_auc_ovr", marks=slow)],
)
def test_a_label_may_be_missing_in_a_training_fold(scoring):
    order = np.argsort(y, kind="stable")
    options = {"cv": KFold(3), "record_validation": True, "scoring": scoring, "return_train_score": True}
    assert_alike_with_warnings(network(metrics=["accuracy"]), {"units": [4]}, X[order], y[order], **options)


@pytest.mark.parametrize("allowed", [pytest.param(False, marks=slow), pytest.param(True, marks=slow)])
def test_missing_values_in_the_test_rows_are_the_scorers_affair(allowed):
    holes = X.copy()
    holes[80:, 0] = np.nan
    options = {"cv": [(np.arange(45), np.arange(45, 90)), (np.arange(20, 80), np.arange(80, 90))], "refit": False}
    assert_alike_with_warnings(network(filled, allow_nan=allowed), {"units": [4, 8]}, holes, y, **options)


@slow
def test_a_binary_target_with_one_class_in_a_fold_is_the_same():
    order = np.argsort(BINARY[:90], kind="stable")
    estimator = KerasClassifier(nets.sigmoid, **ADAM)
    assert_alike_with_warnings(estimator, {"units": [4]}, X[order], BINARY[:90][order], cv=KFold(3))


@slow
def test_a_search_of_which_all_trials_fail_says_so():
    for engine in ("auto", "fused", "per-trial"):
        with pytest.raises(ValueError, match="All the 2 fits failed"):
            searched(network(fragile), {"units": [8]}, X, y, engine=engine, error_score=np.nan)


@slow
def test_a_rate_for_an_optimizer_that_has_a_schedule_is_the_same():
    optimizer = optimizers.SGD(optimizers.schedules.ExponentialDecay(0.1, 3, 0.5))
    estimator = KerasClassifier(nets.mlp, optimizer=optimizer, epochs=2)
    outcomes = []
    for engine in ("auto", "per-trial"):
        try:
            search = searched(estimator, {"optimizer__learning_rate": [0.1, 0.2]}, X, y, engine=engine)
            outcomes.append(search.histories_["loss"].round(4).tolist())
        except Exception as error:  # noqa: BLE001 - whatever it is
            outcomes.append((type(error), str(error)))
    assert outcomes[0] == outcomes[1]


@slow
def test_a_rate_that_the_builder_does_not_regard_is_refused_for_those_who_ask_for_it():
    grid = [{"epochs": [1]}, {"optimizer__learning_rate": [0.1]}]
    ours = assert_alike_with_warnings(KerasClassifier(compiled_for()), grid, X, y)
    assert np.isnan(ours.cv_results_["mean_test_score"]).tolist() == [False, True]
