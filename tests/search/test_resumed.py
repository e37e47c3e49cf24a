"""What a search says of what `resume` came to."""

import json

import pytest

from skhpt import GridSearchCV, HalvingGridSearchCV
from skhpt.store import describe
from tests.fakes import FakeEstimator
from tests.search.runs import SLOPES, Interrupted

SIGN = -1


def scoring(estimator, X, y):
    return SIGN * abs(estimator.slope - 3)


def test_a_search_that_goes_on_says_with_which_run_and_how_far_it_is(rows, tmp_path, switch, capsys):
    estimator = Interrupted(while_there=str(switch))
    search = GridSearchCV(estimator, {"slope": SLOPES}, cv=3, runs_dir=tmp_path, resume=True, verbose=1)
    with pytest.raises(KeyboardInterrupt):
        search.fit(*rows)
    assert search.resumed_ == f"new run {search.run_.id}, because there is no run of a GridSearchCV in {tmp_path}"
    switch.unlink()
    capsys.readouterr()
    search.fit(*rows)
    assert search.resumed_ == f"going on with {search.run_.id} (6 of 12 trials)"
    assert capsys.readouterr().out.splitlines()[0] == search.resumed_
    search.fit(*rows)
    assert search.resumed_ == f"going on with {search.run_.id} (12 of 12 trials)"


@pytest.mark.filterwarnings("ignore:resume=True begins a new run:UserWarning")
def test_a_search_that_begins_a_new_run_says_why(rows, tmp_path, capsys):
    settings = {"cv": 3, "runs_dir": tmp_path, "resume": True, "progress": True}
    GridSearchCV(FakeEstimator(), {"slope": SLOPES}, **settings).fit(*rows)
    capsys.readouterr()
    search = GridSearchCV(FakeEstimator(), {"slope": SLOPES[:2]}, **settings).fit(*rows)
    why = f"new run {search.run_.id}, because param_grid.slope is {SLOPES} there and {SLOPES[:2]} here"
    assert search.resumed_ == why
    assert why[:40] in capsys.readouterr().err


def test_without_resume_nothing_is_said(rows, tmp_path):
    search = GridSearchCV(FakeEstimator(), {"slope": SLOPES}, cv=3, runs_dir=tmp_path).fit(*rows)
    assert search.resumed_ is None
    search.set_params(runs_dir=None).fit(*rows)
    assert search.resumed_ is None


def test_trials_of_all_rungs_are_counted(rows, tmp_path):
    search = HalvingGridSearchCV(FakeEstimator(), {"slope": SLOPES}, cv=3, factor=2, runs_dir=tmp_path, resume=True)
    search.set_params(random_state=0).fit(*rows)
    search.fit(*rows)
    n = 3 * sum(search.n_candidates_)
    assert search.resumed_ == f"going on with {search.run_.id} ({n} of {n} trials)"


def test_a_run_of_before_is_found_if_nothing_has_changed(rows, tmp_path):
    settings = {"cv": 3, "runs_dir": tmp_path, "resume": True, "scoring": scoring}
    search = GridSearchCV(FakeEstimator(), {"slope": SLOPES}, **settings).fit(*rows)
    file = search.run_.path / "run.json"
    description = json.loads(file.read_text())
    assert description["described"] == 2
    assert description["search"]["settings"]["scoring"] == describe(scoring)
    del description["described"]
    description["search"]["settings"]["scoring"] = describe(scoring, as_before=True)
    description["search"]["estimator"] = describe(FakeEstimator(), as_before=True)
    file.write_text(json.dumps(description))
    run = search.run_.id
    search.fit(*rows)
    assert search.resumed_ == f"going on with {run} (12 of 12 trials)"
    assert json.loads(file.read_text())["described"] == 2
