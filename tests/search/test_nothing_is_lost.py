"""What comes after the training may fail, and costs nothing of what was trained."""

import sys

import numpy as np
import pytest

from skhpt import (
    BayesianSearchCV,
    GridSearchCV,
    HalvingGridSearchCV,
    HalvingRandomSearchCV,
    HyperbandSearchCV,
    RandomizedSearchCV,
    SearchListener,
    load_run,
    ls_runs,
)
from tests.fakes import FakeEstimator
from tests.search.fakes import Spelt
from tests.search.runs import SLOPES
from tests.versions import needs_callbacks

GRID = {"slope": SLOPES}


ODD = {
    "large": [2**63, 1],
    "larger": [2**64, -(2**63) - 1],
    "large and text": [2**63, "a"],
    "large and a number": [2**63, 0.5],
    "masked": [np.ma.array([1, 2], mask=[0, 1]), np.ma.array([1, 2], mask=[1, 0])],
    "masked and a number": [np.ma.array([1, 2], mask=[0, 1]), 1],
    "nothing but a mask": [np.ma.masked, np.ma.array(3, mask=True)],
}
SEARCHERS = {
    "grid": GridSearchCV,
    "random": lambda *given, **options: RandomizedSearchCV(*given, n_iter=2, random_state=0, **options),
    "halving": lambda *given, **options: HalvingGridSearchCV(
        *given, resource="steps", max_resources=3, factor=2, **options
    ),
    "random halving": lambda *given, **options: HalvingRandomSearchCV(
        *given, n_candidates=2, resource="steps", max_resources=3, factor=2, random_state=0, **options
    ),
    "Hyperband": lambda *given, **options: HyperbandSearchCV(
        *given, resource="steps", max_resources=2, factor=2, random_state=0, **options
    ),
    "Bayesian": lambda *given, **options: BayesianSearchCV(*given, n_iter=2, random_state=0, **options),
}


@pytest.mark.filterwarnings("ignore:The total space of parameters")
@pytest.mark.parametrize("kind", SEARCHERS)
@pytest.mark.parametrize("values", ODD)
def test_a_parameter_may_be_what_no_column_of_numbers_holds(rows, tmp_path, kind, values):
    search = SEARCHERS[kind](Spelt(), {"value": ODD[values]}, cv=2, runs_dir=tmp_path).fit(*rows)
    assert repr(search.best_estimator_.value) in map(repr, ODD[values])
    assert (search.cv_results_["param_value"].dtype, search.results_["value"].dtype) == (object, object)
    assert all(value in map(repr, ODD[values]) for value in map(repr, search.results_["value"]))
    run = load_run(search.run_)
    assert (run.status, len(run.results_), len(ls_runs(tmp_path))) == ("finished", len(search.results_), 1)


def test_workers_take_such_values_too(rows):
    search = GridSearchCV(Spelt(), {"value": [*ODD["large"], *ODD["masked"]]}, cv=2, n_jobs=2).fit(*rows)
    assert len(search.results_) == 4


@pytest.mark.parametrize("table", ["history_table", "engine_table", "results_table"])
def test_a_table_that_can_not_be_made_is_left_out(rows, monkeypatch, table):
    def fail(*given, **options):
        raise OverflowError("too large")

    search = GridSearchCV(FakeEstimator(), GRID).fit(*rows)
    monkeypatch.setattr(f"skhpt.search._base.{table}", fail)
    name = {"history_table": "histories_", "engine_table": "engine_report_", "results_table": "results_"}[table]
    with pytest.warns(
        UserWarning, match=f"GridSearchCV has no {name}, as making it has raised OverflowError: too large"
    ):
        search.fit(*rows)
    assert search.best_estimator_.slope == 3.0
    assert len(search.cv_results_["params"]) == 4
    assert not hasattr(search, name), "that of the fit before is none of this one"


class Broken(SearchListener):
    """Raises once it is told of an event."""

    def __init__(self, event, error):
        self.event = event
        self.error = error

    def __getattribute__(self, name):
        if name == object.__getattribute__(self, "event"):
            raise object.__getattribute__(self, "error")
        return super().__getattribute__(name)


EVENTS = ["search_begins", "round_begins", "trial_ended", "round_ended", "search_ended"]


@pytest.mark.parametrize("event", EVENTS)
def test_a_logger_that_fails_costs_nothing(rows, event):
    search = HalvingGridSearchCV(FakeEstimator(), GRID, factor=2, cv=3, loggers=[Broken(event, OSError("disk full"))])
    with pytest.warns(UserWarning, match=f"Broken hears no more of this search, as its {event} has raised OSError"):
        search.fit(*rows)
    assert search.best_estimator_.slope == 3.0


def test_ctrl_c_in_a_logger_that_takes_long_in_the_end_leaves_the_results(rows, tmp_path):
    loggers = [Broken("search_ended", KeyboardInterrupt())]
    search = GridSearchCV(FakeEstimator(), GRID, runs_dir=tmp_path, loggers=loggers)
    with pytest.raises(KeyboardInterrupt):
        search.fit(*rows)
    assert search.best_params_ == {"slope": 3.0}
    assert len(search.results_) == 4
    assert search.run_.status == "interrupted"


class Failing:
    """A callback of scikit-learn's that raises at the end of a task, the n-th time."""

    def __init__(self, task, number=1):
        self.task = task
        self.number = number

    def setup(self, estimator, context):
        pass

    def teardown(self, estimator, context):
        pass

    def on_fit_task_begin(self, estimator, context, *, X=None, y=None, metadata=None):
        pass

    def on_fit_task_end(self, estimator, context, *, X=None, y=None, metadata=None):
        if context.task_name == self.task:
            self.number -= 1
            if self.number == 0:
                raise OSError("disk full")


@needs_callbacks
@pytest.mark.parametrize(("task", "number"), [("search", 1), ("halving-iteration", 3), ("fit", 1)])
def test_a_callback_that_fails_in_the_end_raises_when_everything_is_there(rows, tmp_path, task, number):
    search = HalvingGridSearchCV(
        FakeEstimator(), GRID, factor=2, min_resources="smallest", aggressive_elimination=True, cv=3, runs_dir=tmp_path
    )
    assert len(search.plan(*rows).rounds) == 3
    search.set_callbacks(Failing(task, number))
    with pytest.raises(OSError, match="disk full"):
        search.fit(*rows)
    assert search.best_estimator_.slope == 3.0
    assert search.run_.status == "finished"


@needs_callbacks
def test_a_callback_that_fails_between_rounds_ends_the_search(rows):
    search = HalvingGridSearchCV(FakeEstimator(), GRID, factor=2, cv=3)
    search.set_callbacks(Failing("halving-iteration", 1))
    with pytest.raises(OSError, match="disk full"):
        search.fit(*rows)
    assert not hasattr(search, "best_estimator_")


def test_a_function_that_can_not_choose_leaves_the_results(rows):
    def choose(results):
        raise LookupError("no candidate")

    search = GridSearchCV(FakeEstimator(), GRID, refit=choose)
    with pytest.raises(LookupError, match="no candidate"):
        search.fit(*rows)
    assert len(search.cv_results_["params"]) == 4
    assert len(search.histories_) > 0


def test_a_metric_that_fails_on_rows_drawn_anew_costs_the_corrected_score_only(rows, monkeypatch):
    def fail(*given):
        raise ZeroDivisionError("no rows")

    monkeypatch.setattr("skhpt.search._correction.Correction.of", fail)
    search = GridSearchCV(FakeEstimator(), GRID, store_predictions=True)
    with pytest.warns(UserWarning, match="There is no corrected_score_: scoring .* has raised ZeroDivisionError"):
        search.fit(*rows)
    assert np.isnan(search.corrected_score_)
    assert search.best_estimator_.slope == 3.0


def test_a_summary_that_can_not_be_made_is_left_out(rows, tmp_path, monkeypatch):
    def fail(path):
        raise ArithmeticError("not now")

    monkeypatch.setattr("skhpt.store._run.summarise", fail)
    search = GridSearchCV(FakeEstimator(), GRID, runs_dir=tmp_path).fit(*rows)
    assert search.best_estimator_.slope == 3.0
    assert "no summary is stored: ArithmeticError('not now')" in (search.run_.path / "log").read_text()
    assert ls_runs(tmp_path)["status"].tolist() == ["finished"]


def test_integers_are_large_from_where_pandas_has_none(rows):
    most = sys.maxsize  # 2**63 - 1
    search = GridSearchCV(Spelt(), {"value": [most, -most - 1]}, cv=2).fit(*rows)
    assert (search.cv_results_["param_value"].dtype, search.results_["value"].dtype) == (np.int64, np.int64)
