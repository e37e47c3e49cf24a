"""Real workers die in real ways, and the run goes on."""

import os
import tempfile
from collections import Counter

import pytest
from joblib.externals.loky.process_executor import TerminatedWorkerError
from joblib.parallel import LokyBackend

from skhpt.execution import JoblibExecutor
from skhpt.execution._lone_worker import LoneWorkerBackend
from skhpt.trials import Candidate, TrialSpec, TrialStatus
from tests.execution.contract import SPECS, Evaluate, evaluate
from tests.execution.deadly import Deadly, DeadlyToRead

N_WORKERS = 2


@pytest.fixture(autouse=True)
def no_file_is_left(tmp_path, monkeypatch):
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield
    assert not list(folder.glob("skhpt-*"))


def run(deaths, folder, **options):
    """The results by trial, and what was run."""
    folder = folder / "runs"
    folder.mkdir()
    deadly = Deadly(deaths, folder)
    executor = JoblibExecutor(n_jobs=N_WORKERS, **options)
    return {(trial.candidate, trial.fold): trial for trial in executor.run(deadly, SPECS)}, deadly.runs()


def assert_undisturbed(results, *, but):
    assert len(results) == len(SPECS)
    for spec in SPECS:
        key = spec.key[:2]
        assert key in but or results[key] == evaluate(spec)


@pytest.mark.slow
@pytest.mark.parametrize("pre_dispatch", ["all", pytest.param("2*n_jobs", marks=pytest.mark.slow)])
def test_trials_that_kill_their_workers_fail_and_cost_the_others_nothing(pre_dispatch, tmp_path):
    deaths = {(1, 0): "kill", (2, 2): "abort"}
    results, runs = run(deaths, tmp_path, pre_dispatch=pre_dispatch)
    assert_undisturbed(results, but=deaths)
    for key, signal in zip(deaths, ("SIGKILL", "SIGABRT"), strict=True):
        assert results[key].status is TrialStatus.FAILED
        assert results[key].error.startswith("The worker process that ran this trial died 2 times (killed, or out of")
        assert signal in results[key].error
    assert os.getpid() not in {process for ended in runs.values() for process, *_ in ended}


@pytest.mark.slow
def test_a_trial_that_dies_once_gets_its_score_in_the_second_attempt_and_has_the_machine_for_itself(tmp_path):
    deaths = {(0, 0): "once", (3, 1): "once"}
    results, runs = run(deaths, tmp_path)
    assert_undisturbed(results, but=())
    spans = {key: ended[-1][-2:] for key, ended in runs.items()}  # of a death, only the beginning was written down
    for dead in deaths:
        begin, end = spans[dead]
        assert all(e <= begin or end <= b for key, (b, e) in spans.items() if key != dead)


def test_without_retries_all_that_ran_beside_the_dead_are_lost(tmp_path):
    # However many were handed out, or are in a batch with those that ran.
    results, _ = run({(1, 1): "kill"}, tmp_path, max_retries=0, pre_dispatch="all")
    lost = {key for key, trial in results.items() if trial.status is TrialStatus.FAILED}
    assert (1, 1) in lost
    assert len(lost) <= N_WORKERS
    assert_undisturbed(results, but=lost)
    assert results[1, 1].error.startswith("A worker process died while this trial ran")


def test_a_worker_that_dies_over_reading_a_trial_costs_only_that_trial():
    poisoned = TrialSpec(Candidate(9, {"a": DeadlyToRead()}), 0)
    results = {
        trial.key: trial for trial in JoblibExecutor(N_WORKERS).run(evaluate, [*SPECS[:3], poisoned, *SPECS[3:]])
    }
    assert results.pop(poisoned.key).status is TrialStatus.FAILED
    assert [results[spec.key] for spec in SPECS] == [evaluate(spec) for spec in SPECS]


def test_a_broken_pool_within_a_trial_is_that_trials_error(tmp_path):
    with pytest.raises(TerminatedWorkerError, match="a pool within the trial"):
        run({(1, 0): "broken pool"}, tmp_path)


class LostEndsIt(Deadly):
    def lost(self, spec, reason):
        raise OSError(reason)


def test_what_is_raised_over_a_lost_trial_ends_the_run(tmp_path):
    with pytest.raises(OSError, match="died while this trial ran"):
        list(JoblibExecutor(N_WORKERS, max_retries=0).run(LostEndsIt({(1, 0): "kill"}, tmp_path), SPECS))


@pytest.mark.filterwarnings("ignore:Exception in thread ExecutorManagerThread")  # as in TestWorkers
def test_an_interrupt_passes_and_leaves_nothing_running(tmp_path):
    executor, deadly = JoblibExecutor(N_WORKERS), Deadly({}, tmp_path)
    results = executor.run(deadly, SPECS)
    next(results)
    with pytest.raises(KeyboardInterrupt):
        results.throw(KeyboardInterrupt)
    assert Counter(trial.status for trial in executor.run(Evaluate(), SPECS)) == {TrialStatus.COMPLETED: len(SPECS)}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Exception in thread ExecutorManagerThread")
def test_a_consumer_may_stop_while_a_suspect_runs(tmp_path):
    executor, deadly = JoblibExecutor(N_WORKERS), Deadly({(0, 0): "once"}, tmp_path)
    results = executor.run(deadly, SPECS)
    while next(results).key != (0, 0, 0):
        pass
    results.close()
    assert len(list(executor.run(evaluate, SPECS))) == len(SPECS)


def test_a_lone_worker_has_the_threads_that_it_had_among_the_others(monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS")
    monkeypatch.setattr("joblib._parallel_backends.cpu_count", lambda: 8)
    among_others = LokyBackend(nesting_level=0)
    assert among_others._prepare_worker_env(4)["OMP_NUM_THREADS"] == "2"
    assert LoneWorkerBackend(among_others, 4)._prepare_worker_env(2) == among_others._prepare_worker_env(4)
