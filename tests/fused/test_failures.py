"""A trial that fails, diverges or meets odd rows costs no other, and is told of alike under both engines."""

import re
import warnings

import keras
import numpy as np
import pytest
from keras import layers
from sklearn.exceptions import FitFailedWarning
from sklearn.model_selection import KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skhpt import KerasClassifier, KerasRegressor
from tests.fused import architectures as nets
from tests.fused.architectures import BINARY, BODIES, IRIS, KIND, PROGRESS
from tests.fused.comparison import assert_same_histories, assert_same_scores, classifier, searched

slow = pytest.mark.slow
X, y = IRIS[:90], KIND[:90]


def network(build=nets.mlp, **params):
    return classifier(build, **{"epochs": 2} | params)


class Filling(layers.Layer):
    def call(self, inputs):
        return keras.ops.where(keras.ops.isnan(inputs), 0.0, inputs)


def filled(meta, units=8):
    return nets.stacked(meta, Filling(), layers.Dense(units, activation="relu"))


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


def of_inputs(meta, units):
    return keras.Sequential([keras.Input((units,)), layers.Dense(3)])


FAILING = {
    "builder": ({"model": [fragile], "model__units": [4, 8]}, "too wide"),
    "callback": ({"callbacks": [Raising()], "units": [4, 8]}, "disk is full"),
    "callback of one lane": (
        {"callbacks": [RaisingOnce(0.1)], "epochs": [3], "optimizer__learning_rate": [0.01, 0.1, 0.03]}, "disk is full"
    ),
    "batch size": ({"batch_size": [8, 0]}, "batch_size"),
    "validation split": ({"validation_split": [0.2, 1.0]}, "validation_split"),
    "shape": ({"model": [of_inputs], "model__units": [4, 5]}, "."),
    "optimizer": ({"optimizer": ["sgd"], "optimizer__momentum": [0.5, 2.0]}, "momentum"),
}  # fmt: skip
N_FAILING = 7  # candidates


@pytest.mark.parametrize(
    ("estimator", "grid", "n_failing"),
    [
        (network(), [grid for grid, _ in FAILING.values()], N_FAILING),
        (make_pipeline(StandardScaler(), network()), {"standardscaler__with_mean": [True, "no"]}, 1),
    ],
    ids=["network", "step"],
)
@slow
def test_a_trial_that_fails_costs_no_other(estimator, grid, n_failing):
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
    assert np.isnan(ours.cv_results_["mean_test_score"]).sum() == n_failing


@slow
@pytest.mark.parametrize("name", ["builder", "callback", "batch size"])
def test_an_error_ends_the_search_if_it_is_asked_to(name):
    grid, words = FAILING[name]
    raised = []
    for engine in ("auto", "per-trial"):
        with pytest.raises(Exception, match=words) as caught:
            searched(network(), grid, X, y, engine=engine, error_score="raise")
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


SEVERAL = {"scoring": ["accuracy", "neg_log_loss", "roc_auc_ovr"], "refit": "accuracy"}


@pytest.mark.parametrize("scoring", [{}, SEVERAL], ids=["its own", "several"])
@slow
def test_a_label_may_be_missing_in_a_training_fold(scoring):
    order = np.argsort(y, kind="stable")
    options = {"cv": KFold(3), "record_validation": True, "return_train_score": True, **scoring}
    assert_alike_with_warnings(network(metrics=["accuracy"]), {"units": [4]}, X[order], y[order], **options)


@pytest.mark.parametrize("allowed", [False, True])
@slow
def test_missing_values_in_the_test_rows_are_the_scorers_affair(allowed):
    holes = X.copy()
    holes[80:, 0] = np.nan
    options = {"cv": [(np.arange(45), np.arange(45, 90)), (np.arange(20, 80), np.arange(80, 90))], "refit": False}
    assert_alike_with_warnings(network(filled, allow_nan=allowed), {"units": [8]}, holes, y, **options)


@slow
def test_a_binary_target_with_one_class_in_a_fold_is_the_same():
    order = np.argsort(BINARY[:90], kind="stable")
    estimator = network(nets.sigmoid)
    assert_alike_with_warnings(estimator, {"units": [4]}, X[order], BINARY[:90][order], cv=KFold(3))


@slow
def test_a_search_of_which_all_trials_fail_says_why():
    for engine in ("auto", "fused", "per-trial"):
        with pytest.raises(MemoryError, match="too wide"):
            searched(network(fragile), {"units": [8]}, X, y, engine=engine, error_score=np.nan)


@slow
@pytest.mark.parametrize("engine", ["auto", "per-trial"])
def test_a_metric_that_can_not_be_computed_costs_its_own_trials(engine):
    def one_unit(y_true, y_pred):
        return keras.ops.mean(keras.ops.reshape(y_true, (-1,)) * keras.ops.reshape(y_pred, (-1,)))

    grid = {"metrics": [["accuracy"], [one_unit]], "units": [3, 4]}
    with pytest.warns(FitFailedWarning, match="4 fits failed out of a total of 8"), pytest.warns(match="non-finite"):
        search = searched(network(), grid, X, y, engine=engine, error_score=np.nan)
    assert np.isfinite(search.cv_results_["mean_test_score"]).tolist() == [True, True, False, False]


@slow
def test_a_rate_that_the_builder_does_not_regard_is_refused_for_those_who_ask_for_it():
    grid = [{"epochs": [1]}, {"optimizer__learning_rate": [0.1]}]
    ours = assert_alike_with_warnings(KerasClassifier(nets.compiled_for()), grid, X, y)
    assert np.isnan(ours.cv_results_["mean_test_score"]).tolist() == [False, True]
