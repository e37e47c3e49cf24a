import numpy as np
import pytest
from sklearn.exceptions import FitFailedWarning

from skhpt import GridSearchCV, HalvingGridSearchCV
from tests.fakes import FakeEstimator
from tests.search.runs import SLOPES, Counting, Interrupted, runs_in, same_scores


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


def test_a_search_that_has_used_up_its_epochs_says_so(rows):
    search = GridSearchCV(FakeEstimator(epochs=2), {"slope": SLOPES}, cv=3, max_epochs_total=15)
    with pytest.warns(UserWarning, match=r"max_epochs_total=15 epochs were used up: .* on the 2 candidates"):
        search.fit(*rows)
    assert len(search.cv_results_["params"]) == 2


LIMITS = [{"target_score": 0.9}, {"max_epochs_total": 11}]  # each before the last candidate


@pytest.mark.filterwarnings("ignore:.* the search is fitted on the:UserWarning")
@pytest.mark.parametrize("limit", LIMITS, ids=str)
def test_failures_are_told_where_a_limit_ends_the_search_as_well(rows, limit):
    grid = {"fail_if": ["always", None], "slope": [3.0, 2.0]}
    with (
        pytest.warns(FitFailedWarning, match=r"6 fits failed out of a total of 9(?s:.*)no luck on this fold"),
        pytest.warns(UserWarning, match="test scores are non-finite"),
    ):
        search = GridSearchCV(FakeEstimator(), grid, cv=3, **limit).fit(*rows)
    assert search.best_params_ == {"fail_if": None, "slope": 3.0}


def test_if_all_have_failed_by_then_that_is_the_error(rows):
    search = GridSearchCV(FakeEstimator(fail_if="always"), {"epochs": [9, 40]}, cv=3, max_epochs_total=30)
    with pytest.raises(ValueError, match=r"All the 3 fits failed(?s:.*)no luck on this fold"):
        search.fit(*rows)
