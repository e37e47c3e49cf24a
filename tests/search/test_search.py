"""The searchers, with an estimator that costs nothing."""

import math

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import FitFailedWarning, NotFittedError
from sklearn.linear_model import Ridge
from sklearn.model_selection import KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skhpt import GridSearchCV, RandomizedSearchCV
from skhpt.exceptions import UnknownParameterError
from skhpt.execution import JoblibExecutor
from skhpt.strategies import ExhaustiveStrategy
from tests.fakes import FIRST_ROW_MARK, FakeEstimator

GRID = {"slope": [0.0, 3.0, 5.0]}


def search(estimator=None, grid=GRID, **options):
    return GridSearchCV(FakeEstimator() if estimator is None else estimator, grid, **{"cv": 3} | options)


def test_the_best_candidate_is_refitted_on_all_rows(rows):
    fitted = search().fit(*rows)
    assert fitted.best_params_ == {"slope": 3.0}
    assert fitted.best_estimator_.n_rows_ == 60
    np.testing.assert_array_equal(fitted.predict(rows[0]), 3.0 * rows[0][:, 0])


def test_the_best_model_and_its_history_come_back(rows):
    fitted = search(make_pipeline(StandardScaler(), FakeEstimator()), {"fakeestimator__slope": [0.0, 3.0]}).fit(*rows)
    assert fitted.best_model_ == "model with slope 3.0"
    assert fitted.best_history_ == {"loss": [1.0, 0.5]}


@pytest.mark.parametrize("attribute", ["best_model_", "best_history_"])
def test_there_is_no_best_model_where_there_can_be_none(attribute, rows):
    for without in (search(), search(refit=False).fit(*rows), search(Ridge(), {"alpha": [1.0]}).fit(*rows)):
        assert not hasattr(without, attribute)


def test_the_reason_for_a_missing_model_is_told(rows):
    with pytest.raises(AttributeError, match="Ridge keeps no model_"):
        _ = search(Ridge(), {"alpha": [1.0]}).fit(*rows).best_model_


def test_every_epoch_of_every_trial_is_kept(rows):
    histories = search(grid={"epochs": [1, 4]}).fit(*rows).histories_
    assert isinstance(histories, pd.DataFrame)
    assert histories.groupby(["candidate", "fold"]).epoch.max().tolist() == [1, 1, 1, 4, 4, 4]
    assert set(histories.epoch_seconds) == {0.25}


def test_the_refit_has_a_seed_of_its_own_and_each_fold_another(rows):
    first, again, other = (search(random_state=state).fit(*rows).best_estimator_.random_state for state in (1, 1, 2))
    assert first == again != other


def test_a_random_state_of_the_estimator_is_never_replaced(rows):
    assert search(FakeEstimator(random_state=7)).fit(*rows).best_estimator_.random_state == 7


def test_all_candidates_meet_the_same_splits(rows):
    fitted = search(grid={"slope": [3.0, 3.0]}, cv=KFold(3, shuffle=True)).fit(*rows)
    for fold in range(3):
        first, second = fitted.cv_results_[f"split{fold}_test_score"]
        assert first == second


def test_a_failed_fit_costs_its_score_and_warns(rows):
    X, y = rows
    X[0, 0] = 2 * FIRST_ROW_MARK
    with pytest.warns(FitFailedWarning, match=r"(?s)1 fits failed out of a total of 6.*no luck on this fold"):
        fitted = search(grid={"fail_if": [None, "first_row_held_out"]}, error_score=-9.0).fit(X, y)
    assert fitted.cv_results_["split0_test_score"][1] == -9.0
    assert np.isfinite(fitted.cv_results_["mean_test_score"]).all()


def test_a_failed_fit_is_never_the_best_with_the_default_error_score(rows):
    with pytest.warns(Warning) as warned:  # noqa: PT030 - which ones, and how many, is checked below
        fitted = search(grid={"fail_if": ["always", None]}).fit(*rows)
    assert fitted.best_params_ == {"fail_if": None}
    assert math.isnan(fitted.cv_results_["mean_test_score"][0])
    assert [type(w.message) for w in warned] == [FitFailedWarning, UserWarning]


def test_if_all_fits_fail_the_search_raises_with_the_traceback(rows):
    with pytest.raises(ValueError, match=r"(?s)All the 3 fits failed.*no luck on this fold"):
        search(grid={"fail_if": ["always"]}).fit(*rows)


def test_error_score_raise_ends_the_search_with_that_error(rows):
    with pytest.raises(RuntimeError, match="no luck"):
        search(grid={"fail_if": ["always"]}, error_score="raise").fit(*rows)


def test_a_typo_is_refused_before_any_fit(rows):
    class Counting(FakeEstimator):
        fits = 0

        def fit(self, X, y):
            Counting.fits += 1
            return super().fit(X, y)

    with pytest.raises(UnknownParameterError, match="Did you mean 'slope'"):
        search(Counting(), [{"slope": [1.0]}, {"slop": [1.0]}]).fit(*rows)
    assert Counting.fits == 0


def test_a_callable_scoring_may_name_several_metrics(rows):
    def scoring(estimator, X, y):
        return {"error": float(np.abs(estimator.predict(X) - y).mean()), "rows": len(y)}

    with pytest.raises(ValueError, match="the parameter refit must be set to a scorer key"):
        search(scoring=scoring).fit(*rows)
    fitted = search(scoring=scoring, refit="error").fit(*rows)
    assert fitted.multimetric_
    assert fitted.best_params_["slope"] == 0.0  # the largest error: a score is the better the higher


def test_a_strategy_is_told_the_metric_that_decides(rows, monkeypatch):
    told = []
    tell = ExhaustiveStrategy.tell
    monkeypatch.setattr(
        ExhaustiveStrategy, "tell", lambda self, report: told.append(report.score) or tell(self, report)
    )
    search(scoring=lambda estimator, X, y: {"a": 1.0, "b": 2.0}, refit="b").fit(*rows)
    search(scoring=["r2", "neg_max_error"], refit=False).fit(*rows)
    assert told[:3] == [2.0] * 3
    assert np.isnan(told[3:]).all()


def test_a_callable_refit_selects(rows):
    fitted = search(refit=lambda results: int(np.argmin(results["mean_test_score"]))).fit(*rows)
    assert fitted.best_params_ == {"slope": 0.0}
    assert not hasattr(fitted, "best_score_")


def test_sample_weight_reaches_the_folds(rows):
    fitted = search(error_score="raise").fit(*rows, sample_weight=np.linspace(1, 2, 60))
    np.testing.assert_array_equal(fitted.best_estimator_.sample_weight_, np.linspace(1, 2, 60))


def test_nothing_is_printed_by_default(rows, capsys):
    search().fit(*rows)
    assert capsys.readouterr().out == ""


def test_strategy_and_executor_do_the_work(rows, monkeypatch):
    ran = []
    for cls, method in ((ExhaustiveStrategy, "ask"), (JoblibExecutor, "run")):
        original = getattr(cls, method)
        monkeypatch.setattr(cls, method, lambda *a, _f=original, _m=method, **k: ran.append(_m) or _f(*a, **k))
    search().fit(*rows)
    assert ran == ["ask", "run"]


def test_a_search_can_be_cloned_and_is_not_fitted_then(rows):
    copy = clone(search().fit(*rows))
    with pytest.raises(NotFittedError):
        copy.predict(rows[0])


@pytest.mark.parametrize(("parameter", "value"), [("n_iter", 0), ("random_state", "x"), ("error_score", "rise")])
def test_a_bad_parameter_is_refused_by_name(parameter, value, rows):
    with pytest.raises(ValueError, match=f"The '{parameter}' parameter of RandomizedSearchCV must be"):
        RandomizedSearchCV(FakeEstimator(), GRID, **{parameter: value}).fit(*rows)
