"""How the fused engine goes about it."""

import os
import random
import subprocess
import sys

import cloudpickle
import keras
import numpy as np
import pandas as pd
import pytest
import sklearn.experimental.enable_halving_search_cv  # noqa: F401 - scikit-learn hides its halving classes without it
from keras import layers
from sklearn.model_selection import KFold

from skhpt import HalvingGridSearchCV, KerasClassifier
from skhpt.exceptions import CannotFuseError
from skhpt.fused._made_program import kept_programs
from tests.fused import architectures as nets
from tests.fused.architectures import IRIS, KIND
from tests.fused.comparison import assert_same_histories, assert_same_refit, assert_same_scores, searched
from tests.fused.program import OUT_OF_MEMORY, Program

ADAM = {"optimizer": "adam", "optimizer__learning_rate": 0.02, "epochs": 3}
GRID = {"optimizer__learning_rate": [0.001, 0.01, 0.1]}


slow = pytest.mark.slow


def network(build=nets.mlp, **params):
    return KerasClassifier(build, **ADAM | params)


@pytest.fixture
def checks(monkeypatch):
    """The programs that are compiled."""
    kept_programs.clear()
    checked = []
    check = Program.check

    def counting(program, **options):
        if program not in checked:
            checked.append(program)
        check(program, **options)

    monkeypatch.setattr(Program, "check", counting)
    return checked


def test_keras_own_fit_is_never_called(monkeypatch):
    def fit(*arguments, **named):
        raise AssertionError("Keras' fit was called")

    for name in ("fit", "evaluate", "predict", "train_on_batch"):
        monkeypatch.setattr(keras.Model, name, fit)
    options = {"return_train_score": True, "record_validation": True, "scoring": ["accuracy", "neg_log_loss"]}
    search = searched(network(), GRID, IRIS, KIND, engine="fused", refit="accuracy", **options)
    assert search.fused_seconds_ > 0


@pytest.mark.parametrize("engine", ["auto", "per-trial"])
def test_a_search_over_other_estimators_does_not_load_tensorflow(engine):
    code = f"""
import sys
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from skhpt import GridSearchCV
search = GridSearchCV(LogisticRegression(max_iter=1000), {{"C": [0.1, 1.0]}}, engine={engine!r})
search.fit(*load_iris(return_X_y=True))
assert set(search.engine_report_["engine"]) == {{"per-trial"}}
assert "tensorflow" not in sys.modules and "keras" not in sys.modules
"""
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, env=dict(os.environ))


class Noting(layers.Layer):
    """Notes whenever it is traced with numbers, rather than asked for its shape."""

    calls = []

    def call(self, inputs):
        self.calls.append(type(inputs).__name__)
        return inputs


def noted(meta):
    return nets.stacked(meta, layers.Dense(8), Noting(), layers.Dropout(0.1))


@slow
@pytest.mark.parametrize(
    ("grid", "options"),
    [
        ({**GRID}, {"cv": 2}),
        ({**GRID, "batch_size": [8, 16], "epochs": [1, 2]}, {"cv": KFold(4)}),
        (GRID, {"cv": 3, "repeats": 2, "search": HalvingGridSearchCV, "resource": "epochs", "max_resources": 4}),
        (GRID, {"cv": 3, "search": HalvingGridSearchCV, "factor": 2}),
    ],
    ids=["small", "many", "epochs", "n_samples"],
)
def test_an_architecture_is_traced_once_for_any_number_of_lanes_rows_and_rungs(grid, options, checks):
    Noting.calls.clear()
    search = searched(network(noted), grid, IRIS[:149], KIND[:149], engine="fused", **options)
    assert len(checks) == 1
    assert search.engine_report_["program"].unique().tolist() == [0]
    # Of the layer: its symbolic build, two traces of each model that is built, the training, and the predictions.
    assert Noting.calls.count("SymbolicTensor") <= 20, Noting.calls


def test_models_of_keras_own_layers_are_traced_once_for_unequal_folds_of_a_builder_that_sees_the_data(checks):
    searched(network(), GRID, IRIS[:149], KIND[:149], engine="fused", cv=KFold(4))
    assert len(checks) == 1


@slow
def test_each_architecture_has_a_program(checks):
    search = searched(network(), {"activation": ["relu", "tanh"], **GRID}, IRIS, KIND, engine="fused")
    report = search.engine_report_
    assert len(checks) == 2
    activation = report["candidate"].map(lambda number: search.cv_results_["param_activation"][number])
    assert report.groupby(activation)["program"].nunique().tolist() == [1, 1]
    assert sorted(report["program"].unique()) == [0, 1]


@slow
def test_lanes_that_do_not_fit_into_memory_train_in_turns(monkeypatch):
    options = {"engine": "fused", "cv": KFold(4), "record_validation": True}
    grid = {"optimizer__learning_rate": [0.001, 0.01, 0.1], "epochs": [1, 3]}
    whole = searched(network(), grid, IRIS[:149], KIND[:149], **options)
    monkeypatch.setenv("SKHPT_FUSED_MEMORY_MB", "0.02")
    turns = searched(network(), grid, IRIS[:149], KIND[:149], **options)
    assert_same_histories(turns.histories_, whole.histories_, rtol=1e-5)
    assert_same_scores(turns.cv_results_, whole.cv_results_, rtol=1e-5)
    assert_same_refit(turns, whole, 1e-5)


@pytest.mark.parametrize("n_jobs", [None, pytest.param(2, marks=slow)])
def test_two_runs_give_bit_for_bit_the_same(n_jobs):
    first = searched(network(), GRID, IRIS, KIND, engine="fused")
    second = searched(network(), GRID, IRIS, KIND, engine="fused", n_jobs=n_jobs)
    tables = (search.histories_.drop(columns="epoch_seconds") for search in (first, second))
    pd.testing.assert_frame_equal(*tables, check_exact=True)
    for weight, expected in zip(first.best_model_.get_weights(), second.best_model_.get_weights(), strict=True):
        np.testing.assert_array_equal(weight, expected)
    for name, values in first.cv_results_.items():
        if not name.endswith("_time"):
            np.testing.assert_array_equal(values, second.cv_results_[name])


@slow
def test_a_lane_does_not_depend_on_which_others_there_are():
    many = searched(network(), GRID, IRIS, KIND, engine="fused").histories_
    alone = searched(network(), {"optimizer__learning_rate": [0.01]}, IRIS, KIND, engine="fused").histories_
    np.testing.assert_allclose(many.query("candidate == 1")["loss"], alone["loss"], rtol=1e-5)


def test_the_report_says_of_each_trial_how_it_ran():
    search = searched(network(), GRID, IRIS, KIND, engine="fused", repeats=2)
    report = search.engine_report_
    assert list(report.columns) == ["candidate", "fold", "repeat", "engine", "program", "reason", "packing"]
    assert len(report) == 3 * 2 * 2
    assert not report.duplicated(["candidate", "fold", "repeat"]).any()
    assert report["reason"].isna().all()
    alone = searched(network(), {"units": [4]}, IRIS, KIND, engine="per-trial")
    assert alone.engine_report_["program"].isna().all()
    assert set(alone.engine_report_["reason"]) == {"engine='per-trial'"}
    assert alone.fused_seconds_ == 0


@slow
def test_the_report_of_a_halving_has_its_rungs():
    options = {"search": HalvingGridSearchCV, "resource": "epochs", "min_resources": 1, "max_resources": 3}
    report = searched(network(), GRID, IRIS, KIND, engine="fused", **options).engine_report_
    assert list(report.columns) == ["candidate", "fold", "repeat", "iter", "engine", "program", "reason", "packing"]
    assert report.groupby("iter").size().tolist() == [6, 2]


def test_an_unknown_engine_is_refused():
    with pytest.raises(ValueError, match="'engine' parameter of GridSearchCV"):
        searched(network(), GRID, IRIS, KIND, engine="fast")


def test_the_users_random_state_is_left_alone():
    keras.utils.set_random_seed(5)
    expected = random.random(), np.random.random()  # noqa: S311 - what Keras and NumPy draw from
    keras.utils.set_random_seed(5)
    searched(network(), GRID, IRIS, KIND, engine="fused")
    assert (random.random(), np.random.random()) == expected  # noqa: S311 - what Keras and NumPy draw from


@slow
def test_the_users_own_objects_are_left_alone():
    optimizer = keras.optimizers.Adam(0.02)
    model = keras.Sequential([keras.Input((4,)), layers.Dense(8, "relu"), layers.Dense(3)])
    before = model.get_weights()
    estimator = KerasClassifier(model, optimizer=optimizer, epochs=2, callbacks=keras.callbacks.EarlyStopping("loss"))
    searched(estimator, {"batch_size": [16, 32]}, IRIS, KIND, engine="fused")
    assert not optimizer.built
    for weight, expected in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(weight, expected)


@slow
def test_a_fitted_search_can_be_pickled_and_fitted_again():
    search = searched(network(), GRID, IRIS, KIND, engine="fused")
    other = cloudpickle.loads(cloudpickle.dumps(search))
    np.testing.assert_array_equal(other.predict_proba(IRIS), search.predict_proba(IRIS))
    again = other.fit(IRIS, KIND)
    assert_same_histories(again.histories_, search.histories_, rtol=1e-6)


@pytest.mark.slow
def test_a_program_that_fails_costs_its_trials_the_time_and_nothing_else(monkeypatch):
    def fail(*arguments, **options):
        raise OUT_OF_MEMORY

    expected = searched(network(), GRID, IRIS, KIND, engine="per-trial")
    monkeypatch.setattr(Program, "train", fail)
    search = searched(network(), GRID, IRIS, KIND, engine="auto")
    np.testing.assert_array_equal(search.cv_results_["mean_test_score"], expected.cv_results_["mean_test_score"])
    assert search.engine_report_["reason"].str.contains("OOM when allocating").all()
    with pytest.raises(CannotFuseError, match="its program failed"):
        searched(network(), GRID, IRIS, KIND, engine="fused")
