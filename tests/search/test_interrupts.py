"""What Ctrl-C leaves on the screen."""

import traceback

import pytest

from skhpt import GridSearchCV
from skhpt.store import Run
from tests.fakes import FakeEstimator
from tests.search.runs import SLOPES, Interrupted


class InterruptedRefit(FakeEstimator):
    """Is interrupted in the fit of all rows."""

    def fit(self, X, y):
        if len(X) == 60:
            raise KeyboardInterrupt
        return super().fit(X, y)


def interrupted(search, rows):
    with pytest.raises(KeyboardInterrupt) as caught:
        search.fit(*rows)
    return caught.value


def test_it_says_what_is_complete_where_that_is_and_how_to_go_on(rows, tmp_path, switch):
    settings = {"cv": 3, "runs_dir": tmp_path / "runs"}
    search = GridSearchCV(Interrupted(while_there=str(switch)), {"slope": SLOPES}, **settings)
    error = interrupted(search, rows)
    assert str(error).splitlines() == [
        "Interrupted: 6 of 12 trials are complete, all those of 2 candidates.",
        f"They are stored in {search.run_.path}.",
        "To go on, fit again with resume=True.",
    ]
    search.set_params(resume=True)
    assert str(interrupted(search, rows)).endswith("run the same again: resume=True finds it.")
    search.set_params(resume=search.run_.id)
    assert str(interrupted(search, rows)).endswith(f"run the same again: resume={search.run_.id!r} finds it.")


def test_the_traceback_is_of_the_users_call_alone(rows, switch):
    error = interrupted(GridSearchCV(Interrupted(while_there=str(switch)), {"slope": SLOPES}), rows)
    assert len(traceback.extract_tb(error.__traceback__)) == 2
    assert error.__cause__ is error.__context__ is None


@pytest.mark.parametrize("at", [1.0, 3.0])
def test_without_a_run_it_says_that_nothing_is_stored(rows, switch, at):
    search = GridSearchCV(Interrupted(while_there=str(switch), at=at), {"slope": SLOPES}, cv=3)
    switch.unlink()
    search.fit(*rows)
    switch.touch()
    first, second, third = str(interrupted(search, rows)).splitlines()
    assert (
        first
        == {
            1.0: "Interrupted before any trial was complete.",
            3.0: "Interrupted: 6 of 12 trials are complete, all those of 2 candidates.",
        }[at]
    )
    assert "runs_dir is None" in second
    assert "resume=True" in third


def test_of_an_interrupted_refit_it_says_that_all_trials_are_complete(rows, tmp_path):
    search = GridSearchCV(InterruptedRefit(), {"slope": SLOPES}, cv=3, runs_dir=tmp_path, resume=True)
    first, second, third = str(interrupted(search, rows)).splitlines()
    assert first.startswith("Interrupted: 12 of 12 trials are complete, all those of 4 candidates, but")
    assert str(search.run_.path) in second
    assert "resume=True finds it" in third
    assert search.best_params_ == {"slope": 3.0}


def test_a_second_interrupt_as_the_first_one_is_handled_says_the_same(rows, tmp_path, switch, monkeypatch):
    def end(self, *told):
        raise KeyboardInterrupt

    monkeypatch.setattr(Run, "end", end)
    search = GridSearchCV(Interrupted(while_there=str(switch)), {"slope": SLOPES}, cv=3, runs_dir=tmp_path / "runs")
    error = interrupted(search, rows)
    assert str(error).splitlines()[0] == "Interrupted: 6 of 12 trials are complete, all those of 2 candidates."
    assert error.__context__ is None


def test_before_the_first_trial_nothing_of_an_earlier_fit_is_told(rows, tmp_path, monkeypatch):
    search = GridSearchCV(FakeEstimator(), {"slope": SLOPES}, cv=3, runs_dir=tmp_path).fit(*rows)

    def check(*told):
        raise KeyboardInterrupt

    monkeypatch.setattr("skhpt.search._base.check_before_search", check)
    assert str(interrupted(search, rows)).splitlines()[0] == "Interrupted before the first trial began."
