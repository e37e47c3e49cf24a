"""Trials on real dask workers, which also die."""

import os
import signal
import threading
import time
from pathlib import Path

import joblib
import numpy as np
import pytest
import sklearn

from skhpt.execution import JoblibExecutor
from skhpt.trials import Candidate, TrialSpec, TrialStatus
from tests.execution.clusters import cluster
from tests.execution.contract import SPECS, Evaluate, ExecutorContract, evaluate
from tests.execution.deadly import Deadly
from tests.execution.test_deadline import Switch, Waiting, until_two_run
from tests.execution.test_joblib import report_environment
from tests.fakes import result

pytest.importorskip("distributed")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),  # sockets that dask leaves open
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


@pytest.fixture(scope="module")
def client():
    with cluster() as client:
        yield client


@pytest.fixture(autouse=True)
def active(client):
    client.wait_for_workers(2, timeout=60)  # an earlier test may have killed some
    with joblib.parallel_config("dask", client=client):
        yield


class TestCluster(ExecutorContract):
    def make(self):
        return JoblibExecutor()


class WithData(Deadly):
    """Scores rows that come with it.

    Parameters
    ----------
    rows : array
        Whose first one scores.
    deaths, folder
        As of `Deadly`.
    """

    def __init__(self, rows, deaths, folder):
        super().__init__(deaths, folder)
        self.rows = rows

    def __call__(self, spec):
        super().__call__(spec)
        return result(spec.candidate.index, spec.fold, score=float(self.rows[0]))


class CountedArray(WithData):
    """Scores where in memory the rows are, and which process's memory it is."""

    def __call__(self, spec):
        place = float(self.rows.__array_interface__["data"][0])
        return result(spec.candidate.index, spec.fold, test_scores={"place": place, "process": float(os.getpid())})


def run(trials, **options):
    return {trial.key[:2]: trial for trial in JoblibExecutor(**options).run(trials, SPECS)}


def test_data_are_not_sent_for_each_trial_nor_for_each_round(tmp_path):
    rows, executor = np.ones(2**20), JoblibExecutor()
    seen = [
        trial.test_scores
        for n_round in range(3)
        for trial in executor.run(CountedArray(rows, {"round": n_round}, tmp_path), SPECS)
    ]
    workers = {scores["process"] for scores in seen}
    # dask may hand a worker a second copy as it makes them.
    assert len({(scores["process"], scores["place"]) for scores in seen}) <= 2 * len(workers) < 3 * len(SPECS)
    assert os.getpid() not in workers


def test_a_task_is_small_however_large_the_data(client, tmp_path, monkeypatch):
    sent, submit = [], client.submit

    def counted(function, content, *rest, **options):
        sent.append(len(content))
        return submit(function, content, *rest, **options)

    monkeypatch.setattr(client, "submit", counted)
    run(WithData(np.ones(2**20), {}, tmp_path))
    assert len(sent) == len(SPECS)
    assert max(sent) < 2**15


def test_the_callers_configuration_and_the_limit_of_threads_reach_the_workers():
    with sklearn.config_context(enable_metadata_routing=True):
        (seen,) = JoblibExecutor().run(report_environment, [TrialSpec(Candidate(0, {}), 0)])
    assert seen.test_scores["routing"] == 1
    assert seen.test_scores["TF_NUM_INTRAOP_THREADS"] == 1


def test_a_worker_that_is_killed_in_the_middle_costs_nothing_but_time(client, tmp_path):
    rows = np.full(2**20, 0.5)
    killed = kill_when(lambda: len(list(tmp_path.iterdir())) == 4, client)
    results = run(WithData(rows, {}, tmp_path))
    killed.join()
    assert {key: trial.test_scores["score"] for key, trial in results.items()} == {s.key[:2]: 0.5 for s in SPECS}


def kill_when(condition, client):
    """In the background."""
    process = next(iter(client.run(os.getpid).values()))

    def watch():
        while not condition():
            time.sleep(0.005)
        os.kill(process, signal.SIGKILL)

    thread = threading.Thread(target=watch)
    thread.start()
    return thread


def test_a_trial_that_kills_its_workers_fails_and_costs_the_others_nothing(tmp_path):
    results = run(Deadly({(1, 0): "kill"}, tmp_path))
    dead = results.pop((1, 0))
    assert dead.status is TrialStatus.FAILED
    assert dead.error == (
        "The worker process that ran this trial died 2 times (killed, or out of memory): "
        "dask gave it up after 2 dead workers."
    )
    assert results == {spec.key[:2]: evaluate(spec) for spec in SPECS if spec.key[:2] != (1, 0)}


def test_the_loss_of_all_copies_of_the_data_is_made_good(tmp_path):
    with cluster(n_workers=1):
        results = run(WithData(np.full(2**20, 0.5), {(1, 0): "once"}, tmp_path))
    assert {key: trial.test_scores.get("score") for key, trial in results.items()} == {s.key[:2]: 0.5 for s in SPECS}


def test_data_are_sent_once_there_is_somebody_on_a_cluster_that_begins_with_nobody(tmp_path, monkeypatch):
    with cluster(n_workers=0) as client:
        monkeypatch.setattr(client, "_timeout", 1)  # after which dask would give up sending
        timer = threading.Timer(2, client.cluster.scale, [1])
        timer.start()
        results = run(WithData(np.full(2**20, 0.5), {}, tmp_path))
        timer.join()
    assert {trial.test_scores["score"] for trial in results.values()} == {0.5}


def test_what_is_in_flight_at_the_deadline_ends_and_nothing_else_begins(tmp_path):
    deadline = Switch()
    thread = until_two_run(deadline, tmp_path)
    results = list(JoblibExecutor(deadline=deadline).run(Waiting(tmp_path), SPECS))
    thread.join()
    assert sorted(trial.key for trial in results) == [spec.key for spec in SPECS[:2]]
    assert len(list(tmp_path.glob("begun*"))) == 2


def test_an_interrupt_leaves_no_trial_waiting(tmp_path):
    executor = JoblibExecutor()
    results = executor.run(Deadly({}, tmp_path), SPECS)
    next(results)
    with pytest.raises(KeyboardInterrupt):
        results.throw(KeyboardInterrupt)
    assert len(list(executor.run(Evaluate(), SPECS))) == len(SPECS)
    assert len(list(Path(tmp_path).iterdir())) < len(SPECS)


class Nested(Evaluate):
    """Runs trials within a trial."""

    def __call__(self, spec):
        (inner,) = JoblibExecutor().run(evaluate, [spec])
        return inner


def test_trials_may_run_trials_of_their_own_however_few_the_workers():
    assert run(Nested()) == run(evaluate)
