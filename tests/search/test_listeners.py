"""Who listens to a search, and what it is told."""

import math
import pickle

import numpy as np
import pytest
from sklearn.base import clone

from skhpt import BayesianSearchCV, GridSearchCV, HalvingGridSearchCV, HyperbandSearchCV, SearchListener
from skhpt.search._listeners import Listeners
from skhpt.trials import Budget, SearchEnding
from tests.fakes import FakeEstimator
from tests.search.runs import SLOPES, Interrupted


class Heard(SearchListener):
    """Takes note of what it is told."""

    def __init__(self):
        self.events = []

    def search_begins(self, search):
        self.events.append(("search_begins", search))

    def round_begins(self, round_):
        self.events.append(("round_begins", round_))

    def epochs_ended(self, epochs):
        self.events.append(("epochs_ended", dict(epochs)))

    def trial_ended(self, spec, result, *, resumed):
        assert spec.key == result.key
        self.events.append(("trial_ended", (spec, result, resumed)))

    def round_ended(self, number, scores):
        self.events.append(("round_ended", (number, dict(scores))))

    def search_ended(self, ending):
        self.events.append(("search_ended", ending))

    @property
    def names(self):
        return [name for name, _ in self.events]

    def of(self, name):
        return [fact for event, fact in self.events if event == name]


class Broken(SearchListener):
    """Raises at one event."""

    def __init__(self, at):
        self.at = at
        self.n_calls = 0

    def trial_ended(self, spec, result, *, resumed):
        self._raise_at("trial_ended")

    def search_ended(self, ending):
        self._raise_at("search_ended")

    def _raise_at(self, event):
        self.n_calls += 1
        if event == self.at:
            raise OSError("disk full")


@pytest.fixture
def heard():
    return Heard()


def test_a_search_of_one_round_is_told_from_beginning_to_end(rows, heard):
    GridSearchCV(FakeEstimator(), {"slope": SLOPES}, cv=3, loggers=[heard]).fit(*rows)
    assert heard.names == ["search_begins", "round_begins", *12 * ["trial_ended"], "round_ended", "search_ended"]
    (begun,), (round_,), (ending,) = (heard.of(name) for name in ("search_begins", "round_begins", "search_ended"))
    assert (begun.searcher, begun.n_trials, begun.n_trials_a_candidate) == ("GridSearchCV", 12, 3)
    assert (begun.parameters, begun.metric, begun.run) == (("slope",), "score", None)
    assert math.isnan(begun.error_score)
    assert [spec.key for spec in round_.specs] == [(c, f, 0) for c in range(4) for f in range(3)]
    assert ending == SearchEnding("finished")


def test_scores_of_a_round_are_those_of_the_table(rows, heard):
    search = GridSearchCV(FakeEstimator(), {"slope": SLOPES}, cv=3, loggers=[heard]).fit(*rows)
    ((number, scores),) = heard.of("round_ended")
    assert number == 0
    assert scores == dict(enumerate(search.cv_results_["mean_test_score"]))


def test_results_come_with_their_parameters_and_histories(rows, heard):
    GridSearchCV(FakeEstimator(epochs=3), {"slope": SLOPES}, cv=3, loggers=[heard]).fit(*rows)
    for spec, result, resumed in heard.of("trial_ended"):
        assert spec.candidate.params == {"slope": SLOPES[spec.candidate.index]}
        assert [log.epoch for log in result.epochs] == [1, 2, 3]
        assert not resumed


@pytest.mark.parametrize("n_jobs", [2, pytest.param(1, id="serial")])
def test_workers_need_not_know_of_listeners(rows, n_jobs):
    heard = Heard()
    heard.open_file = (line for line in "not to be pickled")
    GridSearchCV(FakeEstimator(), {"slope": SLOPES}, cv=3, n_jobs=n_jobs, loggers=[heard]).fit(*rows)
    assert sorted(spec.key for spec, _, _ in heard.of("trial_ended")) == [(c, f, 0) for c in range(4) for f in range(3)]


def test_each_rung_of_a_halving_is_a_round(rows, heard):
    grid = {"slope": np.linspace(1, 4, 9).tolist()}
    search = HalvingGridSearchCV(FakeEstimator(), grid, resource="epochs", max_resources=9, cv=3, loggers=[heard]).fit(
        *rows
    )
    rounds = heard.of("round_begins")
    assert [round_.number for round_ in rounds] == [0, 1, 2]
    assert [len(round_.specs) for round_ in rounds] == [27, 9, 3]
    assert [number for number, _ in heard.of("round_ended")] == [0, 1, 2]
    assert {spec.budget for spec in rounds[1].specs} == {Budget(3, rung=1, last=False)}
    assert heard.of("search_begins")[0].n_trials == 39
    (last,) = heard.of("round_ended")[2][1].values()
    assert last == search.best_score_


def test_brackets_that_share_a_round_are_told_together(rows, heard):
    HyperbandSearchCV(
        FakeEstimator(), {"slope": SLOPES * 10}, resource="epochs", max_resources=4, factor=2, cv=2, loggers=[heard]
    ).fit(*rows)
    assert {spec.budget.bracket for spec in heard.of("round_begins")[1].specs} == {1, 2}
    assert heard.of("search_begins")[0].n_trials == len(heard.of("trial_ended"))


def test_batches_of_a_bayesian_search_are_rounds(rows, heard):
    pytest.importorskip("optuna")
    BayesianSearchCV(
        FakeEstimator(), {"slope": SLOPES}, n_iter=4, n_initial=2, batch_size=2, cv=2, random_state=0, loggers=[heard]
    ).fit(*rows)
    assert len(heard.of("round_begins")) == 2


def test_trials_of_an_earlier_process_are_told_as_such(rows, tmp_path, switch, heard):
    estimator = Interrupted(at=3.0, while_there=str(switch))
    settings = {"cv": 3, "runs_dir": tmp_path / "runs", "resume": True}
    with pytest.raises(KeyboardInterrupt):
        GridSearchCV(estimator, {"slope": SLOPES}, **settings, loggers=[heard]).fit(*rows)
    assert heard.of("search_ended") == [SearchEnding("interrupted", "KeyboardInterrupt")]
    assert len(heard.of("trial_ended")) == 6
    switch.unlink()
    again = Heard()
    search = GridSearchCV(estimator, {"slope": SLOPES}, **settings, loggers=[again]).fit(*rows)
    assert [resumed for _, _, resumed in again.of("trial_ended")] == 6 * [True] + 6 * [False]
    assert again.of("search_begins")[0].run == search.run_.path


def test_a_search_that_a_limit_ends_says_which(rows, heard, time_is_over_after, counted):
    time_is_over_after(7)
    with pytest.warns(UserWarning, match="max_time"):
        GridSearchCV(counted(), {"slope": SLOPES}, cv=3, max_time=60, loggers=[heard]).fit(*rows)
    assert heard.of("search_ended") == [SearchEnding("interrupted", "max_time=60")]


def test_a_search_that_fails_has_an_end_too(rows, heard):
    with pytest.raises(ValueError, match="All the 6 fits failed"):
        GridSearchCV(FakeEstimator(fail_if="always"), {"slope": SLOPES[:2]}, cv=3, loggers=[heard]).fit(*rows)
    assert heard.of("search_ended") == [SearchEnding("interrupted", "ValueError")]


@pytest.mark.parametrize("at", ["trial_ended", "search_ended"])
def test_a_listener_that_raises_costs_nothing_but_itself(rows, heard, at):
    broken = Broken(at)
    with pytest.warns(UserWarning, match=f"Broken hears no more of this search, as its {at} has raised OSError: disk"):
        search = GridSearchCV(FakeEstimator(), {"slope": SLOPES}, cv=3, loggers=[broken, heard]).fit(*rows)
    assert search.best_params_ == {"slope": 3.0}
    assert broken.n_calls == (1 if at == "trial_ended" else 13)
    assert len(heard.of("trial_ended")) == 12


def test_who_has_heard_of_the_beginning_hears_of_the_end_if_another_one_is_interrupted(rows, heard):
    class Interrupting(SearchListener):
        def search_begins(self, search):
            raise KeyboardInterrupt

        def search_ended(self, ending):
            raise AssertionError("it has not begun")

    later = Heard()
    with pytest.raises(KeyboardInterrupt):
        GridSearchCV(FakeEstimator(), {"slope": SLOPES}, loggers=[heard, Interrupting(), later]).fit(*rows)
    assert heard.names == ["search_begins", "search_ended"]
    assert heard.of("search_ended") == [SearchEnding("interrupted", "KeyboardInterrupt")]
    assert later.names == []


def test_what_is_no_listener_is_refused_before_a_fit(rows):
    with pytest.raises(TypeError, match="'loggers' parameter of GridSearchCV must be a list of instances of SearchLi"):
        GridSearchCV(FakeEstimator(), {"slope": SLOPES}, loggers=["csv"]).fit(*rows)


def test_a_search_with_listeners_is_cloned_and_pickled(rows, heard):
    search = GridSearchCV(FakeEstimator(), {"slope": SLOPES}, cv=3, loggers=[heard])
    assert clone(search).loggers[0].events == []
    search.fit(*rows)
    assert pickle.loads(pickle.dumps(search)).best_params_ == {"slope": 3.0}


def test_the_same_search_may_have_other_listeners(rows, tmp_path, heard):
    settings = {"cv": 3, "runs_dir": tmp_path / "runs", "resume": True}
    first = GridSearchCV(FakeEstimator(), {"slope": SLOPES}, **settings).fit(*rows)
    again = GridSearchCV(FakeEstimator(), {"slope": SLOPES}, **settings, loggers=[heard], progress=False).fit(*rows)
    assert again.run_.id == first.run_.id


def test_a_run_does_not_keep_its_listeners(rows, tmp_path, heard):
    search = GridSearchCV(FakeEstimator(), {"slope": SLOPES}, cv=3, runs_dir=tmp_path, loggers=[heard]).fit(*rows)
    assert "loggers" not in search.run_.settings
    assert search.run_.settings["progress"] == "auto"


def test_epochs_are_passed_on_a_few_times_a_second(heard, monkeypatch):
    now = [100.0]
    monkeypatch.setattr("skhpt.search._listeners.time.monotonic", lambda: now[0])
    listeners = Listeners([heard])
    for epoch in range(1, 101):
        now[0] += 0.01  # a second in all
        listeners.hear([((0, 0, 0), epoch)])
    assert 4 <= len(heard.events) <= 5
    assert heard.events[0] == ("epochs_ended", {(0, 0, 0): 1})


def test_nobody_who_listens_costs_nothing():
    def epochs():
        raise AssertionError("looked at")
        yield

    Listeners().hear(epochs())
