"""What `resume` takes for the same search: values count as they are, and not as Python compares them."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import rv_continuous, rv_histogram

from skhpt import (
    BayesianSearchCV,
    GridSearchCV,
    HalvingGridSearchCV,
    HalvingRandomSearchCV,
    HyperbandSearchCV,
    RandomizedSearchCV,
)
from skhpt.exceptions import DifferentSearchError
from tests.search.fakes import Spelt
from tests.search.runs import runs_in

LOOK_ALIKES = [
    (1, 1.0),
    (True, 1),
    (0.0, -0.0),
    ((1,), {"tuple": [1]}),
    ({"function": "numpy.log"}, np.log),
    ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
    ([1, [2]], [1, [2.0]]),
    (np.datetime64(1, "ns"), 1),
    (np.ma.array([1, 2], mask=[0, 1]), np.ma.array([1, 2], mask=[1, 0])),
]
"""Values that mean different things, though they are equal in Python or were written alike."""

SEARCHERS = {
    "grid": lambda values, **options: GridSearchCV(Spelt(), {"value": values}, **options),
    "random": lambda values, **options: RandomizedSearchCV(
        Spelt(), {"value": values}, n_iter=len(values), random_state=0, **options
    ),
    "halving": lambda values, **options: HalvingGridSearchCV(
        Spelt(), {"value": values}, resource="steps", max_resources=3, random_state=0, **options
    ),
    "random halving": lambda values, **options: HalvingRandomSearchCV(
        Spelt(), {"value": values}, n_candidates=1, resource="steps", max_resources=3, random_state=0, **options
    ),
    "Hyperband": lambda values, **options: HyperbandSearchCV(
        Spelt(), {"value": values}, resource="steps", max_resources=3, random_state=0, **options
    ),
    "Bayesian": lambda values, **options: BayesianSearchCV(
        Spelt(), {"value": values}, n_iter=len(values), random_state=0, **options
    ),
}  # fmt: skip


def options_for(tmp_path):
    return {"cv": 2, "runs_dir": tmp_path / "runs", "resume": True}


def fit_next(search, *rows):
    """Fits where another run is there already, which is said."""
    with pytest.warns(UserWarning, match="begins a new run"):
        return search.fit(*rows)


@pytest.mark.filterwarnings("ignore:The total space of parameters")
@pytest.mark.parametrize("kind", SEARCHERS)
@pytest.mark.parametrize(("one", "other"), LOOK_ALIKES, ids=repr)
def test_a_search_over_values_that_look_alike_is_another_one(rows, tmp_path, kind, one, other):
    make, options = SEARCHERS[kind], options_for(tmp_path)
    make([one], **options).fit(*rows)
    search = fit_next(make([other], **options), *rows)
    assert len(runs_in(tmp_path)) == 2
    assert search.best_score_ == Spelt(other).score(None)
    assert repr(search.best_params_["value"]) == repr(other)
    make([one], **options).fit(*rows)
    assert len(runs_in(tmp_path)) == 2, "each is found again"


@pytest.mark.parametrize(("one", "other"), LOOK_ALIKES, ids=repr)
def test_an_estimator_whose_values_look_alike_is_another_one(rows, tmp_path, one, other):
    options = options_for(tmp_path)
    GridSearchCV(Spelt(one), {"steps": [1]}, **options).fit(*rows)
    search = fit_next(GridSearchCV(Spelt(other), {"steps": [1]}, **options), *rows)
    assert search.best_score_ == Spelt(other).score(None)
    with pytest.raises(DifferentSearchError, match="estimator"):
        GridSearchCV(Spelt(one), {"steps": [1]}, **options | {"resume": search.run_.id}).fit(*rows)


def test_workers_make_no_difference_to_that(rows, tmp_path):
    options = options_for(tmp_path)
    GridSearchCV(Spelt(), {"value": [1, 2]}, **options, n_jobs=2).fit(*rows)
    search = fit_next(GridSearchCV(Spelt(), {"value": [1.0, 2.0]}, **options, n_jobs=2), *rows)
    assert search.cv_results_["mean_test_score"].tolist() == [Spelt(value).score(None) for value in (1.0, 2.0)]


def test_the_types_that_differ_are_said(rows, tmp_path):
    options = options_for(tmp_path)
    GridSearchCV(Spelt(), {"value": [1]}, **options).fit(*rows)
    with pytest.warns(UserWarning, match=r"param_grid\.value is \[1\] there and \[1\.0\] here"):
        GridSearchCV(Spelt(), {"value": [1.0]}, **options).fit(*rows)


def test_the_order_of_names_in_a_grid_is_none_of_its_candidates(rows, tmp_path):
    options = options_for(tmp_path)
    search = GridSearchCV(Spelt(), {"value": [1, 2], "steps": [1, 2]}, **options).fit(*rows)
    again = GridSearchCV(Spelt(), {"steps": [1, 2], "value": [1, 2]}, **options).fit(*rows)
    assert len(runs_in(tmp_path)) == 1
    assert again.cv_results_["params"] == search.cv_results_["params"]


def test_the_order_of_values_in_a_grid_is_that_of_its_candidates(rows, tmp_path):
    options = options_for(tmp_path)
    GridSearchCV(Spelt(), {"value": [1, 2]}, **options).fit(*rows)
    search = fit_next(GridSearchCV(Spelt(), {"value": [2, 1]}, **options), *rows)
    assert [params["value"] for params in search.cv_results_["params"]] == [2, 1]


def test_a_sampler_that_learns_draws_in_the_order_of_names(rows, tmp_path):
    options = options_for(tmp_path) | {"n_iter": 3, "random_state": 0}
    spaces = [{"value": [1, 2, 3], "steps": [4, 5, 6]}, {"steps": [4, 5, 6], "value": [1, 2, 3]}]
    BayesianSearchCV(Spelt(), spaces[0], **options).fit(*rows)
    search = BayesianSearchCV(Spelt(), spaces[1], **options)
    with pytest.warns(UserWarning, match="param_space is in the order value, steps there and in the order steps, "):
        search.fit(*rows)
    fresh = BayesianSearchCV(Spelt(), spaces[1], **options | {"runs_dir": None, "resume": False}).fit(*rows)
    assert search.cv_results_["params"] == fresh.cv_results_["params"]


class Weighted(Spelt):
    """Has a parameter whose dict is only looked up by its keys."""

    def __init__(self, class_weight=None, value=1):
        super().__init__(value)
        self.class_weight = class_weight


@pytest.mark.parametrize("weights", [{"a": 1.0, "b": 2.0}, {0: 1.0, 1: 2.0}, [{"a": 1.0, "b": 2.0}]], ids=repr)
def test_the_order_of_weights_of_classes_means_nothing(rows, tmp_path, weights):
    def reversed_(weights):
        if isinstance(weights, list):
            return list(map(reversed_, weights))
        return dict(reversed(weights.items()))

    for place, make in {
        "estimator": lambda given: (Weighted(given), {"value": [1]}),
        "grid": lambda given: (Weighted(), {"class_weight": [given]}),
    }.items():
        for given in (weights, reversed_(weights)):
            GridSearchCV(*make(given), **options_for(tmp_path / place)).fit(*rows)
        assert len(runs_in(tmp_path / place)) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (pd.Categorical(["a", "b"] * 30), pd.Categorical(["a", "b"] * 30, categories=["b", "a"])),
        (pd.Categorical(["a", "b"] * 30), pd.Categorical(["a", "b"] * 30, categories=["a", "b", "c"])),
        (pd.Categorical(["a", "b"] * 30), pd.Categorical(["a", "b"] * 30, ordered=True)),
        (pd.array([1, "a"] * 30, dtype=object), pd.array(["1", "a"] * 30, dtype=object)),
    ],
    ids=["order", "more", "ordered", "objects"],
)
def test_data_with_other_categories_are_other_data(rows, tmp_path, one, other):
    options = options_for(tmp_path)
    GridSearchCV(Spelt(), {"value": [1]}, **options).fit(pd.DataFrame({"a": one}), rows[1])
    with pytest.warns(UserWarning, match="the contents of X differ"):
        GridSearchCV(Spelt(), {"value": [1]}, **options).fit(pd.DataFrame({"a": other}), rows[1])


class Constant(rv_continuous):
    """Draws what it was made with."""

    def __init__(self, value=1.0, **settings):
        self.value = value
        super().__init__(**settings)

    def _rvs(self, *args, size=None, random_state=None):
        return np.full(size or (), self.value)

    def _updated_ctor_param(self):
        return super()._updated_ctor_param() | {"value": self.value}


FROZEN = {
    "histogram": lambda value: rv_histogram(([value, 2.0], [0, 1, 2]), density=False)(),
    "edges": lambda value: rv_histogram(([1.0, 2.0], [0, 1, 1 + value]), density=False)(),
    "of one's own": lambda value: Constant(value)(),
}


@pytest.mark.parametrize("kind", FROZEN)
def test_what_a_frozen_distribution_is_made_of_is_part_of_the_search(rows, tmp_path, kind):
    def make(value):
        options = options_for(tmp_path) | {"n_iter": 2, "random_state": 0}
        return RandomizedSearchCV(Spelt(), {"value": FROZEN[kind](value)}, **options)

    first = make(1.0).fit(*rows)
    other = fit_next(make(50.0), *rows)
    assert first.cv_results_["params"] != other.cv_results_["params"]
    assert make(1.0).fit(*rows).run_.id == first.run_.id


class Weighing(Spelt):
    """Scores by what its class holds."""

    weight = 1.0

    def score(self, X, y=None):
        return self.weight


def test_an_estimator_whose_class_holds_something_else_is_another_one(rows, tmp_path, monkeypatch):
    options = options_for(tmp_path)
    GridSearchCV(Weighing(), {"steps": [1]}, **options).fit(*rows)
    monkeypatch.setattr(Weighing, "weight", 2.0)
    assert fit_next(GridSearchCV(Weighing(), {"steps": [1]}, **options), *rows).best_score_ == 2.0
    monkeypatch.undo()
    assert GridSearchCV(Weighing(), {"steps": [1]}, **options).fit(*rows).best_score_ == 1.0
    assert len(runs_in(tmp_path)) == 2
