"""Who is given a view of the rows in the place of an array."""

import math

import numpy as np
import pytest
from sklearn.metrics import check_scoring

from skhpt._compat.sklearn import MultimetricScorer
from skhpt.evaluation import AllRows, FitTask, Fold, TrialSetup
from skhpt.trials import RowView, SearchSeeds, _row_view
from tests.fakes import FakeEstimator


class Viewing(FakeEstimator):
    _takes_row_views = True


class OfAUser(Viewing):
    pass


@pytest.fixture(autouse=True)
def _small_is_large(monkeypatch):
    monkeypatch.setattr(_row_view, "LARGE", 1)


@pytest.fixture
def fold(rows):
    def fold(*, estimator=None, scoring="r2", train=None, cls=Fold, **changed):
        X, y = rows
        estimator = Viewing() if estimator is None else estimator
        scorer = check_scoring(estimator, scoring) if scoring is None or isinstance(scoring, str) else scoring
        given = {"X": X, "y": y, "error_score": math.nan, "return_train_score": True} | changed
        splits = [(np.arange(30) if train is None else train, np.arange(30, 60))]
        setup = TrialSetup(
            estimator=estimator, scorer=scorer, splits=splits, seeds=SearchSeeds(0), fit_params={}, score_params={},
            **given,
        )  # fmt: skip
        return cls(setup) if cls is AllRows else cls(setup, 0)

    return fold


def is_viewed(part):
    return isinstance(part[0], RowView)


def test_an_estimator_that_says_so_is_given_views_and_no_copies(fold, rows):
    (X_train, y_train), (X_test, _) = fold().train, fold().test
    assert X_train.base is X_test.base is rows[0]
    np.testing.assert_array_equal(X_train, rows[0][:30])
    np.testing.assert_array_equal(X_test, rows[0][30:])
    np.testing.assert_array_equal(y_train, rows[1][:30])


@pytest.mark.parametrize("estimator", [FakeEstimator(), OfAUser()])
def test_other_estimators_and_subclasses_of_users_get_arrays(fold, estimator):
    assert not is_viewed(fold(estimator=estimator).train)


@pytest.mark.parametrize("train", [list(range(30)), np.arange(60) < 30, np.arange(-30, 0)])
def test_rows_that_are_not_numbered_from_0_in_an_array_are_copied(fold, rows, train):
    assert not is_viewed(fold(train=train).train)


def test_small_data_are_copied(fold, monkeypatch):
    monkeypatch.setattr(_row_view, "LARGE", 10**9)
    assert not is_viewed(fold().train)


def by_hand(estimator, X, y):
    return 0.0


@pytest.mark.parametrize("scoring", [by_hand, MultimetricScorer(scorers={"own": by_hand})])
def test_a_scorer_of_the_users_own_gets_arrays(fold, scoring):
    assert not is_viewed(fold(scoring=scoring).test)
    assert not is_viewed(fold(scoring=scoring).train)
    assert is_viewed(fold(scoring=scoring, return_train_score=False).train)


@pytest.mark.parametrize("scoring", ["r2", None])
def test_a_scorer_of_scikit_learns_only_hands_views_to_the_estimator(fold, scoring):
    assert is_viewed(fold(scoring=scoring).test)


def test_the_refit_is_given_a_view_of_all_rows(fold, rows):
    X, y = fold(cls=AllRows).train
    assert X.is_whole
    assert X.base is rows[0]
    assert y is rows[1]


def test_callbacks_of_scikit_learn_are_told_of_arrays(fold):
    told = []

    class Context:
        def call_on_fit_task_end(self, *, X, **others):
            told.append(X())  # scikit-learn calls what is callable, for callbacks that ask for it

    fold = fold()
    FitTask(Context()).end(*fold.train, {})
    assert type(told[0]) is np.ndarray
    np.testing.assert_array_equal(told[0], fold.train[0])
