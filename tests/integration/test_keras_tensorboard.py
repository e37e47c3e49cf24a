"""Keras' TensorBoard callback: fused trials write what Keras' own `fit` writes, each into its own directory."""

import json
import os
import re

import keras
import numpy as np
import pytest
from keras.callbacks import TensorBoard
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.util.tensor_util import make_ndarray

from skhpt import GridSearchCV, HalvingGridSearchCV, KerasClassifier
from skhpt.exceptions import CannotFuseError
from tests.backend import BACKEND

X, KIND = np.random.default_rng(0).normal(size=(60, 3)), np.arange(60) % 2
RATES = [0.1, 0.2, 0.3, 0.4]


def build():
    return keras.Sequential([keras.layers.Dense(2), keras.layers.Dense(1)])


def classifier(*callbacks, **params):
    params = {"optimizer": "sgd", "epochs": 2, "validation_split": 0.25, "random_state": 0} | params
    return KerasClassifier(build, metrics=["accuracy"], callbacks=list(callbacks), **params)


def runs_in(directory):
    """What was written in each directory: the values of each tag by steps. Layers have other names in each trial."""
    runs = {}
    for folder, _, files in os.walk(directory):
        if any("tfevents" in file for file in files):
            events = EventAccumulator(folder, size_guidance={"tensors": 0}).Reload()
            assert not events.Tags()["graph"]
            runs[os.path.relpath(folder, directory)] = {
                re.sub(r"_\d+", "", tag): [(each.step, make_ndarray(each.tensor_proto)) for each in events.Tensors(tag)]
                for tag in events.Tags()["tensors"]
            }
    return runs


def rate_in(model):
    """The learning rate in the configuration of a model, as an array of JSON."""
    return json.loads(str(model, "utf-8"))["compile_config"]["optimizer"]["config"]["learning_rate"]


def assert_same_runs(ours, theirs):
    assert ours.keys() == theirs.keys()
    for run, tags in ours.items():
        assert tags.keys() == theirs[run].keys()
        for tag, values in tags.items():
            expected = theirs[run][tag]
            assert [step for step, _ in values] == [step for step, _ in expected]
            if tag == "keras":
                assert [rate_in(model.item()) for _, model in values] == [rate_in(m.item()) for _, m in expected]
                continue
            for (_, value), (_, other) in zip(values, expected, strict=True):
                np.testing.assert_allclose(value, other, rtol=1e-3, atol=1e-5)


def test_both_engines_write_the_same(tmp_path):
    written = {}
    for engine in ("fused", "per-trial"):
        slower = keras.callbacks.ReduceLROnPlateau(patience=0, min_delta=10.0)
        search = GridSearchCV(
            classifier(slower, TensorBoard(tmp_path / engine)), {"optimizer__learning_rate": RATES[:2]}, cv=2,
            engine=engine,
        ).fit(X, KIND)  # fmt: skip
        written[engine] = runs_in(tmp_path / engine)
    trials = ["c0000-f00-r00", "c0000-f01-r00", "c0001-f00-r00", "c0001-f01-r00", f"c{search.best_index_:04}-refit-r00"]
    assert written["fused"].keys() == {f"{trial}/{part}" for trial in trials for part in ("train", "validation")}
    assert_same_runs(written["fused"], written["per-trial"])
    training, validation = (written["fused"][f"c0001-f00-r00/{part}"] for part in ("train", "validation"))
    assert training.keys() == {"epoch_accuracy", "epoch_loss", "epoch_learning_rate", "keras"}
    assert [value.item() for _, value in training["epoch_learning_rate"]] == pytest.approx([0.2, 0.02])
    assert [step for step, _ in validation["evaluation_loss_vs_iterations"]] == [1, 2]


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("update_freq", "batch"),
        ("embeddings_freq", 1),
        ("write_images", True),
        *([("profile_batch", 2)] if BACKEND == "tensorflow" else []),  # on JAX not with every Python
    ],
)
def test_what_keras_alone_can_write_is_not_fused(tmp_path, argument, value):
    options = {"histogram_freq": 1} if argument == "write_images" else {}
    estimator = classifier(TensorBoard(tmp_path, **{argument: value}, **options))
    with pytest.raises(CannotFuseError, match=f"the argument {argument} of the callback TensorBoard asks"):
        GridSearchCV(estimator, {"epochs": [1, 2]}, cv=2, engine="fused").fit(X, KIND)
    assert not list(tmp_path.iterdir())


class Own(TensorBoard):
    """Of a user's own, who gets a real model."""

    def on_epoch_end(self, epoch, logs=None):
        super().on_epoch_end(epoch, {**logs, "n_weights": self.model.count_params()})


@pytest.mark.slow
def test_histograms_and_own_subclasses_see_the_weights_of_their_trial(tmp_path):
    space, written = {"optimizer__learning_rate": RATES[:2]}, {}
    for engine in ("fused", "per-trial"):
        callbacks = Own(tmp_path / engine / "own"), TensorBoard(tmp_path / engine, histogram_freq=1, write_graph=False)
        GridSearchCV(classifier(*callbacks), space, cv=2, engine=engine, refit=False).fit(X, KIND)
        written[engine] = runs_in(tmp_path / engine)
    assert_same_runs(written["fused"], written["per-trial"])
    assert any(tag.endswith("kernel/histogram") for tag in written["fused"]["c0001-f00-r00/train"])
    assert [value.item() for _, value in written["fused"]["own/c0001-f00-r00/train"]["epoch_n_weights"]] == [11, 11]


@pytest.mark.slow
def test_rungs_go_on_in_the_same_directory_and_close_their_files(tmp_path):
    space, written = {"optimizer__learning_rate": RATES}, {}
    n_open = len(os.listdir("/proc/self/fd")) if os.path.exists("/proc/self/fd") else 0
    for engine in ("fused", "per-trial"):
        options = {"resource": "epochs", "min_resources": 1, "max_resources": 4, "factor": 2, "cv": 2, "refit": False}
        estimator = classifier(TensorBoard(tmp_path / engine, write_graph=False))
        search = HalvingGridSearchCV(estimator, space, engine=engine, random_state=0, **options).fit(X, KIND)
        assert set(search.engine_report_["engine"]) == {engine}
        written[engine] = runs_in(tmp_path / engine)
        if engine == "fused" and n_open:
            assert len(os.listdir("/proc/self/fd")) < n_open + 8  # of eight trials
    assert_same_runs(written["fused"], written["per-trial"])
    steps = [len(tags["epoch_loss"]) for run, tags in written["fused"].items() if run.endswith("train")]
    assert sorted(steps) == [1, 1, 1, 1, 2, 2, 4, 4]


def test_no_more_trials_train_at_once_than_may_have_files_open(tmp_path, monkeypatch):
    resource = pytest.importorskip("resource")  # not on Windows
    monkeypatch.setattr(resource, "getrlimit", lambda which: (8, 8))  # of which half: those of two trials
    estimator = classifier(TensorBoard(tmp_path, write_graph=False))
    search = GridSearchCV(estimator, {"optimizer__learning_rate": RATES}, cv=2, engine="fused", refit=False)
    ended = []

    class Noting(keras.callbacks.Callback):
        def on_train_end(self, logs=None):
            ended.append("end")

        def on_train_begin(self, logs=None):
            ended.append("begin")

    estimator.callbacks.append(Noting())
    search.fit(X, KIND)
    assert ended == ["begin", "begin", "end", "end"] * 4
    assert len(runs_in(tmp_path)) == 2 * 8
