"""Searches on a dask cluster of two processes give what they give in one, also when a process is killed."""

import os
import signal
import threading

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_iris
from sklearn.model_selection import cross_val_score
from sklearn.utils import shuffle

from skhpt import GridSearchCV, HalvingGridSearchCV, KerasClassifier, SearchListener
from skhpt.exceptions import CannotFuseError
from tests import builders
from tests.execution.clusters import cluster
from tests.fakes import FakeEstimator

pytest.importorskip("distributed")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),  # sockets that dask leaves open
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]

X, y = shuffle(*load_iris(return_X_y=True), random_state=0)
GRID = {"units": [4, 8], "optimizer__learning_rate": [0.02, 0.05]}


@pytest.fixture(scope="module", autouse=True)
def client():
    with cluster() as client:
        yield client


def search(engine, **options):
    network = KerasClassifier(builders.classifier, optimizer="adam", epochs=3, metrics=["accuracy"])
    return GridSearchCV(network, GRID, cv=2, random_state=0, engine=engine, **options)


def assert_same_search(first, second):
    """What lanes compute depends, in the last digits, on how many are trained together."""
    for name, values in first.cv_results_.items():
        if not name.endswith("_time"):
            np.testing.assert_array_equal(values, second.cv_results_[name], err_msg=name)
    epochs = [search.histories_.drop(columns="epoch_seconds").sort_index(axis=1) for search in (first, second)]
    alone = all(search.engine == "per-trial" for search in (first, second))
    pd.testing.assert_frame_equal(*epochs, **({"check_exact": True} if alone else {"rtol": 1e-5}))


class Killer(SearchListener):
    """Kills a worker once the first trial has ended, and writes down what it hears."""

    def __init__(self, process):
        self.process = process
        self.heard = []

    def trial_ended(self, spec, result, *, resumed):
        if not self.heard and self.process is not None:
            os.kill(self.process, signal.SIGKILL)
        self.heard.append(spec.key)


def in_one_process(search):
    """Not on the cluster: joblib's choice of it holds for the thread that has made it."""
    thread = threading.Thread(target=search.fit, args=(X, y))
    thread.start()
    thread.join()
    return search


@pytest.mark.parametrize("engine", ["per-trial", "fused"])
def test_both_engines_give_what_one_process_gives(engine):
    assert_same_search(search(engine).fit(X, y), in_one_process(search(engine)))


def test_lanes_are_trained_on_all_workers_and_not_in_the_process_of_the_search(client):
    tried = search("fused").fit(X, y)
    assert set(tried.engine_report_["engine"]) == {"fused"}
    folds = tried.engine_report_.groupby("program")["fold"].unique()
    assert sorted(map(list, folds)) == [[0], [1]]


def test_what_the_workers_refuse_to_fuse_runs_by_itself_on_the_cluster():
    def tried():
        return GridSearchCV(search("auto").estimator, {"run_eagerly": [False, True]}, cv=2, random_state=0)

    there = tried().fit(X, y)
    report = there.engine_report_.set_index("candidate")
    assert set(report.loc[0, "engine"]) == {"fused"}
    assert set(report.loc[1, "engine"]) == {"per-trial"}
    assert set(report.loc[1, "reason"]) == {"run_eagerly asks for Keras' own steps"}
    assert_same_search(there, in_one_process(tried()))


def test_a_search_that_must_be_fused_says_what_its_workers_refuse():
    with pytest.raises(CannotFuseError, match="run_eagerly asks for Keras' own steps"):
        GridSearchCV(search("auto").estimator, {"run_eagerly": [True]}, cv=2, engine="fused").fit(X, y)


@pytest.mark.parametrize("engine", ["per-trial", "fused"])
def test_a_worker_killed_in_the_middle_changes_no_score_and_no_count(client, tmp_path, engine):
    killer = Killer(next(iter(client.run(os.getpid).values())))
    killed = search(engine, loggers=[killer], runs_dir=tmp_path).fit(X, y)
    assert_same_search(killed, in_one_process(search(engine)))
    assert sorted(killer.heard) == [(candidate, fold, 0) for candidate in range(4) for fold in range(2)]
    # What was stored is whole: a search that goes on has nothing to run, and says the same.
    again = Killer(None)
    assert_same_search(search(engine, loggers=[again], runs_dir=tmp_path, resume=True).fit(X, y), killed)


@pytest.mark.parametrize("engine", ["per-trial", "fused"])
def test_a_halving_goes_on_with_trainings_that_other_workers_have_paused(tmp_path, engine):
    def halving(**options):
        network = KerasClassifier(builders.classifier, optimizer="adam")
        budgets = {"resource": "epochs", "min_resources": 1, "max_resources": 4, "factor": 2}
        options = {"cv": 2, "random_state": 0, "engine": engine} | budgets | options
        return HalvingGridSearchCV(network, GRID, **options)

    there = halving(runs_dir=tmp_path).fit(X, y)
    assert_same_search(there, in_one_process(halving()))


def test_a_search_within_a_cross_validation_on_the_cluster_does_not_wait_for_itself(rows):
    nested = GridSearchCV(FakeEstimator(), {"slope": [0.0, 3.0]}, cv=2)
    assert all(score > 0.99 for score in cross_val_score(nested, *rows, cv=3))
