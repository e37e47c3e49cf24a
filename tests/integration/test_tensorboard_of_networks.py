"""What TensorBoardLogger writes of networks' trainings is what the search knows of them."""

import keras
import numpy as np
import pytest
from sklearn.datasets import load_iris

from skhpt import (
    ConfusionMatrixLogger,
    GridSearchCV,
    HalvingGridSearchCV,
    KerasClassifier,
    TensorBoardLogger,
    WeightHistogramLogger,
)
from skhpt.trials import trial_name
from tests.reporting.boards import hparams, points, read, runs_in, status

SUCCESS, FAILURE = 1, 2


def build(units=8):
    if units == 0:
        raise ValueError("no units")
    return keras.Sequential([keras.layers.Dense(units, activation="relu"), keras.layers.Dense(3, activation="softmax")])


@pytest.fixture
def iris():
    X, y = load_iris(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(y))
    return X[order].astype("float32"), y[order]


def assert_histories_are_there(search, logdir):
    histories = search.histories_.set_index(["candidate", "fold", "repeat"])
    metrics = [name for name in histories if name not in ("iter", "epoch", "epoch_seconds")]
    for key in histories.index.unique():
        own = histories.loc[[key]]
        for name in metrics:
            found = points(logdir / trial_name(*key), f"epoch/{name}")
            assert [step for step, _ in found] == own["epoch"].tolist()
            assert np.allclose([value for _, value in found], own[name], rtol=1e-5)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning", "ignore:One or more of the test scores")
@pytest.mark.parametrize(("engine", "n_jobs"), [("fused", None), ("per-trial", 2), ("auto", 2)])
def test_each_epoch_of_each_trial_is_a_point(iris, tmp_path, engine, n_jobs):
    model = KerasClassifier(build, epochs=3, metrics=["accuracy"], random_state=0)
    search = GridSearchCV(
        model, {"units": [4, 8, 0]}, cv=2, engine=engine, n_jobs=n_jobs, refit=False, record_validation=True,
        loggers=[TensorBoardLogger(tmp_path)],
    ).fit(*iris)  # fmt: skip
    assert_histories_are_there(search, tmp_path)
    assert [status(tmp_path / name) for name in runs_in(tmp_path)] == 4 * [SUCCESS] + 2 * [FAILURE]
    assert hparams(tmp_path / "c0002-f01-r00") == {"units": 0.0}


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["fused", "per-trial"])
def test_rungs_go_on_in_one_run_beside_what_callbacks_log(iris, tmp_path, engine):
    logs = f"{tmp_path}/{{trial}}"
    callbacks = [ConfusionMatrixLogger(logs), WeightHistogramLogger(logs)]
    model = KerasClassifier(build, validation_split=0.2, callbacks=callbacks, random_state=0)
    search = HalvingGridSearchCV(
        model, {"units": [4, 8]}, resource="epochs", min_resources=2, max_resources=4, factor=2, cv=2, engine=engine,
        refit=False, loggers=[TensorBoardLogger(tmp_path)],
    ).fit(*iris)  # fmt: skip
    assert_histories_are_there(search, tmp_path)
    for name in runs_in(tmp_path):
        epochs = [step for step, _ in points(tmp_path / name, "epoch/loss")]
        for tag in ("confusion_matrix", "weights/0_dense/kernel"):
            assert [event.step for event in read(tmp_path / name).Tensors(tag)] == epochs
