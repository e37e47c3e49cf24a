import os

import joblib
import pytest
import sklearn
from joblib.externals.loky import get_reusable_executor

from skhpt.execution import JoblibExecutor
from skhpt.execution._threads import THREAD_VARIABLES, limit_threads
from skhpt.trials import Candidate, TrialSpec
from tests.execution.contract import SPECS, ExecutorContract, evaluate
from tests.fakes import result


class TestInProcess(ExecutorContract):
    def make(self):
        return JoblibExecutor()


# loky's own thread may meet the result of a task that was cancelled a moment ago, and end with a KeyError.
@pytest.mark.filterwarnings("ignore:Exception in thread ExecutorManagerThread")
class TestWorkers(ExecutorContract):
    def make(self):
        return JoblibExecutor(n_jobs=2)


class TestThreadingBackend(ExecutorContract):
    @pytest.fixture(autouse=True)
    def backend(self):
        with joblib.parallel_config("threading", n_jobs=2):
            yield

    def make(self):
        return JoblibExecutor()


class TestMultiprocessingBackend(ExecutorContract):
    """A backend that can't hand results over one by one."""

    @pytest.fixture(autouse=True)
    def backend(self):
        with joblib.parallel_config("multiprocessing", n_jobs=2):
            yield

    def make(self):
        return JoblibExecutor()


def report_environment(spec):
    """A result whose scores say what the worker sees."""
    names = (*THREAD_VARIABLES, "OMP_NUM_THREADS")
    scores = {name: float(os.environ.get(name, "nan")) for name in names}
    scores["routing"] = float(sklearn.get_config()["enable_metadata_routing"])
    scores["process"] = float(os.getpid())
    return result(spec.candidate.index, spec.fold, test_scores=scores)


@pytest.fixture
def fresh_workers(monkeypatch):
    """Workers that inherit nothing of the tests' own thread settings."""
    for name in THREAD_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    get_reusable_executor().shutdown(wait=True)
    yield
    get_reusable_executor().shutdown(wait=True)


@pytest.mark.usefixtures("fresh_workers")
def test_workers_times_threads_are_the_cores(monkeypatch):
    monkeypatch.setattr("skhpt.execution._joblib.cpu_count", lambda: 8)
    workers = joblib.effective_n_jobs(-1)
    for seen in JoblibExecutor(-1).run(report_environment, SPECS):
        assert seen.test_scores["process"] != os.getpid()
        assert [seen.test_scores[name] for name in THREAD_VARIABLES] == [8 // workers] * 3


@pytest.mark.usefixtures("fresh_workers")
def test_more_workers_than_cores_get_a_thread_each(monkeypatch):
    monkeypatch.setattr("skhpt.execution._joblib.cpu_count", lambda: 1)
    (seen,) = JoblibExecutor(2).run(report_environment, SPECS[:1])
    assert seen.test_scores[THREAD_VARIABLES[0]] == 1


@pytest.mark.usefixtures("fresh_workers")
def test_the_callers_inner_max_num_threads_is_what_every_library_gets():
    with joblib.parallel_config("loky", inner_max_num_threads=3):
        (seen,) = JoblibExecutor(2).run(report_environment, SPECS[:1])
    assert [seen.test_scores[name] for name in (*THREAD_VARIABLES, "OMP_NUM_THREADS")] == [3] * 4


def test_what_the_user_set_in_the_environment_stands(monkeypatch):
    first, second, _ = THREAD_VARIABLES
    monkeypatch.setenv(first, "7")
    monkeypatch.delenv(second)
    limit_threads(2)
    assert (os.environ[first], os.environ[second]) == ("7", "2")


def test_trials_in_the_calling_process_leave_its_environment_alone(monkeypatch):
    monkeypatch.delenv(THREAD_VARIABLES[0])
    list(JoblibExecutor().run(evaluate, SPECS))
    assert THREAD_VARIABLES[0] not in os.environ


def test_scikit_learns_configuration_reaches_the_workers():
    with sklearn.config_context(enable_metadata_routing=True):
        (seen,) = JoblibExecutor(2).run(report_environment, [TrialSpec(Candidate(0, {}), 0)])
    assert seen.test_scores["routing"] == 1
