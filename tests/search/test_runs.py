import json
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest
from scipy.stats import uniform
from sklearn.linear_model import Ridge
from sklearn.model_selection import KFold, ShuffleSplit

from skhpt import GridSearchCV, HalvingGridSearchCV, HalvingRandomSearchCV, RandomizedSearchCV, load_run, ls_runs
from skhpt.exceptions import DifferentSearchError, RunInUseError, RunNotFoundError
from skhpt.store import Run
from skhpt.store._journal import read_journal
from skhpt.trials import Deadline
from tests.fakes import FakeEstimator

SLOPES = [1.0, 2.0, 3.0, 4.0]


class Interrupted(FakeEstimator):
    """Is interrupted in the fit of a slope, as by Ctrl-C, while the file is there that it is told of."""

    def __init__(self, slope=3.0, epochs=2, random_state=None, verbose=0, at=3.0, while_there=""):
        super().__init__(slope=slope, epochs=epochs, random_state=random_state, verbose=verbose)
        self.at = at
        self.while_there = while_there

    def fit(self, X, y):
        if self.slope == self.at and os.path.exists(self.while_there):
            raise KeyboardInterrupt
        return super().fit(X, y)


class Counting(FakeEstimator):
    """Counts the fits of this process."""

    n_fits = 0

    def fit(self, X, y, sample_weight=None):
        type(self).n_fits += 1
        return super().fit(X, y, sample_weight)


@pytest.fixture
def counted():
    Counting.n_fits = 0
    return Counting


@pytest.fixture
def switch(tmp_path):
    """A file that is there until a test removes it."""
    file = tmp_path / "switch"
    file.touch()
    return file


def runs_in(tmp_path):
    return sorted(path.name for path in (tmp_path / "runs").iterdir())


def same_scores(one, other):
    names = [name for name in one.cv_results_ if "score" in name and "time" not in name]
    for name in names:
        np.testing.assert_array_equal(one.cv_results_[name], other.cv_results_[name])


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


def test_a_finished_run_is_found_again_and_nothing_of_it_is_run(rows, tmp_path, counted):
    search = GridSearchCV(counted(), {"slope": SLOPES}, cv=3, runs_dir=tmp_path / "runs", resume=True)
    first = search.fit(*rows).run_.id
    assert counted.n_fits == 4 * 3 + 1
    results = search.cv_results_
    search.fit(*rows)
    assert counted.n_fits == 4 * 3 + 1 + 1, "the refit of what holds no Keras model is made again"
    assert (search.run_.id, search.run_.status) == (first, "finished")
    assert results["mean_test_score"].tolist() == search.cv_results_["mean_test_score"].tolist()
    assert results["mean_fit_time"].tolist() == search.cv_results_["mean_fit_time"].tolist()


def test_what_an_interrupted_search_has_found_is_in_its_attributes_and_on_disk(rows, tmp_path, switch):
    estimator = Interrupted(while_there=str(switch))
    search = GridSearchCV(estimator, {"slope": SLOPES}, cv=3, runs_dir=tmp_path / "runs", resume=True)
    with pytest.raises(KeyboardInterrupt):
        search.fit(*rows)
    assert search.cv_results_["param_slope"].tolist() == [1.0, 2.0]
    assert search.best_params_ == {"slope": 2.0}
    assert sorted(set(search.histories_["candidate"])) == [0, 1]
    assert not hasattr(search, "best_estimator_")
    assert (search.run_.status, len(search.run_.trials)) == ("interrupted", 6)
    switch.unlink()
    search.fit(*rows)
    assert len(runs_in(tmp_path)) == 1
    assert (search.run_.status, search.best_params_) == ("finished", {"slope": 3.0})
    same_scores(search, GridSearchCV(FakeEstimator(), {"slope": SLOPES}, cv=3).fit(*rows))


def test_an_interrupt_before_any_candidate_is_complete_passes_through(rows, tmp_path, switch):
    estimator = Interrupted(while_there=str(switch), at=1.0)
    search = GridSearchCV(estimator, {"slope": SLOPES}, runs_dir=tmp_path / "runs")
    with pytest.raises(KeyboardInterrupt):
        search.fit(*rows)
    assert not hasattr(search, "cv_results_")
    assert search.run_.status == "interrupted"


def test_an_interrupted_search_keeps_nothing_of_an_earlier_fit(rows, tmp_path, switch):
    search = GridSearchCV(Interrupted(while_there=str(switch)), {"slope": SLOPES}, cv=3)
    switch.unlink()
    search.fit(*rows)
    switch.touch()
    with pytest.raises(KeyboardInterrupt):
        search.fit(*rows)
    assert not hasattr(search, "best_estimator_")
    assert len(search.cv_results_["params"]) == 2


def test_an_interrupt_stores_results_without_a_run_as_well(rows, switch):
    search = GridSearchCV(Interrupted(while_there=str(switch)), {"slope": SLOPES}, cv=3)
    with pytest.raises(KeyboardInterrupt):
        search.fit(*rows)
    assert search.best_params_ == {"slope": 2.0}


@pytest.mark.parametrize("random_state", [None, 0, "RandomState"])
@pytest.mark.parametrize("kind", ["randomized", "halving"])
def test_candidates_and_folds_drawn_at_random_stay_the_same(rows, tmp_path, switch, kind, random_state):
    space = {"slope": uniform(0, 6)}

    class AtFit(Interrupted):
        n_left = 14

        def fit(self, X, y):
            if os.path.exists(self.while_there):
                type(self).n_left -= 1
                if type(self).n_left == 0:
                    raise KeyboardInterrupt
            return FakeEstimator.fit(self, X, y)

    estimator = AtFit(while_there=str(switch))

    def random():
        return np.random.RandomState(0) if random_state == "RandomState" else random_state

    settings = {"runs_dir": tmp_path / "runs", "resume": True, "random_state": random()}
    if kind == "randomized":
        search = RandomizedSearchCV(estimator, space, n_iter=6, cv=ShuffleSplit(3), **settings)
    else:
        search = HalvingRandomSearchCV(estimator, space, n_candidates=6, factor=2, cv=3, **settings)
    with pytest.raises(KeyboardInterrupt):
        search.fit(*rows)
    before = {trial.key: trial.test_scores["score"] for trial in search.run_.trials}
    candidates = search.run_.rounds[0].candidates
    switch.unlink()
    search.set_params(random_state=random()).fit(*rows)  # as a new process would make it
    assert len(runs_in(tmp_path)) == 1
    first_round = search.run_.trials_by_round[0]
    assert before.items() <= {trial.key: trial.test_scores["score"] for trial in first_round}.items()
    slopes = search.cv_results_["param_slope"][:6].tolist()
    assert slopes == [candidate.params["slope"] for candidate in candidates]


def test_halving_goes_on_in_the_middle_of_any_rung(rows, tmp_path):
    grid = {"slope": np.linspace(1, 4, 9).tolist()}
    undisturbed = HalvingGridSearchCV(FakeEstimator(), grid, cv=3, random_state=0).fit(*rows)
    n_trials = 3 * sum(undisturbed.n_candidates_)
    whole = HalvingGridSearchCV(FakeEstimator(), grid, cv=3, random_state=0, runs_dir=tmp_path / "runs").fit(*rows)
    journal = whole.run_.path / "journal"
    lines = journal.read_bytes().splitlines(keepends=True)
    for n_lines in range(0, len(lines), 5):
        journal.write_bytes(b"".join(lines[:n_lines]))
        again = HalvingGridSearchCV(
            FakeEstimator(), grid, cv=3, random_state=0, runs_dir=tmp_path / "runs", resume=whole.run_.id
        ).fit(*rows)
        same_scores(again, undisturbed)
        assert len(again.run_.trials) == n_trials


@pytest.mark.parametrize(
    ("changes", "differs"),
    [
        ({"param_grid": {"slope": [1.0, 5.0]}}, r"param_grid\.slope is \[1.0, 2.0, 3.0, 4.0\] there and \[1.0, 5.0\]"),
        ({"cv": 4}, r"cv\.n_splits is 3 there and 4 here"),
        ({"cv": KFold(3, shuffle=True, random_state=0)}, r"cv\.shuffle is False there and True here"),
        ({"scoring": "r2"}, r"settings\.scoring is None there and r2 here"),
        ({"repeats": 2}, r"settings\.repeats is 1 there and 2 here"),
        ({"estimator": FakeEstimator(epochs=5)}, r"estimator\.epochs is 2 there and 5 here"),
        ({"estimator": Ridge()}, r"estimator is <object FakeEstimator> there and <object Ridge> here"),
    ],
)
def test_a_named_run_of_another_search_is_refused_with_what_differs(rows, tmp_path, changes, differs):
    settings = {"estimator": FakeEstimator(), "param_grid": {"slope": SLOPES}, "cv": 3, "runs_dir": tmp_path / "runs"}
    run = GridSearchCV(**settings).fit(*rows).run_
    with pytest.raises(DifferentSearchError, match=differs):
        GridSearchCV(**settings | changes, resume=run.id).fit(*rows)


def test_a_named_run_on_other_data_is_refused(rows, tmp_path):
    X, y = rows
    settings = {"cv": 3, "runs_dir": tmp_path / "runs"}
    run = GridSearchCV(FakeEstimator(), {"slope": SLOPES}, **settings).fit(X, y).run_
    search = GridSearchCV(FakeEstimator(), {"slope": SLOPES}, **settings, resume=run.id)
    with pytest.raises(DifferentSearchError, match="the contents of X differ"):
        search.fit(X + 1, y)
    with pytest.raises(DifferentSearchError, match=r"X\.shape"):
        search.fit(X[:30], y[:30])
    with pytest.raises(DifferentSearchError, match="fit_params"):
        search.fit(X, y, sample_weight=np.ones(60))
    with pytest.raises(DifferentSearchError, match="searcher is GridSearchCV there and RandomizedSearchCV here"):
        RandomizedSearchCV(FakeEstimator(), {"slope": SLOPES}, **settings, resume=run.id).fit(X, y)


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


def test_failures_of_an_earlier_process_are_said_to_be_that(rows, tmp_path):
    search = GridSearchCV(FakeEstimator(fail_if="always"), {"slope": SLOPES}, runs_dir=tmp_path / "runs", resume=True)
    with pytest.raises(ValueError, match="All the 20 fits failed"):
        search.fit(*rows)
    with pytest.raises(ValueError, match=r"Fits that failed before are not run again, .*resume=False"):
        search.fit(*rows)


def test_a_relative_directory_stays_where_it_was(rows, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    search = GridSearchCV(FakeEstimator(), {"slope": SLOPES}, runs_dir="runs").fit(*rows)
    monkeypatch.chdir("/")
    assert search.run_.status == "finished"


def test_what_a_search_has_is_taken_to_go_on(rows, tmp_path):
    search = GridSearchCV(FakeEstimator(), {"slope": SLOPES}, runs_dir=tmp_path / "runs").fit(*rows)
    again = GridSearchCV(FakeEstimator(), {"slope": SLOPES}, resume=search.run_).fit(*rows)
    assert again.run_.id == search.run_.id
    assert load_run(search.run_).id == search.run_.id


def test_what_changes_no_trial_may_change_when_a_run_goes_on(rows, tmp_path, counted):
    settings = {"cv": 3, "runs_dir": tmp_path / "runs"}
    GridSearchCV(counted(), {"slope": SLOPES}, **settings, refit=False).fit(*rows)
    search = GridSearchCV(counted(), {"slope": SLOPES}, **settings, resume=True, n_jobs=1, max_time=1e6).fit(*rows)
    assert counted.n_fits == 12 + 1
    assert search.best_estimator_.slope == 3.0


def test_resume_takes_the_path_of_a_run_as_well(rows, tmp_path, counted):
    run = GridSearchCV(counted(), {"slope": SLOPES}, cv=3, runs_dir=tmp_path / "runs").fit(*rows).run_
    search = GridSearchCV(counted(), {"slope": SLOPES}, cv=3, resume=run.path).fit(*rows)
    assert search.run_.id == run.id
    assert counted.n_fits == 2 * 13 - 12


def test_a_run_that_is_not_there_is_an_error_and_none_to_go_on_with_is_not(rows, tmp_path):
    search = GridSearchCV(FakeEstimator(), {"slope": SLOPES}, runs_dir=tmp_path / "runs", resume="nothing")
    with pytest.raises(RunNotFoundError, match="nothing"):
        search.fit(*rows)
    assert search.set_params(resume=True).fit(*rows).run_.status == "finished"


def test_resume_without_a_directory_is_an_error(rows):
    with pytest.raises(ValueError, match="resume=True needs runs_dir"):
        GridSearchCV(FakeEstimator(), {"slope": SLOPES}, resume=True).fit(*rows)


def test_an_interrupted_run_that_is_left_behind_is_told(rows, tmp_path, switch):
    estimator = Interrupted(while_there=str(switch))
    settings = {"runs_dir": tmp_path / "runs", "resume": True}
    with pytest.raises(KeyboardInterrupt):
        GridSearchCV(estimator, {"slope": SLOPES}, **settings).fit(*rows)
    switch.unlink()
    with pytest.warns(UserWarning, match=r"begins a new run.*of another search: param_grid\.slope is"):
        GridSearchCV(estimator, {"slope": [1.0]}, **settings).fit(*rows)


def test_two_searches_do_not_write_to_one_run(rows, tmp_path):
    settings = {"cv": 3, "runs_dir": tmp_path / "runs"}
    run = GridSearchCV(FakeEstimator(), {"slope": SLOPES}, **settings).fit(*rows).run_
    before = (run.path / "journal").read_bytes()
    with Run(run.path), pytest.raises(RunInUseError, match="is in use"):
        GridSearchCV(FakeEstimator(), {"slope": SLOPES}, **settings, resume=True).fit(*rows)
    after = read_journal(run.path / "journal")
    assert after.n_damaged == 0
    assert (run.path / "journal").read_bytes().startswith(before)


class OverAfter(Deadline):
    """Is over once there were so many fits."""

    n_fits = 0

    @property
    def is_over(self):
        return Counting.n_fits >= self.n_fits


@pytest.fixture
def time_is_over_after(monkeypatch, counted):
    """Sets after how many fits."""
    monkeypatch.setattr("skhpt.search._base.Deadline", OverAfter)
    return lambda n_fits: monkeypatch.setattr(OverAfter, "n_fits", n_fits)


def test_a_search_whose_time_is_over_is_fitted_on_what_there_is_and_can_go_on(rows, tmp_path, time_is_over_after):
    time_is_over_after(8)
    search = GridSearchCV(Counting(), {"slope": SLOPES}, cv=3, max_time=1, runs_dir=tmp_path / "runs", resume=True)
    with pytest.warns(UserWarning, match=r"max_time=1 seconds were over.*on the 2 candidates.*resume=True goes on"):
        search.fit(*rows)
    assert search.cv_results_["param_slope"].tolist() == [1.0, 2.0]
    assert search.best_estimator_.slope == 2.0
    assert search.run_.status == "interrupted"
    assert len(search.run_.trials) == 8
    time_is_over_after(1000)
    assert search.fit(*rows).best_params_ == {"slope": 3.0}
    assert search.run_.status == "finished"


def test_a_halving_whose_time_is_over_takes_the_best_of_the_last_whole_rung(rows, time_is_over_after):
    grid = {"slope": np.linspace(1, 4, 9).tolist()}
    search = HalvingGridSearchCV(Counting(), grid, cv=3, max_time=1, random_state=0, refit=False)
    time_is_over_after(9 * 3 + 2 * 3)
    with pytest.warns(UserWarning, match="max_time=1 seconds were over"):
        search.fit(*rows)
    assert (search.n_iterations_, search.n_candidates_) == (2, [9, 3])
    rungs = search.cv_results_["iter"]
    assert rungs.tolist() == [0] * 9 + [1] * 2
    first = search.cv_results_["mean_test_score"][:9]
    assert search.best_index_ == np.argmax(first)


def test_a_time_in_which_no_candidate_is_complete_is_an_error_that_says_so(rows, time_is_over_after):
    time_is_over_after(2)
    search = GridSearchCV(Counting(), {"slope": SLOPES}, cv=3, max_time=0.5)
    with pytest.raises(ValueError, match=r"max_time=0.5 seconds were over before any .*\(2 trials have ended"):
        search.fit(*rows)


@pytest.mark.parametrize(
    ("name", "value"), [("max_time", 0), ("max_time", "1h"), ("checkpoint_seconds", -1), ("runs_dir", 3), ("resume", 1)]
)
def test_what_is_no_such_setting_is_refused(rows, name, value):
    with pytest.raises(ValueError, match=f"The '{name}' parameter of GridSearchCV must be"):
        GridSearchCV(FakeEstimator(), {"slope": SLOPES}, **{name: value}).fit(*rows)


def test_other_versions_are_told(rows, tmp_path):
    settings = {"cv": 3, "runs_dir": tmp_path / "runs"}
    run = GridSearchCV(FakeEstimator(), {"slope": SLOPES}, **settings).fit(*rows).run_
    description = json.loads((run.path / "run.json").read_text())
    description["versions"]["numpy"] = "1.0"
    (run.path / "run.json").write_text(json.dumps(description))
    with pytest.warns(UserWarning, match=r"was begun with numpy 1\.0 \(now "):
        GridSearchCV(FakeEstimator(), {"slope": SLOPES}, **settings, resume=True).fit(*rows)


def test_failed_trials_stay_failed_and_their_tracebacks_are_kept(rows, tmp_path):
    X, y = rows
    X = X.copy()
    X[0, 0] = 2000.0
    settings = {"cv": 3, "runs_dir": tmp_path / "runs", "resume": True, "error_score": -1.0}
    search = GridSearchCV(FakeEstimator(fail_if="first_row_held_out"), {"slope": SLOPES}, **settings)
    for _ in range(2):
        with pytest.warns(Warning, match="4 fits failed"):
            search.fit(X, y)
        assert search.cv_results_["split0_test_score"].tolist() == [-1.0] * 4
    assert search.run_.failures.count("RuntimeError: no luck on this fold") == 4
    assert search.run_.cv_results_["split0_test_score"].tolist() == [-1.0] * 4


def test_the_source_of_what_a_user_has_defined_is_kept(rows, tmp_path):
    run = GridSearchCV(Interrupted(), {"slope": SLOPES}, runs_dir=tmp_path / "runs").fit(*rows).run_
    assert "class Interrupted(FakeEstimator):" in run.source[f"{__name__}.py"]
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
