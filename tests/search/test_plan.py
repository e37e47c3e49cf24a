"""What `plan` counts is what `fit` does."""

import numpy as np
import pytest
from scipy.stats import uniform
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GroupKFold, KFold, LeaveOneOut
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import skhpt
from skhpt import (
    BayesianSearchCV,
    Float,
    GridSearchCV,
    HalvingGridSearchCV,
    HalvingRandomSearchCV,
    HyperbandSearchCV,
    Int,
    OneStandardError,
    RandomizedSearchCV,
)
from skhpt.exceptions import UnknownParameterError
from skhpt.search._plan import SearchPlan
from skhpt.search._planning import _epochs_of_rungs
from skhpt.trials import Budget, Round
from tests.fakes import FakeEstimator


class Builder:
    """Of the parameters of a wrapper: whether its builder sees one of them."""

    def __init__(self, seen):
        self._seen = seen

    def builder_sees(self, name):
        return name in self._seen


class Network(FakeEstimator):
    """Looks like a Keras wrapper of skhpt's, and is not to be fitted."""

    def __init__(self, slope=3.0, epochs=9, seen=(), random_state=None, verbose=0):
        super().__init__(slope=slope, epochs=epochs, random_state=random_state, verbose=verbose)
        self.seen = seen

    def _parameters(self):
        return Builder(self.seen)

    def _continue_fit(self, X, y, *, epochs, close=True):
        raise AssertionError("a plan fits nothing")

    def fit(self, X, y):
        raise AssertionError("a plan fits nothing")

    fit.__module__ = "skhpt.estimators"


SLOPES = {"slope": Int(1, 9)}
SEARCHES = {
    "grid": (GridSearchCV, SLOPES, {}),
    "a list of dicts": (GridSearchCV, [{"slope": [1.0, 2.0]}, {"epochs": [1, 2, 3]}], {"repeats": 2}),
    "randomized": (RandomizedSearchCV, {"slope": uniform(0, 1)}, {"n_iter": 4, "random_state": 0}),
    "a fraction": (RandomizedSearchCV, SLOPES, {"n_iter": 0.5, "random_state": 0, "refit": False}),
    "halving on samples": (HalvingGridSearchCV, SLOPES, {"random_state": 0}),
    "halving on a parameter": (HalvingGridSearchCV, SLOPES, {"resource": "epochs", "max_resources": 9}),
    "random halving": (HalvingRandomSearchCV, {"slope": Float(0, 1)}, {"random_state": 0, "factor": 2}),
    "aggressive": (
        HalvingGridSearchCV,
        SLOPES,
        {"random_state": 0, "aggressive_elimination": True, "min_resources": 20, "max_resources": 40},
    ),
}


@pytest.mark.parametrize("case", SEARCHES.values(), ids=SEARCHES)
def test_fit_does_what_was_planned(case, rows):
    searcher, space, options = case

    class Counted(FakeEstimator):
        n_fits = 0

        def fit(self, X, y):
            type(self).n_fits += 1
            return super().fit(X, y)

    search = searcher(Counted(), space, cv=3, **options)
    plan = search.plan(*rows)
    assert Counted.n_fits == 0
    search.fit(*rows)
    assert plan.n_fits == Counted.n_fits - bool(search.refit)
    assert plan.refit == bool(search.refit)
    rungs = search.cv_results_.get("iter", np.zeros(len(search.cv_results_["params"]), int))
    assert [round_.n_candidates for round_ in plan.rounds] == np.bincount(rungs).tolist()
    assert plan.n_candidates == np.sum(rungs == 0)
    if "iter" in search.cv_results_:
        assert [round_.budget.amount for round_ in plan.rounds] == search.n_resources_
        assert plan.resource == search.resource_


def test_a_plan_leaves_the_search_as_it_was(rows):
    for searcher, space, options in SEARCHES.values():
        search = searcher(FakeEstimator(), space, **options)
        before = dict(vars(search))
        search.plan(*rows)
        assert vars(search) == before


@pytest.mark.parametrize("shared", [True, False], ids=["RandomState", "global"])
def test_a_plan_takes_no_random_numbers_from_a_later_fit(shared, rows):
    drawn = []
    for planned in (False, True):
        np.random.seed(5)
        state = np.random.RandomState(4) if shared else None
        search = HalvingRandomSearchCV(FakeEstimator(), {"slope": Float(0, 9)}, random_state=state, n_candidates=6)
        if planned:
            search.plan(*rows)
        drawn.append((search.fit(*rows).cv_results_["param_slope"].tolist(), np.random.random()))
    assert drawn[0] == drawn[1]


@pytest.mark.parametrize(
    ("estimator", "space", "epochs"),
    [
        (Network(), {"slope": [1, 2]}, 2 * 9),
        (Network(epochs=4), {"slope": [1, 2], "epochs": [1, 2, 3]}, 2 * (1 + 2 + 3)),
        (make_pipeline(StandardScaler(), Network()), {"network__epochs": Int(1, 4)}, 1 + 2 + 3 + 4),
        (make_pipeline(StandardScaler(), Network()), {"standardscaler": ["passthrough", None]}, 2 * 9),
        (make_pipeline(StandardScaler(), Network()), {"network": [Network(epochs=1), Network()]}, None),
        (FakeEstimator(), {"epochs": [1, 2]}, None),
        (LogisticRegression(), {"C": [1, 2]}, None),
    ],
)
def test_the_epochs_of_a_grid_are_those_of_its_candidates(estimator, space, epochs):
    plan = GridSearchCV(estimator, space, cv=3, repeats=2).plan()
    assert plan.epochs == (None if epochs is None else epochs * 6)


def test_trainings_that_go_on_pay_for_the_epochs_that_a_rung_adds():
    """9 candidates for 1 epoch, 3 of them for 2 more, 1 of these for 6 more; on 3 folds."""
    plan = HalvingGridSearchCV(Network(), SLOPES, resource="auto", cv=3).plan()
    assert [(round_.n_candidates, round_.budget.amount) for round_ in plan.rounds] == [(9, 1), (3, 3), (1, 9)]
    assert plan.epochs == (9 * 1 + 3 * 2 + 1 * 6) * 3


def test_trainings_that_start_over_pay_again():
    """A builder that sees `epochs` may make another model for each number of them."""
    plan = HalvingGridSearchCV(Network(seen=("epochs",)), SLOPES, resource="epochs", cv=3).plan()
    assert plan.epochs == (9 * 1 + 3 * 3 + 1 * 9) * 3


def test_on_samples_each_rung_trains_all_epochs(rows):
    search = HalvingGridSearchCV(Network(), SLOPES, cv=3, random_state=0)
    plan = search.plan(*rows)
    assert plan.epochs == 9 * plan.n_fits


def test_epochs_that_depend_on_who_survives_are_not_told(rows):
    plan = HalvingGridSearchCV(Network(), {"epochs": Int(1, 9)}, cv=3, random_state=0).plan(*rows)
    assert plan.epochs is None
    assert "Epochs: not known before" in str(plan)


@pytest.mark.parametrize(
    ("estimator", "engine", "n_programs"),
    [(Network(), "auto", None), (Network(), "per-trial", 0), (FakeEstimator(), "auto", 0)],
)
def test_programs_are_told_where_there_are_none(estimator, engine, n_programs):
    plan = GridSearchCV(estimator, SLOPES, engine=engine).plan()
    assert plan.n_programs == n_programs
    assert ("Programs: one for each architecture" in str(plan)) == (n_programs is None)


@pytest.mark.parametrize(("cv", "n_folds"), [(None, 5), (4, 4), (KFold(4), 4), ([([0], [1]), ([1], [0])], 2)])
def test_grid_and_randomized_search_need_no_data(cv, n_folds):
    assert GridSearchCV(FakeEstimator(), SLOPES, cv=cv).plan().n_fits == 9 * n_folds
    assert RandomizedSearchCV(FakeEstimator(), SLOPES, n_iter=2, cv=cv).plan().n_fits == 2 * n_folds


def test_splitters_get_what_they_count_folds_by(rows):
    X, y = rows
    groups = np.arange(len(X)) % 7
    assert GridSearchCV(FakeEstimator(), SLOPES, cv=LeaveOneOut()).plan(X).n_folds == len(X)
    assert GridSearchCV(FakeEstimator(), SLOPES, cv=GroupKFold(3)).plan(X, y, groups=groups).n_folds == 3


@pytest.mark.parametrize("name", ["HalvingGridSearchCV", "HalvingRandomSearchCV"])
def test_halving_on_samples_needs_data(name):
    with pytest.raises(ValueError, match=rf"{name}.plan needs X and y where budgets are samples"):
        getattr(skhpt, name)(FakeEstimator(), SLOPES).plan()


def test_splits_that_can_be_read_once_are_left_alone(rows):
    search = GridSearchCV(FakeEstimator(), SLOPES, cv=KFold(3).split(*rows))
    with pytest.raises(ValueError, match="The 'cv' parameter of GridSearchCV must not be an iterator for a plan"):
        search.plan(*rows)
    assert search.fit(*rows).n_splits_ == 3


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"param_grid": {"slop": [1]}}, UnknownParameterError, "Did you mean 'slope'"),
        ({"param_grid": {"slope": Float(0, 1)}}, ValueError, "must be finite"),
        ({"repeats": 0}, ValueError, "The 'repeats' parameter of GridSearchCV"),
        ({"record_validation": True}, ValueError, "record_validation needs a Keras wrapper"),
        ({"scoring": "r3"}, ValueError, "The 'scoring' parameter of GridSearchCV"),
        ({"refit": "one_standard_error"}, ValueError, "Did you mean 'one-standard-error'"),
        ({"refit": OneStandardError("param_slop")}, ValueError, "'cost' parameter .* Got 'param_slop'"),
        ({"refit": OneStandardError(metric="r3"), "scoring": ["r2"]}, ValueError, r"'metric' .* one of \['r2'\]"),
        ({"target_score": 1.0, "scoring": ["r2"], "refit": False}, ValueError, "'target_score' parameter"),
    ],
)
def test_a_plan_raises_what_fit_would(options, error, message, rows):
    search = GridSearchCV(FakeEstimator(), **{"param_grid": SLOPES} | options)
    for plan_or_fit in (search.plan, search.fit):
        with pytest.raises(error, match=message):
            plan_or_fit(*rows)


def test_each_name_is_checked_once_for_all_numbers(monkeypatch):
    """And for each text, since an optimizer's name decides what an optimizer has."""
    checked = []
    monkeypatch.setattr(Network, "_check_parameter_names", lambda self, params: checked.append(params), raising=False)
    GridSearchCV(Network(), {"slope": Float(0, 1, step=0.1), "seen": ["a", "b"]}).plan()
    assert [params["seen"] for params in checked] == ["a", "b"]


def test_a_typo_in_a_later_dict_is_found():
    with pytest.raises(UnknownParameterError, match="Did you mean 'epochs'"):
        GridSearchCV(Network(), [{"slope": [1, 2]}, {"slope": [1], "epoch": [1]}]).plan()


def test_a_factor_that_leaves_no_rung_is_a_plan_of_nothing(rows):
    assert HalvingGridSearchCV(FakeEstimator(), SLOPES, factor=0.5, min_resources=6).plan(*rows).n_fits == 0


def test_its_text_says_it_all():
    plan = SearchPlan("RandomizedSearchCV", (Round(1),), 3, 2, refit=False, epochs=1200, n_programs=0)
    assert str(plan) == "RandomizedSearchCV: 1 candidate, 6 fits (3 folds, 2 repeats each)\nEpochs: at most 1,200"


def test_brackets_side_by_side_are_counted_each():
    rounds = (Round(9, Budget(1)), Round(3, Budget(3, rung=1)), Round(3, Budget(3)))
    plan = SearchPlan("HyperbandSearchCV", rounds, 2, 1, refit=False, resource="epochs", epochs=48, n_programs=0)
    assert (plan.n_candidates, plan.n_fits) == (12, 30)


def test_hyperband_counts_what_each_bracket_adds():
    search = HyperbandSearchCV(Ridge(), {"alpha": uniform(0, 1)}, resource="max_iter", max_resources=9, cv=3)
    assert [(round_.n_candidates, round_.budget.amount) for round_ in search.plan().rounds] == [
        (9, 1), (3, 3), (3, 3), (1, 9), (1, 9), (3, 9),
    ]  # fmt: skip
    assert _epochs_of_rungs(search.plan().rounds, goes_on=True) == 9 + 3 * 2 + 1 * 6 + 3 * 3 + 1 * 6 + 3 * 9
    assert _epochs_of_rungs(search.plan().rounds, goes_on=False) == 9 + 3 * 3 + 9 + 3 * 3 + 9 + 3 * 9


def test_bayesian_search_counts_its_batches():
    search = BayesianSearchCV(Ridge(), {"alpha": [0.1, 1.0, 2.0]}, n_iter=3, n_initial=2, batch_size=1, cv=4)
    plan = search.plan()
    assert (plan.n_candidates, plan.n_fits) == (3, 12)


def test_the_rungs_of_hyperband_are_told_by_their_brackets():
    options = {"resource": "epochs", "max_resources": 3, "cv": 2}
    assert str(HyperbandSearchCV(FakeEstimator(), {"slope": uniform()}, **options).plan()).splitlines()[1:4] == [
        "bracket  rung  candidates  epochs  fits",
        "      1     0           3       1     6",
        "      1     1           1       3     2",
    ]
