"""A run that goes on with more candidates than it was begun with, and runs that can't."""

import json

import numpy as np
import pytest
from scipy.stats import uniform

from skhpt import BayesianSearchCV, GridSearchCV, HalvingRandomSearchCV, RandomizedSearchCV, load_run
from skhpt.exceptions import DifferentSearchError
from tests.fakes import FakeEstimator
from tests.search.runs import SLOPES, Interrupted, runs_in, same_scores

SPACE = {"slope": uniform(0, 6)}


def random(estimator, n_iter, **options):
    return RandomizedSearchCV(estimator, SPACE, **{"n_iter": n_iter, "cv": 3, "random_state": 0} | options)


def bayesian(estimator, n_iter, **options):
    options = {"n_iter": n_iter, "n_initial": 4, "batch_size": 3, "cv": 3, "random_state": 0} | options
    return BayesianSearchCV(estimator, SPACE, **options)


def gaussian(estimator, n_iter, **options):
    return bayesian(estimator, n_iter, sampler="gp", **options)


KINDS = pytest.mark.parametrize("make", [random, bayesian, gaussian])


@pytest.fixture
def kept(tmp_path):
    return {"runs_dir": tmp_path / "runs", "resume": True}


def slopes(search):
    return search.cv_results_["param_slope"].tolist()


@KINDS
@pytest.mark.parametrize(("before", "after"), [(2, 3), (3, 9), (5, 9), (6, 12)])
def test_a_run_goes_on_with_more_candidates(rows, tmp_path, counted, kept, make, before, after):
    first = make(counted(), before, **kept).fit(*rows)
    n_fits = counted.n_fits
    search = make(counted(), after, **kept).fit(*rows)
    assert counted.n_fits == n_fits + (after - before) * 3 + 1, "the new ones, and a refit"
    assert search.run_.id == first.run_.id
    fresh = make(FakeEstimator(), after).fit(*rows)
    assert slopes(search) == slopes(fresh)
    same_scores(search, fresh)
    assert search.best_params_ == fresh.best_params_


@KINDS
def test_what_is_stored_is_that_of_the_larger_search(rows, kept, counted, make):
    make(counted(), 5, **kept).fit(*rows)
    search = make(counted(), 8, **kept).fit(*rows)
    run = load_run(search.run_)
    assert (run.status, run.settings["n_iter"], len(run.trials)) == ("finished", 8, 8 * 3)
    same_scores(run, search)
    n_fits = counted.n_fits
    assert make(counted(), 8, **kept).fit(*rows).run_.id == search.run_.id
    assert counted.n_fits == n_fits + 1, "a refit"


@KINDS
def test_a_named_run_goes_on_with_more_candidates_too(rows, tmp_path, make):
    options = {"runs_dir": tmp_path / "runs"}
    run = make(FakeEstimator(), 5, **options).fit(*rows).run_
    search = make(FakeEstimator(), 8, **options, resume=run.id).fit(*rows)
    same_scores(search, make(FakeEstimator(), 8).fit(*rows))


@pytest.mark.parametrize("make", [random, bayesian])
def test_an_interrupted_run_goes_on_with_more_candidates(rows, switch, kept, make):
    fresh = make(Interrupted(), 9).fit(*rows)
    estimator = Interrupted(at=slopes(fresh)[4], while_there=str(switch))
    with pytest.raises(KeyboardInterrupt):
        make(estimator, 6, **kept).fit(*rows)
    switch.unlink()
    search = make(estimator, 9, **kept).fit(*rows)
    same_scores(search, fresh)


@pytest.mark.parametrize("make", [random, bayesian])
@pytest.mark.parametrize("random_state", [None, np.random.RandomState(3)], ids=["None", "RandomState"])
def test_random_numbers_go_on_from_where_the_run_had_them(rows, tmp_path, kept, make, random_state):
    first = make(FakeEstimator(), 5, **kept, random_state=random_state)
    state = None if random_state is None else random_state.get_state()
    first.fit(*rows)
    if random_state is not None:  # as a new process would make it
        random_state.set_state(state)
    search = make(FakeEstimator(), 8, **kept, random_state=random_state).fit(*rows)
    assert len(runs_in(tmp_path)) == 1
    assert slopes(search)[:5] == slopes(first)


def test_a_process_that_was_killed_before_it_began_the_new_candidates_has_broken_nothing(rows, kept):
    search = random(FakeEstimator(), 4, **kept).fit(*rows)
    file = search.run_.path / "run.json"
    description = json.loads(file.read_text())
    description["search"]["settings"]["n_iter"] = 6
    file.write_text(json.dumps(description))
    again = random(FakeEstimator(), 6, **kept).fit(*rows)
    assert again.run_.id == search.run_.id
    same_scores(again, random(FakeEstimator(), 6).fit(*rows))


@pytest.mark.parametrize(
    ("make", "before", "after", "options"),
    [
        (random, 6, 4, {}),
        (bayesian, 6, 4, {}),
        (bayesian, 9, 40, {"batch_size": "auto"}),  # batches are larger then
    ],
)
def test_where_the_first_candidates_are_others_a_new_run_begins_and_that_is_said(
    rows, tmp_path, kept, make, before, after, options
):
    first = make(FakeEstimator(), before, **kept, **options).fit(*rows)
    said = f"begins a new run.*{first.run_.id}.*n_iter is {before} there and {after} here, which makes other candidates"
    with pytest.warns(UserWarning, match=said) as caught:
        search = make(FakeEstimator(), after, **kept, **options).fit(*rows)
    assert {warning.filename for warning in caught} == {__file__}
    same_scores(search, make(FakeEstimator(), after, **options).fit(*rows))
    with pytest.raises(DifferentSearchError, match="makes other candidates"):
        make(FakeEstimator(), after, **options, **kept | {"resume": first.run_.id}).fit(*rows)


@pytest.mark.parametrize(("before", "after"), [(2, 3), (5, 9), (20, 60), (60, 80)])
def test_a_part_of_a_list_is_drawn_as_a_new_search_would(rows, kept, before, after):
    """scikit-learn draws otherwise, depending on how large a part it is."""
    space = {"slope": np.linspace(0, 6, 81).tolist()}

    def make(n_iter, **options):
        return RandomizedSearchCV(FakeEstimator(), space, n_iter=n_iter, cv=3, random_state=0, **options)

    fresh, first = make(after).fit(*rows), make(before, **kept).fit(*rows)
    if slopes(fresh)[:before] == slopes(first):
        search = make(after, **kept).fit(*rows)
        assert search.run_.id == first.run_.id
    else:
        with pytest.warns(UserWarning, match="which makes other candidates"):
            search = make(after, **kept).fit(*rows)
    same_scores(search, fresh)


def test_of_a_halving_the_number_of_candidates_decides_more_than_that(rows, kept):
    options = {"factor": 2, "random_state": 0, "cv": 3, **kept}
    HalvingRandomSearchCV(FakeEstimator(), SPACE, n_candidates=4, **options).fit(*rows)
    with pytest.warns(UserWarning, match=r"settings\.n_candidates is 4 there and 6 here\.$"):
        HalvingRandomSearchCV(FakeEstimator(), SPACE, n_candidates=6, **options).fit(*rows)


@pytest.mark.parametrize("limit", [{"max_time": 1e6}, {"max_epochs_total": 1000}, {"target_score": 0.999}])
@KINDS
def test_a_limit_decides_no_candidates(rows, tmp_path, kept, make, limit):
    make(FakeEstimator(), 4, **kept).fit(*rows)
    make(FakeEstimator(), 5, **kept, **limit).fit(*rows)
    assert len(runs_in(tmp_path)) == 1


def test_of_several_runs_the_nearest_is_named(rows, kept):
    GridSearchCV(FakeEstimator(epochs=3), {"slope": SLOPES}, cv=3, **kept).fit(*rows)
    with pytest.warns(UserWarning, match="begins a new run"):
        near = GridSearchCV(FakeEstimator(), {"slope": SLOPES}, cv=4, **kept).fit(*rows)
    with pytest.warns(UserWarning, match="begins a new run"):
        GridSearchCV(FakeEstimator(epochs=3), {"slope": [1.0]}, cv=4, **kept).fit(*rows)
    said = (
        rf"nearest one in .*, {near.run_.id} \(finished\), is of another search: cv\.n_splits is 4 there and 5 here\.$"
    )
    with pytest.warns(UserWarning, match=said):
        GridSearchCV(FakeEstimator(), {"slope": SLOPES}, cv=5, **kept).fit(*rows)


def test_where_there_is_no_run_of_the_kind_nothing_is_said(rows, tmp_path, kept):
    (tmp_path / "runs" / "notes").mkdir(parents=True)
    GridSearchCV(FakeEstimator(), {"slope": SLOPES}, cv=3, **kept).fit(*rows)
    random(FakeEstimator(), 4, **kept).fit(*rows)


@pytest.mark.parametrize("make", [random, bayesian])
def test_the_corrected_score_is_that_of_all_candidates(rows, kept, make):
    X, y = rows
    options = {"store_predictions": True, "scoring": "r2"}
    make(FakeEstimator(), 4, **kept, **options).fit(X, y)
    search, fresh = make(FakeEstimator(), 7, **kept, **options).fit(X, y), make(FakeEstimator(), 7, **options).fit(X, y)
    assert (search.corrected_score_, search.corrected_interval_) == (fresh.corrected_score_, fresh.corrected_interval_)


@pytest.mark.parametrize("seeds", [{}, {"entropy": "x", "sampling": None}, {"entropy": 0, "sampling": {"state": 3}}])
def test_a_run_whose_random_numbers_are_not_what_was_written_is_not_gone_on_with(rows, tmp_path, kept, seeds):
    file = random(FakeEstimator(), 4, **kept).fit(*rows).run_.path / "run.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"seeds": seeds}))
    with pytest.warns(UserWarning, match="begins a new run.*is not what was written"):
        random(FakeEstimator(), 6, **kept).fit(*rows)
    assert len(runs_in(tmp_path)) == 2
