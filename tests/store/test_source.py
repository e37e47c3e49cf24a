import subprocess
import sys
from functools import partial

import numpy as np
import pytest
from sklearn.linear_model import Ridge
from sklearn.pipeline import Pipeline

from skhpt.store import users_definitions
from skhpt.store._source import git_state, snapshot


def build(units=3):
    return units


class Builder:
    def build(self):
        return self

    def __call__(self):
        return self


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (build, {build}),
        (partial(build, 3), {build}),
        (Builder().build, {Builder}),
        (Builder(), {Builder}),
        ({"a": [build, {"b": (Builder,)}]}, {build, Builder}),
        (Pipeline([("a", Ridge()), ("b", Builder())]), {Builder}),
        ([np.sum, len, 3, "x", None, np.zeros(3), Ridge()], set()),
    ],
)
def test_the_users_own_functions_and_classes_are_found_wherever_they_are(value, found):
    assert set(users_definitions(value)) == found


def test_the_file_of_a_definition_is_copied(tmp_path):
    snapshot(tmp_path / "source", [build, Builder])
    (file,) = (tmp_path / "source").iterdir()
    assert file.name == f"{__name__}.py"
    assert "def build(units=3):" in file.read_text()


def test_the_file_of_a_script_is_kept_under_its_own_name(tmp_path):
    script = tmp_path / "my_search.py"
    script.write_text(
        "from pathlib import Path\nfrom skhpt.store._source import snapshot\n\n"
        "def build():\n    return 1\n\nsnapshot(Path(__file__).parent / 'source', [build])\n"
    )
    subprocess.run([sys.executable, script], check=True, cwd="/", env={"PYTHONPATH": ":".join(sys.path)})
    assert (tmp_path / "source" / "my_search.py").read_text() == script.read_text()


def test_a_definition_without_source_is_left_out(tmp_path):
    names = {"__name__": "nowhere"}
    exec("def typed(): return 1", names)  # noqa: S102 - written here
    snapshot(tmp_path / "source", [names["typed"]])
    assert list((tmp_path / "source").iterdir()) == []


def test_the_commit_is_known_and_whether_files_differ_from_it(tmp_path):
    def git(*command):
        who = ["-c", "user.name=A", "-c", "user.email=a@b.c"]
        subprocess.run(["git", *who, *command], cwd=tmp_path, check=True, capture_output=True)  # noqa: S607 - git is on the PATH

    assert git_state(tmp_path) is None
    git("init")
    (tmp_path / "a.py").write_text("a = 1\n")
    git("add", "a.py")
    git("commit", "-m", "a")
    state = git_state(tmp_path)
    assert (len(state["commit"]), state["changed"]) == (40, False)
    (tmp_path / "a.py").write_text("a = 2\n")
    assert git_state(tmp_path) == {"commit": state["commit"], "changed": True}


def test_without_git_there_is_no_commit(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert git_state(tmp_path) is None
