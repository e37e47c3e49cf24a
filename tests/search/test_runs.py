import os
import shutil
import subprocess
import sys

import pytest
from sklearn.linear_model import Ridge

from skhpt import GridSearchCV, load_run, ls_runs
from skhpt.exceptions import UnknownParameterError
from tests.fakes import FakeEstimator
from tests.search.runs import SLOPES, Interrupted, runs_in, same_scores


def test_nothing_is_written_unless_it_is_asked_for(rows, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    search = GridSearchCV(FakeEstimator(), {"slope": SLOPES}).fit(*rows)
    assert list(tmp_path.iterdir()) == []
    assert search.run_ is None


@pytest.mark.parametrize("make", [str, lambda path: path], ids=["str", "path"])
def test_a_run_holds_what_the_search_has_found(rows, tmp_path, make):
    search = GridSearchCV(FakeEstimator(), {"slope": SLOPES}, cv=3, runs_dir=make(tmp_path / "runs")).fit(*rows)
    run = load_run(search.run_.id, tmp_path / "runs")
    assert (run.status, run.searcher, run.best_params_) == ("finished", "GridSearchCV", {"slope": 3.0})
    assert run.best_score_ == search.best_score_
    assert run.histories_.equals(search.histories_)
    assert run.engine_report_.drop(columns="reason").equals(search.engine_report_.drop(columns="reason"))
    same_scores(run, search)
    for name in ("params", "mean_fit_time", "param_slope"):
        assert list(run.cv_results_[name]) == list(search.cv_results_[name])


def test_without_resume_each_fit_is_a_run_of_its_own(rows, tmp_path):
    search = GridSearchCV(FakeEstimator(), {"slope": SLOPES}, runs_dir=tmp_path / "runs")
    assert search.fit(*rows).run_.id != search.fit(*rows).run_.id
    assert len(runs_in(tmp_path)) == 2


def worst(estimator, X, y):
    return -estimator.score(X, y)


@pytest.mark.parametrize("refit", ["worst", lambda results: 1])
def test_a_run_shows_the_candidate_that_its_search_has_chosen(rows, tmp_path, refit):
    search = GridSearchCV(
        FakeEstimator(), {"slope": SLOPES}, cv=3, runs_dir=tmp_path / "runs", resume=True, refit="r2",
        scoring={"r2": "r2", "worst": worst},
    )  # fmt: skip
    search.fit(*rows)
    search.set_params(refit=refit).fit(*rows)
    assert search.run_.best_params_ == search.best_params_
    assert ls_runs(tmp_path / "runs")["param_slope"].tolist() == [search.best_params_["slope"]]


def test_a_relative_directory_stays_where_it_was(rows, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    search = GridSearchCV(FakeEstimator(), {"slope": SLOPES}, runs_dir="runs").fit(*rows)
    monkeypatch.chdir("/")
    assert search.run_.status == "finished"


@pytest.mark.parametrize(
    ("name", "value"), [("max_time", 0), ("max_time", "1h"), ("checkpoint_seconds", -1), ("runs_dir", 3), ("resume", 1)]
)
def test_what_is_no_such_setting_is_refused(rows, name, value):
    with pytest.raises(ValueError, match=f"The '{name}' parameter of GridSearchCV must be"):
        GridSearchCV(FakeEstimator(), {"slope": SLOPES}, **{name: value}).fit(*rows)


def test_the_source_of_what_a_user_has_defined_is_kept(rows, tmp_path):
    run = GridSearchCV(Interrupted(), {"slope": SLOPES}, runs_dir=tmp_path / "runs").fit(*rows).run_
    assert "class Interrupted(FakeEstimator):" in run.source["tests.search.runs.py"]
    run = GridSearchCV(Ridge(), {"alpha": [1.0]}, runs_dir=tmp_path / "runs").fit(*rows).run_
    assert run.source == {}


def test_a_search_with_a_run_can_be_cloned_and_pickled(rows, tmp_path):
    import pickle

    search = GridSearchCV(FakeEstimator(), {"slope": SLOPES}, runs_dir=tmp_path / "runs").fit(*rows)
    assert pickle.loads(pickle.dumps(search)).run_.id == search.run_.id


FULL_DISK = """
import sys
from pathlib import Path
import numpy as np
from skhpt import GridSearchCV
from skhpt.exceptions import RunStorageError
from tests.fakes import FakeEstimator


X = np.random.default_rng(0).normal(size=(60, 2))
search = GridSearchCV(
    FakeEstimator(epochs=50), {"slope": np.linspace(1, 4, 200).tolist()}, cv=3, runs_dir=sys.argv[1], resume=True
)
try:
    search.fit(X, X[:, 0])
except RunStorageError as error:
    print(error)
    print(len(search.cv_results_["params"]))
"""


def test_a_full_disk_is_a_clear_error_and_the_journal_can_be_read(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    check = f"""
from skhpt.store import StoredRun
from pathlib import Path
(run,) = Path({str(disk)!r}).iterdir()
stored = StoredRun(run)
print(len(stored.trials), stored.journal.n_damaged, stored.status)
"""
    script = f"""
mount -t tmpfs -o size=256k tmpfs {disk} || exit 77
{sys.executable} -c "$PROGRAM" {disk} && {sys.executable} -c "$CHECK"
"""
    done = subprocess.run(
        [shutil.which("unshare") or "unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script],
        env=os.environ | {"PROGRAM": FULL_DISK, "CHECK": check, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
    )
    if done.returncode == 77 or "unshare" in done.stderr:
        pytest.skip("no file system can be mounted here")
    assert done.returncode == 0, done.stderr
    error, n_candidates, found = done.stdout.splitlines()
    assert "No space left on device" in error
    n_trials, n_damaged, status = found.split()
    assert (n_damaged, status) == ("0", "interrupted")
    assert int(n_candidates) == int(n_trials) // 3 > 0


@pytest.mark.slow
def test_searches_that_are_killed_a_hundred_times_lose_nothing(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "tests.search.kill_loop", str(tmp_path), "100", "0"],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("100 kills")


def test_a_search_that_is_refused_leaves_no_run(rows, tmp_path):
    with pytest.raises(UnknownParameterError, match="Did you mean 'slope'"):
        GridSearchCV(FakeEstimator(), {"slop": SLOPES}, runs_dir=tmp_path / "runs").fit(*rows)
    assert runs_in(tmp_path) == []
