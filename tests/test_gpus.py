import pytest

from skhpt import _gpus
from skhpt._gpus import Gpu, visible_gpus
from tests.gpu_machines import forget, pretend

MIB = 2**20
SEVERAL = "0, GPU-1a2b, 81559\n1, GPU-1c, 40960\n2, GPU-77, [N/A]\n"


@pytest.fixture(autouse=True)
def of_its_own():
    yield
    forget()


def names(gpus):
    return [gpu.name for gpu in gpus]


def test_gpus_are_what_the_driver_lists(monkeypatch, tmp_path):
    pretend(monkeypatch, tmp_path, SEVERAL)
    assert visible_gpus() == (
        Gpu("0", "GPU-1a2b", 81559 * MIB),
        Gpu("1", "GPU-1c", 40960 * MIB),
        Gpu("2", "GPU-77", None),  # its memory is the machine's, say
    )


@pytest.mark.parametrize(
    ("variable", "expected"),
    [
        ("", []),
        ("-1", []),
        ("1", ["1"]),
        ("2, 0", ["2", "0"]),
        ("1,-1,0", ["1"]),
        ("0,7,1", ["0"]),
        ("GPU-1c,GPU-1a", ["GPU-1c", "GPU-1a"]),
        ("NoDevFiles", []),
    ],
)
def test_the_variable_says_which_are_visible_and_in_which_order(variable, expected, monkeypatch, tmp_path):
    pretend(monkeypatch, tmp_path, SEVERAL, variable=variable)
    assert names(visible_gpus()) == expected


def test_a_gpu_that_is_lost_is_none(monkeypatch, tmp_path):
    sentence = "Unable to determine the device handle for GPU0: 0000:0A:00.0: Unknown Error"
    pretend(monkeypatch, tmp_path, f"{sentence}\n1, GPU-1c, 40960\n")
    assert names(visible_gpus()) == ["1"]


def test_a_gpu_keeps_its_memory_whatever_it_is_called(monkeypatch, tmp_path):
    pretend(monkeypatch, tmp_path, SEVERAL, variable="GPU-1c,1,MIG-5f,0")
    assert [gpu.memory for gpu in visible_gpus()] == [40960 * MIB, 40960 * MIB, None, 81559 * MIB]


def test_the_driver_is_asked_once_a_process_and_the_variable_each_time(monkeypatch, tmp_path):
    calls = pretend(monkeypatch, tmp_path, SEVERAL)
    assert len(visible_gpus()) == 3
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    assert names(visible_gpus()) == ["1"]
    assert calls.read_text() == "--query-gpu=index,uuid,memory.total --format=csv,noheader,nounits\n"


def test_a_driver_without_gpus_is_a_machine_without_gpus(monkeypatch, tmp_path):
    pretend(monkeypatch, tmp_path, "No devices were found\n", exit_code=6, variable="0")
    assert visible_gpus() == ()


def test_without_a_driver_nothing_is_started(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    monkeypatch.setattr(_gpus.subprocess, "run", lambda *_, **__: pytest.fail("started something"))
    forget()
    assert visible_gpus() == ()
