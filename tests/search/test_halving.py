"""The halving searchers, with an estimator that costs nothing."""

import numpy as np
import pytest
from scipy.stats import uniform
from sklearn.base import clone

from skhpt import HalvingGridSearchCV, HalvingRandomSearchCV, OneStandardError
from skhpt.exceptions import UnknownParameterError
from skhpt.execution import JoblibExecutor
from skhpt.strategies import HalvingStrategy
from tests.fakes import FakeEstimator

GRID = {"slope": [0.0, 1.0, 2.0, 2.5, 3.0, 3.5, 4.0, 5.0, 6.0]}


def search(estimator=None, grid=GRID, **options):
    options = {"cv": 3, "random_state": 0} | options
    return HalvingGridSearchCV(FakeEstimator() if estimator is None else estimator, grid, **options)


def test_the_best_of_the_last_rung_is_refitted_on_all_rows(rows):
    fitted = search().fit(*rows)
    assert fitted.best_params_ == {"slope": 3.0}
    assert fitted.cv_results_["iter"][fitted.best_index_] == fitted.n_iterations_ - 1
    assert fitted.best_estimator_.n_rows_ == 60


class BetterWhenShort(FakeEstimator):
    """Scores less, the longer it trains."""

    def score(self, X, y):
        return super().score(X, y) - self.epochs


@pytest.mark.parametrize("refit", [True, False, OneStandardError("param_epochs")])
def test_only_candidates_of_the_last_rung_win(rows, refit):
    options = {"resource": "epochs", "min_resources": 1, "max_resources": 9, "refit": refit}
    fitted = search(BetterWhenShort(), **options).fit(*rows)
    scores, amounts = fitted.cv_results_["mean_test_score"], fitted.cv_results_["n_resources"]
    assert fitted.best_params_ == {"slope": 3.0, "epochs": 9}
    assert fitted.best_score_ == scores[amounts == 9].max() < scores[amounts < 9].min()


def test_each_rung_gets_a_larger_part_of_each_fold(rows):
    class Counting(FakeEstimator):
        def score(self, X, y):
            return float(len(y))

    fitted = search(Counting(), min_resources=6, factor=3).fit(*rows)
    assert fitted.n_resources_ == [6, 18, 54]
    assert [fitted.cv_results_["mean_test_score"][fitted.cv_results_["iter"] == rung][0] for rung in range(3)] == [
        2, 6, 18,
    ]  # fmt: skip


def test_a_parameter_as_the_resource_is_set_to_each_budget(rows):
    fitted = search(resource="epochs", max_resources=9).fit(*rows)
    assert fitted.best_params_ == {"slope": 3.0, "epochs": 9}
    assert fitted.cv_results_["param_epochs"].tolist() == fitted.cv_results_["n_resources"].tolist()
    assert len(fitted.best_history_["loss"]) == 9


def test_histories_tell_the_rungs_of_a_candidate_apart(rows):
    histories = search(resource="epochs", max_resources=9).fit(*rows).histories_
    best = histories[(histories.candidate == 4) & (histories.fold == 0)]
    assert best.groupby("iter").epoch.max().to_dict() == {0: 1, 1: 3, 2: 9}
    assert set(histories[histories["iter"] == 2].candidate) == {4}


def test_random_candidates_exhaust_the_samples(rows):
    fitted = HalvingRandomSearchCV(FakeEstimator(), {"slope": uniform(0, 6)}, cv=3, random_state=0).fit(*rows)
    assert fitted.n_candidates_[0] == 60 // fitted.min_resources_ == 10
    assert fitted.n_candidates_ == [10, 4, 2]


def test_strategy_and_executor_do_the_work(rows, monkeypatch):
    ran = []
    for cls, method in ((HalvingStrategy, "ask"), (JoblibExecutor, "run")):
        original = getattr(cls, method)
        monkeypatch.setattr(cls, method, lambda *a, _f=original, _m=method, **k: ran.append(_m) or _f(*a, **k))
    search().fit(*rows)
    assert ran == ["ask", "run"] * 3


def test_seeds_of_trials_take_nothing_from_the_stream_that_draws_samples(rows):
    """An unseeded wrapper does not change which samples are drawn."""
    unseeded, seeded = (
        search(estimator, random_state=np.random.RandomState(0)).fit(*rows).cv_results_["mean_test_score"]
        for estimator in (FakeEstimator(), FakeEstimator(random_state=5))
    )
    np.testing.assert_array_equal(unseeded, seeded)


def test_a_typo_is_refused_before_any_fit(rows):
    with pytest.raises(UnknownParameterError, match="Did you mean 'slope'"):
        search(FakeEstimator(fail_if="always"), {"slop": [1.0, 2.0, 3.0]}, error_score="raise").fit(*rows)


def test_several_metrics_are_refused(rows):
    def scoring(estimator, X, y):
        return {"a": 1.0, "b": 2.0}

    with pytest.raises(ValueError, match=r"The 'scoring' parameter of HalvingGridSearchCV must return one score"):
        search(scoring=scoring).fit(*rows)


def test_no_folds_are_an_error(rows):
    with pytest.raises(ValueError, match="No fits were performed"):
        search(cv=[], min_resources=6).fit(*rows)


def test_a_factor_that_leaves_no_rung_is_an_error(rows):
    with pytest.raises(ValueError, match="No fits were performed"):
        search(factor=0.5, min_resources=6).fit(*rows)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
@pytest.mark.filterwarnings("ignore:One or more of the:UserWarning")
def test_a_candidate_whose_fits_fail_may_fill_a_rung_and_never_wins(rows):
    grid = {"fail_if": ["always", None, "always", "always"]}
    fitted = search(grid=grid, factor=2, resource="epochs", max_resources=2, min_resources=1).fit(*rows)
    assert fitted.best_params_ == {"fail_if": None, "epochs": 2}
    assert np.isnan(fitted.cv_results_["mean_test_score"]).tolist() == [True, False, True, True, True, False]


def test_a_search_can_be_cloned(rows):
    assert clone(search(factor=2).fit(*rows)).get_params()["factor"] == 2
