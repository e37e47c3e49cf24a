"""Finding a run by its id or its path."""

import os

import pytest

from skhpt.exceptions import RunNotFoundError
from skhpt.store import find_run
from tests.store.runs import make_run


@pytest.fixture
def run(tmp_path):
    return make_run(tmp_path / "runs")


def test_a_run_is_found_by_its_id_below_the_directory_of_runs(run):
    assert find_run(run.name, run.parent) == run


def test_a_run_is_found_by_its_path_wherever_the_other_runs_are(run):
    assert find_run(run, "elsewhere") == run
    assert find_run(str(run), "elsewhere") == run


def test_a_path_may_be_relative(run, monkeypatch):
    monkeypatch.chdir(run.parent.parent)
    assert find_run(f"runs/{run.name}").samefile(run)
    monkeypatch.chdir(run.parent)
    assert find_run(run.name).samefile(run)


@pytest.mark.parametrize("name", ["", ".", "..", "nothing", "x" * 5000, "a\0b", "/", "run.json"])
def test_what_is_no_run_is_said_not_to_be_found(run, name, monkeypatch):
    monkeypatch.chdir(run.parent.parent)
    with pytest.raises(RunNotFoundError, match="There is no run"):
        find_run(name, run.parent)


def test_an_id_does_not_lead_out_of_the_directory_of_runs(run, tmp_path, monkeypatch):
    (tmp_path / "other" / "deep" / "deeper").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "other" / "deep" / "deeper")  # from where these are no paths to the run
    for name in (f"../runs/{run.name}", f"./../runs/{run.name}", f"deep/../../runs/{run.name}"):
        assert (tmp_path / "other" / name).samefile(run)
        with pytest.raises(RunNotFoundError):
            find_run(name, tmp_path / "other")


def test_a_link_in_the_directory_of_runs_is_no_run(run, tmp_path):
    runs_dir = tmp_path / "other"
    runs_dir.mkdir()
    (runs_dir / "link").symlink_to(run, target_is_directory=True)
    with pytest.raises(RunNotFoundError):
        find_run("link", runs_dir)


def test_a_directory_whose_description_is_a_link_or_a_pipe_is_no_run(run, tmp_path):
    for name, make in (("link", lambda path: path.symlink_to(run / "run.json")), ("pipe", os.mkfifo)):
        path = tmp_path / name
        path.mkdir()
        make(path / "run.json")
        with pytest.raises(RunNotFoundError):
            find_run(path)


def test_the_error_says_how_to_list_the_runs(tmp_path):
    with pytest.raises(RunNotFoundError, match="skhpt ls --runs-dir elsewhere"):
        find_run("nothing", "elsewhere")


def test_what_is_neither_an_id_nor_a_path_is_refused():
    with pytest.raises(TypeError, match=r"by its id or its directory, or of a search is its run_\. Got dict"):
        find_run({})
