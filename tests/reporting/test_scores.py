import numpy as np
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV as TheirGridSearchCV

from skhpt import GridSearchCV, HalvingGridSearchCV
from skhpt.reporting._scores import read_scores
from tests.reporting.drawn import FOLDS, Tunable, X, searched, y


def test_scores_are_means_over_the_folds_with_their_deviations():
    table = read_scores(searched({"units": [10, 20]}), None, "test").table
    assert table["candidate"].tolist() == [0, 1]
    np.testing.assert_allclose(table["score"], [0.11, 0.21])
    np.testing.assert_allclose(table["std"], [0.01, 0.01])


def test_a_search_of_scikit_learns_can_be_read_as_well():
    search = TheirGridSearchCV(Tunable(), {"units": [10, 20]}, cv=FOLDS).fit(X, y)
    assert read_scores(search, None, "test").table["candidate"].tolist() == [0, 1]


def test_of_several_metrics_the_one_that_decides_is_read_or_the_one_asked_for():
    search = searched({"slope": [1.0, 3.0]}, scoring=["r2", "neg_max_error"], refit="neg_max_error")
    assert read_scores(search, None, "test").metric == "neg_max_error"
    assert read_scores(search, "r2", "test").metric == "r2"
    with pytest.raises(
        ValueError, match=r"'metric' parameter of rungs must be one of \['r2', 'neg_max_error'\]. Got 'r3'"
    ):
        read_scores(search, "r3", "rungs")


def test_candidates_that_have_not_ended_do_not_shift_the_others(tmp_path, monkeypatch):
    from tests.search.runs import Counting, OverAfter

    monkeypatch.setattr("skhpt.search._base.Deadline", OverAfter)
    monkeypatch.setattr(OverAfter, "n_fits", 3)
    monkeypatch.setattr(Counting, "n_fits", 0)
    search = GridSearchCV(Counting(), {"slope": [1.0, 2.0]}, cv=2, refit=False, max_time=1, runs_dir=tmp_path)
    with pytest.warns(UserWarning, match="max_time"):
        search.fit(X, y)
    assert read_scores(search, None, "test").table["candidate"].tolist() == [0]
    assert read_scores(search.run_, None, "test").table["candidate"].tolist() == [0]


def test_a_halving_has_a_row_a_rung_of_which_the_last_counts_and_knows_its_budget():
    grid = {"units": [10, 20, 30]}
    search = HalvingGridSearchCV(Tunable(), grid, resource="epochs", max_resources=3, cv=FOLDS).fit(X, y)
    scores = read_scores(search, None, "test")
    assert scores.table["candidate"].tolist() == [0, 1, 2, 2]
    assert scores.of_last_rungs().table["n_resources"].tolist() == [1, 1, 3]
    assert [params["epochs"] for params in scores.of_last_rungs().params] == [1, 1, 3]
    assert scores.on_equal_terms().table["candidate"].tolist() == [0, 1, 2]
    assert scores.budget_name == "epochs"
    assert scores.best_first["candidate"].tolist() == [2, 1, 0]


def test_a_search_that_is_not_fitted_is_told_so():
    with pytest.raises(NotFittedError, match="rungs needs a search with candidates whose trials have all ended, but"):
        read_scores(GridSearchCV(Tunable(), {"units": [1]}), None, "rungs")
