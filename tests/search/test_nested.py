import numpy as np
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GroupKFold, KFold
from sklearn.utils.validation import check_is_fitted

from skhpt import GridSearchCV, HalvingGridSearchCV, RandomizedSearchCV, nested_scores
from tests.fakes import FakeEstimator

GRID = {"slope": [0.0, 3.0, 5.0]}


@pytest.mark.parametrize("searcher", [GridSearchCV, RandomizedSearchCV, HalvingGridSearchCV])
def test_each_outer_fold_is_scored_by_a_search_that_has_not_seen_it(searcher, rows):
    X, y = rows
    options = {"n_iter": 3} if searcher is RandomizedSearchCV else {}
    search = searcher(FakeEstimator(), GRID, cv=2, random_state=0, **options)
    outer = KFold(3, shuffle=True, random_state=1)
    report = nested_scores(search, X, y, cv=outer)
    assert list(report) == ["test_score", "best_inner_score", "param_slope"]
    for fold, (train, test) in enumerate(outer.split(X)):
        alone = searcher(FakeEstimator(), GRID, cv=2, random_state=0, **options).fit(X[train], y[train])
        expected = [alone.score(X[test], y[test]), alone.best_score_, alone.best_params_["slope"]]
        assert report.loc[fold].tolist() == expected


def test_a_parameter_that_a_winner_does_not_set_is_none(rows):
    X, y = rows
    y = np.where(np.arange(60) < 30, y, 5 * X[:, 0])  # the halves have different slopes
    grid = [{"slope": [3.0]}, {"slope": [5.0], "epochs": [4]}]
    report = nested_scores(GridSearchCV(FakeEstimator(), grid, cv=2), X, y, cv=KFold(2))
    assert report["param_slope"].tolist() == [5.0, 3.0]
    assert report["param_epochs"].isna().tolist() == [False, True]


def test_the_search_is_left_as_it_is(rows):
    search = GridSearchCV(FakeEstimator(), GRID, cv=2)
    nested_scores(search, *rows, cv=2)
    with pytest.raises(NotFittedError):
        check_is_fitted(search)


def test_a_function_that_selects_leaves_no_inner_score(rows):
    search = GridSearchCV(FakeEstimator(), GRID, cv=2, refit=lambda results: 0)
    report = nested_scores(search, *rows, cv=2)
    assert report["best_inner_score"].isna().all()
    assert report["param_slope"].tolist() == [0.0, 0.0]


def test_weights_reach_the_search(rows):
    class Checked(FakeEstimator):
        def fit(self, X, y, sample_weight=None):
            assert len(sample_weight) == len(X)
            return super().fit(X, y, sample_weight)

    search = GridSearchCV(Checked(), GRID, cv=2, error_score="raise")
    assert len(nested_scores(search, *rows, cv=4, params={"sample_weight": np.ones(60)})) == 4


def test_an_outer_splitter_may_be_anything(rows):
    search = GridSearchCV(FakeEstimator(), GRID, cv=2)
    splits = GroupKFold(3).split(*rows, groups=np.arange(60) % 6)
    assert len(nested_scores(search, *rows, cv=splits)) == 3


def test_a_search_that_does_not_refit_is_refused(rows):
    with pytest.raises(ValueError, match="The 'refit' parameter of GridSearchCV must be on"):
        nested_scores(GridSearchCV(FakeEstimator(), GRID, refit=False), *rows)
