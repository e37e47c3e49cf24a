"""Once the time is over no trial begins, and those in flight are waited for."""

import threading
import time

import joblib
import pytest

from skhpt.execution import JoblibExecutor
from tests.execution.contract import SPECS, Evaluate, evaluate
from tests.execution.deadly import Deadly


class Switch:
    """A deadline that is over on command."""

    is_set = True
    is_over = False


class Waiting(Evaluate):
    """Writes down that a trial has begun, and ends when it is told."""

    def __init__(self, folder):
        self.folder = folder

    def __call__(self, spec):
        (self.folder / "begun {} {}".format(*spec.key)).touch()
        while not (self.folder / "go").exists():
            time.sleep(0.005)
        return super().__call__(spec)


def until_two_run(deadline, folder):
    """In the background: two trials run, then the time is over, then they end."""

    def watch():
        while len(list(folder.glob("begun*"))) < 2:
            time.sleep(0.005)
        deadline.is_over = True
        (folder / "go").touch()

    thread = threading.Thread(target=watch)
    thread.start()
    return thread


@pytest.mark.parametrize("backend", ["loky", "threading", "multiprocessing"])
def test_what_is_in_flight_ends_and_nothing_else_begins(backend, tmp_path):
    deadline = Switch()
    thread = until_two_run(deadline, tmp_path)
    with joblib.parallel_config(backend, n_jobs=2):
        results = list(JoblibExecutor(pre_dispatch="all", deadline=deadline).run(Waiting(tmp_path), SPECS))
    thread.join()
    assert sorted(trial.key for trial in results) == [spec.key for spec in SPECS[:2]]
    assert len(list(tmp_path.glob("begun*"))) == 2


def test_tasks_that_joblib_has_taken_and_held_back_do_not_begin(tmp_path):
    deadline, deadly = Switch(), Deadly({}, tmp_path)
    results = []
    for trial in JoblibExecutor(2, deadline=deadline).run(deadly, SPECS):
        results.append(trial.key[:2])
        deadline.is_over = True
    # One worker has been given its next trial by then, and the other one, too, if it was as fast.
    assert len(results) <= 4
    assert sorted(results) == sorted(deadly.runs())


def test_in_one_process_the_trial_that_runs_is_the_last():
    deadline, results = Switch(), []
    for trial in JoblibExecutor(deadline=deadline).run(evaluate, SPECS):
        results.append(trial)
        deadline.is_over = len(results) == 3
    assert results == [evaluate(spec) for spec in SPECS[:3]]


def test_after_the_end_nothing_is_run():
    deadline = Switch()
    deadline.is_over = True
    for n_jobs in (1, 2):
        assert list(JoblibExecutor(n_jobs, deadline=deadline).run(evaluate, SPECS)) == []


def test_a_suspect_is_not_tried_again(tmp_path):
    class EndedByDeath(Switch):
        """Over as soon as the first trial has begun, which dies."""

        @property
        def is_over(self):
            return any(tmp_path.iterdir())

    deadly = Deadly({SPECS[0].key[:2]: "once"}, tmp_path)
    results = {trial.key for trial in JoblibExecutor(2, deadline=EndedByDeath()).run(deadly, SPECS)}
    assert SPECS[0].key not in results
    assert len(deadly.runs()) <= 2


def test_a_deadline_that_is_not_over_changes_nothing():
    results = sorted(JoblibExecutor(2, deadline=Switch()).run(evaluate, SPECS), key=lambda trial: trial.key)
    assert results == [evaluate(spec) for spec in SPECS]
