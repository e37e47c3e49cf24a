"""Systems other than Linux, of which none is at hand: what they lack is taken away."""

import ast
import errno
import json
import os
import stat
import subprocess
import sys
import types
from pathlib import Path

import pytest

from skhpt.execution._notes import Notes
from skhpt.fused import _memory
from skhpt.store import _files
from skhpt.store._files import write_whole
from skhpt.store._source import git_state
from skhpt.trials import Candidate, TrialSpec
from tests.other_system import environment

ROOT = Path(__file__).parent.parent
GIB = 2**30


def test_searches_train_and_go_on_where_linuxs_own_facilities_are_missing(tmp_path):
    command = [sys.executable, "-m", "tests.searches_elsewhere", str(tmp_path / "runs")]
    done = subprocess.run(command, env=environment(tmp_path), cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    fused, per_trial = found["scores"]
    assert found["engines"] == ["fused"]
    assert fused == pytest.approx(per_trial, abs=0.1)
    assert min(fused) > 0.5  # a third of the labels are right without any training
    assert found["stored"] == fused
    assert len(found["resumed"]) == 4
    assert {True, False} == set(found["resumed"])
    assert found["budget"] == 2 * GIB


@pytest.fixture
def no_gpus(monkeypatch):
    monkeypatch.setattr(_memory, "_gpu_memory", lambda: None)
    monkeypatch.delenv(_memory.VARIABLE, raising=False)


def unknown(name):
    raise ValueError(f"unrecognized configuration name {name!r}")


@pytest.mark.parametrize("sysconf", [None, unknown, lambda name: -1])
def test_memory_that_the_system_does_not_state_is_asked_of_psutil(sysconf, no_gpus, monkeypatch):
    if sysconf is None:
        monkeypatch.delattr(os, "sysconf")
    else:
        monkeypatch.setattr(os, "sysconf", sysconf)
    psutil = types.SimpleNamespace(virtual_memory=lambda: types.SimpleNamespace(total=32 * GIB))
    monkeypatch.setitem(sys.modules, "psutil", psutil)
    assert _memory.memory_budget() == 8 * GIB
    monkeypatch.setitem(sys.modules, "psutil", None)
    assert _memory.memory_budget() == 2 * GIB


class Refusal:
    """A rename that fails while another process has the file open, as on Windows."""

    def __init__(self, monkeypatch, n_times):
        self.n_left, self._replace = n_times, Path.replace
        monkeypatch.setattr(Path, "replace", lambda path, target: self(path, target))

    def __call__(self, path, target):
        self.n_left -= 1
        if self.n_left >= 0:
            raise PermissionError(errno.EACCES, "Access is denied", str(path))
        return self._replace(path, target)


def test_a_file_that_another_process_reads_is_replaced_once_that_has_closed_it(tmp_path, monkeypatch):
    Refusal(monkeypatch, 2)
    (tmp_path / "run.json").write_bytes(b"old")
    write_whole(tmp_path / "run.json", b"new")
    assert (tmp_path / "run.json").read_bytes() == b"new"


def test_a_file_that_nobody_closes_stays_as_it_was(tmp_path, monkeypatch):
    Refusal(monkeypatch, 10**9)
    monkeypatch.setattr(_files, "_PATIENCE", 0.05)
    (tmp_path / "run.json").write_bytes(b"old")
    with pytest.raises(PermissionError):
        write_whole(tmp_path / "run.json", b"new")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("run.json", b"old")]


def failing_for_directories(monkeypatch, code):
    sync = os.fsync

    def fsync(descriptor):
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(code, os.strerror(code))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)


def test_a_file_is_written_where_directories_have_no_sync(tmp_path, monkeypatch):
    failing_for_directories(monkeypatch, errno.EINVAL)
    write_whole(tmp_path / "run.json", b"new")
    assert (tmp_path / "run.json").read_bytes() == b"new"


def test_a_disk_that_fails_at_a_directory_is_an_error(tmp_path, monkeypatch):
    failing_for_directories(monkeypatch, errno.EIO)
    with pytest.raises(OSError, match=os.strerror(errno.EIO)):
        write_whole(tmp_path / "run.json", b"new")


def test_notes_that_two_workers_wrote_over_each_other_are_left_out():
    trials = [TrialSpec(Candidate(index, {}), 0) for index in range(3)]
    with Notes() as notes:
        for trial in trials:
            notes.begins(trial)
        notes.ends(trials[0])
        with notes._path.open("a") as file:
            file.write("ended 1 0\n1 0 0\nended 1 0 0 0\n\n")
        assert notes.suspects({trial.key for trial in trials}) == {trials[1].key, trials[2].key}


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere each name of a file is text")
def test_the_state_of_code_is_known_whatever_its_files_are_called(tmp_path):
    def git(*command):
        settings = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"]
        command = ["git", "-C", str(tmp_path), *settings, *command]
        subprocess.run(command, check=True, capture_output=True)

    file = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.py"))  # no UTF-8
    git("init")
    git("config", "core.quotePath", "false")
    file.write_text("1")
    git("add", ".")
    git("commit", "-m", "first")
    file.write_text("2")
    assert git_state(tmp_path)["changed"]


def test_text_is_read_and_written_in_the_same_encoding_everywhere():
    nodes = [
        (file, node) for file in (ROOT / "skhpt").rglob("*.py") for node in ast.walk(ast.parse(file.read_text("utf-8")))
    ]
    calls = [(file, node) for file, node in nodes if isinstance(node, ast.Call)]
    assert [f"{file}:{call.lineno}" for file, call in calls if not states_its_encoding(call)] == []


def states_its_encoding(call):
    name = ast.unparse(call.func)
    keywords = {keyword.arg for keyword in call.keywords}
    if "encoding" in keywords:
        return True
    if name.endswith((".read_text", ".write_text")):
        return len(call.args) > name.endswith(".write_text")
    if name == "subprocess.run":
        return not keywords & {"text", "universal_newlines"}
    if name != "os.open" and name.rpartition(".")[2] in {"open", "fdopen"}:
        return any(isinstance(value, ast.Constant) and "b" in str(value.value) for value in call.args)
    return True
