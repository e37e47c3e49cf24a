"""`clean_runs`: removing runs, and nothing else."""

import datetime

import pytest

import skhpt
from skhpt.exceptions import RunNotFoundError, UnknownColumnError
from skhpt.store import Run
from tests.fakes import result
from tests.store.runs import dated, make_run


def days_ago(days):
    return (datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=days)).isoformat()


@pytest.fixture
def runs(tmp_path):
    """Three runs: the better a run, the older."""
    made = [make_run(tmp_path / "runs", {1: (score,)}) for score in (0.2, 0.5, 0.8)]
    return [dated(path, days_ago(days)) for path, days in zip(made, (1, 10, 20), strict=True)]


def left(runs):
    return [run.exists() for run in runs]


def test_it_refuses_to_be_called_without_a_criterion(runs):
    with pytest.raises(ValueError, match="Give one of: runs, keep_best, keep_newest, older_than"):
        skhpt.clean_runs(runs[0].parent)
    assert left(runs) == [True, True, True]


@pytest.mark.parametrize("limit", [{"keep_best": -1}, {"older_than": float("nan")}, {"runs": "one"}])
def test_a_limit_that_makes_no_sense_is_refused(runs, limit):
    (name,) = limit
    with pytest.raises(ValueError, match=f"The '{name}' parameter of clean_runs must"):
        skhpt.clean_runs(runs[0].parent, **limit)
    assert left(runs) == [True, True, True]


def test_runs_are_removed_by_their_ids(runs):
    assert skhpt.clean_runs(runs[0].parent, runs=[runs[1].name]) == [runs[1].name]
    assert left(runs) == [True, False, True]


def test_the_best_are_kept(runs):
    assert set(skhpt.clean_runs(runs[0].parent, keep_best=1)) == {runs[0].name, runs[1].name}
    assert left(runs) == [False, False, True]


def test_the_newest_are_kept(runs):
    skhpt.clean_runs(runs[0].parent, keep_newest=2)
    assert left(runs) == [True, True, False]


def test_older_ones_than_so_many_days_are_removed(runs):
    skhpt.clean_runs(runs[0].parent, older_than=15)
    assert left(runs) == [True, True, False]


def test_a_run_goes_only_if_all_criteria_agree(runs):
    # Older than five days are the second and the third, of which the third is the best.
    assert skhpt.clean_runs(runs[0].parent, older_than=5, keep_best=1) == [runs[1].name]
    assert skhpt.clean_runs(runs[0].parent, runs=[runs[2].name], keep_best=1) == []
    assert left(runs) == [True, False, True]


def test_runs_that_are_scored_by_other_metrics_are_not_taken_for_the_worst(runs):
    other = make_run(runs[0].parent, {1: (0,)}, results=[result(test_scores={"f1": 0.1}, multimetric=True)])
    empty = make_run(runs[0].parent, results=[])
    skhpt.clean_runs(runs[0].parent, keep_best=3)
    assert left([*runs, other, empty]) == [True, True, True, True, False]
    with pytest.raises(UnknownColumnError, match="clean_runs"):
        skhpt.clean_runs(runs[0].parent, keep_best=3, order="mean_test_f2")


def test_a_run_in_use_stays(runs):
    with Run(runs[0]):
        assert set(skhpt.clean_runs(runs[0].parent, keep_best=0)) == {runs[1].name, runs[2].name}
    assert left(runs) == [True, False, False]


def test_an_unknown_id_is_an_error_and_nothing_is_removed(runs):
    with pytest.raises(RunNotFoundError, match="'nothing'"):
        skhpt.clean_runs(runs[0].parent, runs=[runs[0].name, "nothing"])
    assert left(runs) == [True, True, True]


@pytest.mark.parametrize("name", ["..", ".", "../precious", ""])
def test_an_id_does_not_lead_to_what_is_outside(runs, tmp_path, name):
    runs[0].rename(tmp_path / "precious")
    with pytest.raises(RunNotFoundError):
        skhpt.clean_runs(runs[0].parent, runs=[name])
    assert (tmp_path / "precious" / "run.json").exists()


def test_links_are_neither_followed_nor_removed_as_runs(runs, tmp_path):
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "data").write_text("kept")
    (runs[0] / "checkpoints").symlink_to(precious, target_is_directory=True)
    (runs[0] / "lock").unlink()
    (runs[0] / "lock").symlink_to(precious / "data")
    outside = make_run(tmp_path / "others")
    (runs[0].parent / "link").symlink_to(outside, target_is_directory=True)
    skhpt.clean_runs(runs[0].parent, keep_best=0)
    assert left(runs) == [False, False, False]
    assert (precious / "data").read_text() == "kept"
    assert (outside / "run.json").exists()
    assert (runs[0].parent / "link").is_symlink()


def test_what_is_no_run_stays(runs):
    (runs[0].parent / "notes").mkdir()
    (runs[0].parent / "notes.txt").touch()
    skhpt.clean_runs(runs[0].parent, keep_newest=0)
    assert {path.name for path in runs[0].parent.iterdir()} == {"notes", "notes.txt"}


def test_a_damaged_run_is_removed_by_its_name_only(runs):
    (runs[0] / "run.json").write_text("{")
    skhpt.clean_runs(runs[0].parent, keep_best=0)
    assert left(runs) == [True, False, False]
    skhpt.clean_runs(runs[0].parent, runs=[runs[0].name])
    assert left(runs) == [False, False, False]
