import keras
import pytest

from skhpt.fused._group import Group
from skhpt.fused._memory import memory_budget
from tests.fused.architectures import IRIS, KIND
from tests.fused.comparison import classifier, searched
from tests.gpu_machines import forget, pretend

GIB = 2**30
_TRAIN = Group.train


@pytest.fixture
def computes_on(monkeypatch, tmp_path):
    """Settle what Keras' backend says that it computes on, on a machine with GPUs of 80, 40 and unknown GiB."""
    pretend(monkeypatch, tmp_path, "0, GPU-a, 81920\n1, GPU-b, 40960\n2, GPU-c, [N/A]\n")
    monkeypatch.delenv("SKHPT_FUSED_MEMORY_MB", raising=False)
    yield lambda *devices: monkeypatch.setattr(keras.distribution, "list_devices", lambda: list(devices))
    forget()


@pytest.mark.parametrize(("visible", "gibibytes"), [("0,1", 40), ("1,0", 20)])
def test_lanes_may_take_half_of_the_gpu_that_they_train_on(visible, gibibytes, computes_on, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    computes_on("gpu:0", "gpu:1")
    assert memory_budget() == gibibytes * GIB


def test_a_backend_without_gpus_takes_the_machines_memory(computes_on):
    computes_on("cpu:0")
    of_machine = memory_budget()
    computes_on("gpu:0")
    assert of_machine != memory_budget()


def test_of_a_gpu_whose_memory_is_unknown_the_machines_counts(computes_on, monkeypatch):
    computes_on("cpu:0")
    of_machine = memory_budget()
    computes_on("gpu:0")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "2")
    assert memory_budget() == of_machine


def test_what_the_user_says_stands_on_a_gpu_too(computes_on, monkeypatch):
    computes_on("gpu:0")
    monkeypatch.setenv("SKHPT_FUSED_MEMORY_MB", "3")
    assert memory_budget() == 3 * 2**20


def test_the_installed_backend_says_what_it_computes_on():
    assert keras.distribution.list_devices()[0].partition(":")[0] in ("cpu", "gpu", "tpu")


def test_a_lane_that_has_ended_keeps_no_states_of_others(monkeypatch):
    ended = []

    def train(group):
        for lane in _TRAIN(group):
            ended.append(lane)
            yield lane

    monkeypatch.setattr(Group, "train", train)
    grid = [{"epochs": [n], "optimizer__learning_rate": [n / 100]} for n in (1, 2, 3)]
    searched(classifier(), grid, IRIS, KIND, engine="fused", refit=False)
    assert len(ended) == 3 * 2
    assert all(value.base is None for lane in ended for part in lane.current.parts for value in part)
