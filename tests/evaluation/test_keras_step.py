import math
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.compose import TransformedTargetRegressor
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skhpt.evaluation import keras_step, training_log
from tests.fakes import FakeEstimator


@pytest.mark.parametrize(
    "estimator",
    [
        FakeEstimator(),
        make_pipeline(StandardScaler(), FakeEstimator()),
        TransformedTargetRegressor(FakeEstimator()),
        make_pipeline(StandardScaler(), TransformedTargetRegressor(make_pipeline(StandardScaler(), FakeEstimator()))),
    ],
    ids=["bare", "pipeline", "target", "nested"],
)
def test_the_model_is_found_wherever_it_is(estimator, rows):
    estimator.fit(*rows)
    assert keras_step(estimator).model_ == "model with slope 3.0"
    assert [log.epoch for log in training_log(estimator)] == [1, 2]


def test_an_estimator_without_a_history_logs_nothing(rows):
    assert training_log(LinearRegression().fit(*rows)) == ()


def test_something_else_called_steps_is_no_pipeline():
    step = SimpleNamespace(steps=3)
    assert keras_step(step) is step


def test_a_log_holds_metrics_and_seconds():
    step = SimpleNamespace(history_={"loss": [1.0, np.float32(0.5)]}, epoch_seconds_=[0.2, 0.1])
    first, second = training_log(step)
    assert (first.metrics, first.seconds) == ({"loss": 1.0}, 0.2)
    assert type(second.metrics["loss"]) is float


def test_scikeras_history_has_no_seconds_and_may_have_gaps():
    step = SimpleNamespace(history_={"loss": [1.0, 0.5], "val_loss": [0.7]})
    logs = training_log(step)
    assert [log.metrics for log in logs] == [{"loss": 1.0}, {"loss": 0.5}]
    assert all(math.isnan(log.seconds) for log in logs)


@pytest.mark.parametrize("history", [[1, 2, 3], {"n_iter": 3}, {"f1": [np.ones(3)]}, {"note": ["a", "b"]}, {}, None])
def test_a_history_that_is_someone_elses_is_left_alone(history):
    assert training_log(SimpleNamespace(history_=history)) == ()
