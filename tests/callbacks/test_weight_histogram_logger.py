"""Histograms of weights during a training."""

import copy
import pickle

import keras
import numpy as np
import pytest
from sklearn.datasets import load_iris
from tensorboard.util.tensor_util import make_ndarray

from skhpt import GridSearchCV, HalvingGridSearchCV, KerasClassifier, WeightHistogramLogger
from skhpt.estimators import obstacle_in
from tests.reporting.boards import read, runs_in


def build(units=8):
    return keras.Sequential([keras.layers.Dense(units), keras.layers.Dense(3, activation="softmax")])


@pytest.fixture
def iris():
    X, y = load_iris(return_X_y=True)
    return X.astype("float32"), y


def histograms(directory, tag):
    """By epoch: the ends of the bins, and how many weights are in each."""
    return {event.step: make_ndarray(event.tensor_proto) for event in read(directory).Tensors(tag)}


def test_each_weight_has_a_histogram_an_epoch(iris, tmp_path):
    model = KerasClassifier(build, epochs=2, callbacks=[WeightHistogramLogger(tmp_path)], random_state=0, verbose=0)
    model.fit(*iris)
    assert sorted(read(tmp_path).Tags()["tensors"]) == [
        "weights/0_dense/bias",
        "weights/0_dense/kernel",
        "weights/1_dense/bias",
        "weights/1_dense/kernel",
    ]
    found = histograms(tmp_path, "weights/0_dense/kernel")
    assert sorted(found) == [1, 2]
    kernel = model.model_.layers[0].kernel.numpy()
    assert found[2][:, 2].sum() == kernel.size
    assert found[2][0, 0] == pytest.approx(kernel.min())
    assert found[2][-1, 1] == pytest.approx(kernel.max())


def test_a_later_fit_replaces_what_an_earlier_one_has_logged(iris, tmp_path):
    model = KerasClassifier(build, epochs=2, callbacks=[WeightHistogramLogger(tmp_path)], verbose=0)
    model.fit(*iris)
    model.set_params(epochs=1).fit(*iris)
    assert sorted(histograms(tmp_path, "weights/0_dense/kernel")) == [1]


def test_it_is_copied_and_pickled(tmp_path):
    logger = WeightHistogramLogger(tmp_path / "{trial}")
    assert copy.deepcopy(logger).log_dir == pickle.loads(pickle.dumps(logger)).log_dir == str(tmp_path / "{trial}")


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["per-trial", "fused"])
def test_each_trial_of_a_search_has_its_own(iris, tmp_path, engine):
    model = KerasClassifier(build, epochs=2, callbacks=[WeightHistogramLogger(tmp_path / "{trial}")], random_state=0)
    search = GridSearchCV(model, {"units": [4, 8]}, cv=2, engine=engine, refit=False).fit(*iris)
    assert set(search.engine_report_["engine"]) == {engine}
    assert runs_in(tmp_path) == ["c0000-f00-r00", "c0000-f01-r00", "c0001-f00-r00", "c0001-f01-r00"]
    for name, units in (("c0000-f01-r00", 4), ("c0001-f01-r00", 8)):
        found = histograms(tmp_path / name, "weights/0_dense/kernel")
        assert {epoch: bins[:, 2].sum() for epoch, bins in found.items()} == {1: 4 * units, 2: 4 * units}
    ends = [histograms(tmp_path / f"c0000-f0{fold}-r00", "weights/0_dense/kernel")[2] for fold in range(2)]
    assert not np.array_equal(*ends)  # each fold trains on other rows


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["per-trial", "fused"])
def test_rungs_of_a_halving_go_on_in_the_same_run(iris, tmp_path, engine):
    model = KerasClassifier(build, callbacks=[WeightHistogramLogger(tmp_path / "{trial}")], random_state=0)
    HalvingGridSearchCV(
        model, {"units": [4, 8]}, resource="epochs", min_resources=2, max_resources=4, factor=2, cv=2, engine=engine,
        refit=False,
    ).fit(*iris)  # fmt: skip
    epochs = [sorted(histograms(tmp_path / name, "weights/0_dense/kernel")) for name in runs_in(tmp_path)]
    assert sorted(epochs) == [[1, 2], [1, 2], [1, 2, 3, 4], [1, 2, 3, 4]]  # one of two candidates goes on, on two folds


def test_a_training_with_it_can_be_stored_and_one_with_a_subclass_of_it_can_not(tmp_path):
    class Counting(WeightHistogramLogger):
        def on_epoch_begin(self, epoch, logs=None):
            self.n_epochs = epoch

    assert obstacle_in([WeightHistogramLogger(tmp_path)]) is None
    assert "keeps state" in obstacle_in([Counting(tmp_path)])
