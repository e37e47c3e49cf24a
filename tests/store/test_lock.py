import subprocess
import sys

import pytest

from skhpt.exceptions import RunInUseError
from skhpt.store._lock import RunLock, is_in_use

HOLD = """
import sys
from pathlib import Path
from skhpt.store._lock import RunLock
lock = RunLock(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def other_process(tmp_path):
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout.readline() == b"held\n"
        yield process
        process.kill()


def test_a_run_is_held_by_one_process(tmp_path, other_process):
    assert is_in_use(tmp_path)
    with pytest.raises(RunInUseError, match=r"in use: another process, or another search in this one, writes to it\."):
        RunLock(tmp_path)


def test_a_process_that_is_killed_lets_go(tmp_path, other_process):
    other_process.kill()
    other_process.wait()
    assert not is_in_use(tmp_path)
    RunLock(tmp_path).release()


def test_a_run_is_held_by_one_search_of_a_process(tmp_path):
    with RunLock(tmp_path), pytest.raises(RunInUseError):
        RunLock(tmp_path)


def test_a_run_that_nobody_ever_held_is_not_in_use(tmp_path):
    assert not is_in_use(tmp_path)
    assert list(tmp_path.iterdir()) == []
