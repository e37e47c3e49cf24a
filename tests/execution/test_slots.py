"""Workers and their GPUs, on machines that pretend to have some."""

import os
import signal
import time

import joblib
import pytest
from joblib.externals.loky import get_reusable_executor

from skhpt.execution import JoblibExecutor
from skhpt.execution._joblib import settle_worker
from skhpt.execution._slots import GROWTH, Slots
from skhpt.trials import Candidate, TrialSpec
from tests.execution.contract import SPECS, evaluate
from tests.fakes import result
from tests.gpu_machines import forget, pretend

VARIABLE = "CUDA_VISIBLE_DEVICES"


class SeenByWorker:
    """An evaluation that notes what its process sees of the GPUs.

    Parameters
    ----------
    folder : path
        With a file a process. A trial ends when there are as many as are awaited, so that each gets one.
    n_awaited : int
        How many.
    deaths : set of int
        The candidates that kill their worker, once.
    """

    def __init__(self, folder, n_awaited, deaths=()):
        folder.mkdir()
        self.folder = folder
        self.n_awaited = n_awaited
        self.deaths = set(deaths)

    def __call__(self, spec):
        seen = [os.environ.get(name, "unset") for name in (VARIABLE, *GROWTH)]
        self.folder.joinpath(str(os.getpid())).write_text("\n".join(seen))
        end = time.monotonic() + 30
        while len(list(self.folder.glob("[0-9]*"))) < self.n_awaited and time.monotonic() < end:
            time.sleep(0.01)
        died = self.folder / f"died-{spec.candidate.index}"
        if spec.candidate.index in self.deaths and not died.exists():
            died.write_text(seen[0])
            os.kill(os.getpid(), signal.SIGKILL)
        return result(spec.candidate.index, spec.fold)

    def lost(self, spec, reason):
        raise AssertionError(reason)

    def by_process(self):
        return {path.name: path.read_text().split("\n") for path in self.folder.glob("[0-9]*")}

    def gpus(self):
        return sorted(seen[0] for seen in self.by_process().values())


def specs(n):
    return [TrialSpec(Candidate(index, {}), 0, place=index) for index in range(n)]


@pytest.fixture(autouse=True)
def fresh_workers(monkeypatch):
    for name in GROWTH:
        monkeypatch.delenv(name, raising=False)
    get_reusable_executor().shutdown(wait=True)
    yield
    get_reusable_executor().shutdown(wait=True)
    forget()


def run(seen, n_jobs, n_trials=None, **options):
    list(JoblibExecutor(n_jobs, **options).run(seen, specs(n_trials or seen.n_awaited)))


def test_each_worker_has_a_gpu_and_takes_of_its_memory_only_what_it_needs(monkeypatch, tmp_path):
    pretend(monkeypatch, tmp_path)
    seen = SeenByWorker(tmp_path / "seen", 2)
    run(seen, 2)
    assert sorted(seen.by_process().values()) == [["0", "true", "false"], ["1", "true", "false"]]
    assert VARIABLE not in os.environ


@pytest.mark.slow
def test_more_workers_than_gpus_share_them_evenly(monkeypatch, tmp_path):
    pretend(monkeypatch, tmp_path)
    seen = SeenByWorker(tmp_path / "seen", 4)
    run(seen, 4)
    assert seen.gpus() == ["0", "0", "1", "1"]


def test_workers_get_the_gpus_that_the_user_left_to_the_search_by_the_users_names(monkeypatch, tmp_path):
    pretend(monkeypatch, tmp_path, "0, GPU-a, 9\n1, GPU-b, 9\n2, GPU-c, 9\n", variable="2,GPU-a")
    assert Slots.on_gpus(3).gpus == ("2", "GPU-a")


@pytest.mark.slow
def test_the_next_search_goes_on_with_the_workers_in_their_slots(monkeypatch, tmp_path):
    calls = pretend(monkeypatch, tmp_path)
    first, second = SeenByWorker(tmp_path / "first", 2), SeenByWorker(tmp_path / "second", 2)
    run(first, 2)
    run(second, 2)
    assert first.by_process() == second.by_process()
    assert len(calls.read_text().splitlines()) == 1


@pytest.mark.slow
@pytest.mark.parametrize(("before", "after"), [(4, 2), (2, 4)])
def test_another_number_of_workers_is_spread_evenly_again(before, after, monkeypatch, tmp_path):
    pretend(monkeypatch, tmp_path)
    with joblib.parallel_config("loky", inner_max_num_threads=1):  # else it is another environment, and others anyway
        run(SeenByWorker(tmp_path / "before", before), before)
        seen = SeenByWorker(tmp_path / "after", after)
        run(seen, after)
    assert seen.gpus() == sorted(["0", "1"] * (after // 2))


@pytest.mark.slow
def test_the_successors_of_a_killed_worker_and_its_fellow_have_their_slots(monkeypatch, tmp_path):
    pretend(monkeypatch, tmp_path)
    seen = SeenByWorker(tmp_path / "seen", 2, deaths={3})
    run(seen, 2, 8)
    assert (seen.folder / "died-3").read_text() in ("0", "1")
    assert set(seen.gpus()) == {"0", "1"}
    after = SeenByWorker(tmp_path / "after", 2)
    run(after, 2)
    assert after.gpus() == ["0", "1"]


def test_on_a_machine_without_gpus_workers_have_no_slots(monkeypatch, tmp_path):
    pretend(monkeypatch, tmp_path, "", exit_code=9, variable="0")
    assert JoblibExecutor(2)._slots() is None


def test_threads_and_a_single_job_keep_the_gpus_of_the_process(monkeypatch, tmp_path):
    calls = pretend(monkeypatch, tmp_path)
    list(JoblibExecutor().run(evaluate, SPECS))
    with joblib.parallel_config("threading", n_jobs=2):
        list(JoblibExecutor(one_a_gpu=True).run(evaluate, SPECS))
    assert VARIABLE not in os.environ
    assert calls.read_text() == ""


@pytest.mark.parametrize("n_jobs", [-1, -2])
def test_a_negative_n_jobs_is_a_worker_a_gpu_where_networks_train(n_jobs, monkeypatch, tmp_path):
    pretend(monkeypatch, tmp_path, "".join(f"{k}, GPU-{k}, 9\n" for k in range(3)))
    assert JoblibExecutor(n_jobs, one_a_gpu=True)._n_jobs == 3
    assert JoblibExecutor(n_jobs)._n_jobs == n_jobs
    with joblib.parallel_config("loky", n_jobs=n_jobs):
        assert JoblibExecutor(one_a_gpu=True)._n_jobs == 3
    assert JoblibExecutor(5, one_a_gpu=True)._n_jobs == 5


def test_a_negative_n_jobs_is_as_ever_without_gpus(monkeypatch, tmp_path):
    pretend(monkeypatch, tmp_path, variable="")
    assert JoblibExecutor(-1, one_a_gpu=True)._n_jobs == -1


def test_what_the_user_says_of_memory_stands(monkeypatch, tmp_path):
    monkeypatch.setenv(VARIABLE, "0,1")  # to be put back
    monkeypatch.setenv("TF_FORCE_GPU_ALLOW_GROWTH", "false")
    monkeypatch.delenv("XLA_PYTHON_CLIENT_PREALLOCATE", raising=False)
    monkeypatch.setattr("skhpt.execution._slots._held", [])
    settle_worker(1, Slots(2, ("0", "1"), str(tmp_path)))
    assert [os.environ[name] for name in GROWTH] == ["false", "false"]


def test_a_worker_too_many_shares_a_slot(monkeypatch, tmp_path):
    monkeypatch.setenv(VARIABLE, "0,1")
    held = []
    monkeypatch.setattr("skhpt.execution._slots._held", held)
    monkeypatch.setattr("skhpt.execution._slots._PATIENCE", 0.0)
    slots = Slots(2, ("0", "1"), str(tmp_path))
    assert [slots.take(), slots.take()] == [0, 1]
    assert slots.take() == os.getpid() % 2
    held[0].release()
    assert slots.take() == 0
