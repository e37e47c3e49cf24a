import json
import os

import numpy as np
import pytest
from scipy.stats import uniform
from sklearn.linear_model import Ridge
from sklearn.model_selection import KFold, ShuffleSplit

from skhpt import GridSearchCV, HalvingGridSearchCV, HalvingRandomSearchCV, RandomizedSearchCV, load_run
from skhpt.exceptions import DifferentSearchError, RunInUseError, RunNotFoundError
from skhpt.store import Run
from skhpt.store._journal import read_journal
from tests.fakes import FakeEstimator
from tests.search.runs import SLOPES, Interrupted, runs_in, same_scores


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


def test_failures_of_an_earlier_process_are_said_to_be_that(rows, tmp_path):
    search = GridSearchCV(FakeEstimator(fail_if="always"), {"slope": SLOPES}, runs_dir=tmp_path / "runs", resume=True)
    with pytest.raises(ValueError, match="All the 20 fits failed"):
        search.fit(*rows)
    with pytest.raises(ValueError, match=r"Fits that failed before are not run again, .*resume=False"):
        search.fit(*rows)


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


def test_other_versions_are_told(rows, tmp_path):
    settings = {"cv": 3, "runs_dir": tmp_path / "runs"}
    run = GridSearchCV(FakeEstimator(), {"slope": SLOPES}, **settings).fit(*rows).run_
    description = json.loads((run.path / "run.json").read_text())
    description["versions"]["numpy"] = "1.0"
    (run.path / "run.json").write_text(json.dumps(description))
    with pytest.warns(UserWarning, match=r"was begun with numpy 1\.0 \(now "):
        GridSearchCV(FakeEstimator(), {"slope": SLOPES}, **settings, resume=True).fit(*rows)


def test_another_backend_of_keras_is_told_as_other_versions_are(rows, tmp_path, monkeypatch):
    def fit_on(backend):
        monkeypatch.setattr("skhpt.search._open_run.installed_versions", lambda: {"keras backend": backend})
        GridSearchCV(FakeEstimator(), {"slope": SLOPES}, cv=3, runs_dir=tmp_path / "runs", resume=True).fit(*rows)

    fit_on("tensorflow")
    with pytest.warns(UserWarning, match=r"was begun with keras backend tensorflow \(now jax\)"):
        fit_on("jax")


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
