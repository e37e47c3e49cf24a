"""How the best candidate is chosen, by what it costs."""

import numpy as np
import pytest
from sklearn import model_selection
from sklearn.base import clone
from sklearn.linear_model import Ridge
from sklearn.tree import DecisionTreeRegressor

from skhpt import GridSearchCV, HalvingGridSearchCV, OneStandardError, RandomizedSearchCV, load_run
from tests.fakes import FakeEstimator

DEPTHS = {"max_depth": [8, 6, 4, 3, 1]}


class Sized(FakeEstimator):
    """Has a model that says how large it is: as many parameters as epochs."""

    def fit(self, X, y, sample_weight=None):
        super().fit(X, y, sample_weight)
        self.model_ = Model(self.epochs)
        return self


class Model:
    def __init__(self, size):
        self.size = size

    def count_params(self):
        return self.size


def search(searcher=GridSearchCV, **options):
    return searcher(DecisionTreeRegressor(random_state=0), DEPTHS, **{"cv": 5} | options)


def test_the_cheapest_of_the_good_ones_is_the_best_candidate(rows):
    grid = {"slope": [3.0, 2.99, 0.0]}  # of which the second is nearly right, and the third is not
    fitted = GridSearchCV(FakeEstimator(), grid, refit=OneStandardError("param_slope")).fit(*rows)
    assert (fitted.best_params_, fitted.best_index_) == ({"slope": 2.99}, 1)
    assert fitted.best_score_ == fitted.cv_results_["mean_test_score"][1]
    assert fitted.best_estimator_.slope == 2.99


def test_it_works_as_a_refit_of_scikit_learns_searches(rows):
    theirs, ours = (
        module.GridSearchCV(DecisionTreeRegressor(random_state=0), DEPTHS, refit=OneStandardError("param_max_depth"))
        for module in (model_selection, __import__("skhpt"))
    )
    assert theirs.fit(*rows).best_params_ == ours.fit(*rows).best_params_


def test_the_short_form_chooses_the_smallest_model(rows):
    grid = {"epochs": [9, 5, 7], "slope": [3.0, 0.0]}
    fitted = GridSearchCV(Sized(), grid, refit="one-standard-error").fit(*rows)
    assert fitted.best_params_ == {"epochs": 5, "slope": 3.0}
    assert fitted.cv_results_["n_parameters"].tolist() == [9, 9, 5, 5, 7, 7]


def test_numbers_of_parameters_are_not_shown_unless_asked_for(rows):
    assert "n_parameters" not in GridSearchCV(Sized(), {"epochs": [2]}).fit(*rows).cv_results_


@pytest.mark.parametrize("refit", ["one-standard-error", OneStandardError()])
def test_a_run_says_the_same(rows, tmp_path, refit):
    grid = {"epochs": [9, 5, 7]}
    fitted = GridSearchCV(Sized(), grid, refit=refit, runs_dir=tmp_path / "runs").fit(*rows)
    run = load_run(fitted.run_.path)
    assert run.best_params_ == fitted.best_params_ == {"epochs": 5}
    assert run.cv_results_["n_parameters"].tolist() == [9, 5, 7]


def test_a_finished_search_may_be_asked_for_another_choice(rows, tmp_path):
    options = {"runs_dir": tmp_path / "runs", "resume": True}
    assert GridSearchCV(Sized(), {"epochs": [9, 5]}, **options).fit(*rows).best_params_ == {"epochs": 9}
    again = GridSearchCV(Sized(), {"epochs": [9, 5]}, refit="one-standard-error", **options).fit(*rows)
    assert again.best_params_ == {"epochs": 5}
    assert len(list((tmp_path / "runs").iterdir())) == 1


def test_halving_chooses_in_its_last_rung(rows):
    rule = OneStandardError("param_max_depth")
    options = {"resource": "max_leaf_nodes", "min_resources": 2, "max_resources": 18}
    fitted = search(HalvingGridSearchCV, refit=rule, **options).fit(*rows)
    last = np.flatnonzero(fitted.cv_results_["iter"] == fitted.n_iterations_ - 1)
    assert fitted.best_index_ == rule.best_index(fitted.cv_results_, last)
    assert fitted.best_score_ == fitted.cv_results_["mean_test_score"][fitted.best_index_]


def test_one_of_several_metrics_decides(rows):
    options = {"scoring": ["r2", "neg_max_error"], "refit": OneStandardError("param_max_depth", metric="r2")}
    fitted = search(**options).fit(*rows)
    assert fitted.best_score_ == fitted.cv_results_["mean_test_r2"][fitted.best_index_]


@pytest.mark.parametrize("refit", ["one-standard-error", OneStandardError("param_depth"), OneStandardError("n_params")])
def test_a_cost_that_will_not_be_there_is_refused_before_any_fit(rows, refit):
    class Counting(Ridge):
        fits = 0

        def fit(self, X, y):
            Counting.fits += 1
            return super().fit(X, y)

    with pytest.raises(ValueError, match=r"The 'cost' parameter of OneStandardError .* 'param_alpha'"):
        GridSearchCV(Counting(), {"alpha": [1.0, 2.0]}, refit=refit).fit(*rows)
    assert Counting.fits == 0


MULTI = {"scoring": ["r2", "neg_max_error"]}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"refit": OneStandardError("n_resources")}, r"'cost' .* column of cv_results_. Got 'n_resources'"),
        ({"refit": OneStandardError("mean_tine")}, r"'cost' .* column of cv_results_. Got 'mean_tine'"),
        ({"refit": OneStandardError("param_fail_if")}, r"'cost' .* must lead to numbers. Got 'param_fail_if'"),
        ({"refit": OneStandardError("param_slope", "r2")}, r"'metric' .* must be one of \['score'\]. Got 'r2'"),
        ({"refit": OneStandardError("param_slope", "r2"), "scoring": "r2"}, r"must be one of \['score'\]. Got 'r2'"),
        ({"refit": OneStandardError("param_slope", "r3"), **MULTI}, r"one of \['r2', 'neg_max_error'\]. Got 'r3'"),
        ({"refit": OneStandardError("param_slope"), **MULTI}, r"one of \['r2', 'neg_max_error'\]. Got None"),
        ({"refit": "one_standard_error"}, "Did you mean 'one-standard-error'"),
        ({"refit": "one-standard-eror"}, "Did you mean 'one-standard-error'"),
    ],
)
def test_a_rule_that_can_not_choose_is_refused_before_any_fit(rows, options, said):
    grid = {"slope": [1.0], "fail_if": ["always"]}
    with pytest.raises(ValueError, match=said):
        GridSearchCV(FakeEstimator(), grid, error_score="raise", **options).fit(*rows)


@pytest.mark.parametrize("refit", ["neg_mean_squared_error", "score"])
def test_with_one_metric_any_other_text_is_a_refit_as_for_scikit_learn(rows, refit):
    assert search(refit=refit).fit(*rows).best_params_ == search().fit(*rows).best_params_


def test_what_a_function_as_scoring_returns_may_decide(rows):
    def scoring(estimator, X, y):
        return {"r2": estimator.score(X, y), "flat": 1.0}

    rule = OneStandardError("param_max_depth", metric="r2")
    assert search(scoring=scoring, refit=rule).fit(*rows).best_score_ > 0
    with pytest.raises(ValueError, match=r"must be one of \['r2', 'flat'\]. Got 'r3'"):
        search(scoring=scoring, refit=OneStandardError("param_max_depth", metric="r3")).fit(*rows)


def test_the_budget_of_a_halving_may_be_the_cost(rows):
    assert search(HalvingGridSearchCV, refit=OneStandardError("n_resources"), cv=2).fit(*rows).best_params_


def test_it_outlasts_a_clone(rows):
    copy = clone(RandomizedSearchCV(Ridge(), {"alpha": [1.0]}, refit=OneStandardError("param_alpha"), n_iter=1))
    assert (copy.refit.cost, copy.refit.metric) == ("param_alpha", None)


def test_spreads_of_repeats_are_in_the_table(rows):
    results = GridSearchCV(FakeEstimator(), {"slope": [3.0]}, cv=3, repeats=2).fit(*rows).cv_results_
    assert results["std_repeats_test_score"].tolist() == [0.0]  # no seed changes what it predicts
    np.testing.assert_allclose(results["std_folds_test_score"], results["std_test_score"])
