"""Searchers over `Int`, `Float`, `Choice` and TensorBoard's domains, with an estimator that costs nothing."""

import math

import numpy as np
import pytest
from scipy.stats import uniform
from sklearn.base import clone

import skhpt
from skhpt import Choice, Float, GridSearchCV, Int, RandomizedSearchCV, SearchSpace
from skhpt.exceptions import UnknownParameterError
from skhpt.search._spaces import names_of
from skhpt.store import users_definitions
from tests.fakes import FakeEstimator
from tests.space.hparams import Discrete, HParam, IntInterval, RealInterval

GRIDS = ["GridSearchCV", "HalvingGridSearchCV"]
RANDOM = ["RandomizedSearchCV", "HalvingRandomSearchCV"]
FINITE = {"slope": Float(0, 3, step=1), "epochs": Int(1, 2), "loss": Discrete([0.5, 0.1]), "fail_if": Choice([None])}


def search(name, space, estimator=None, **options):
    return getattr(skhpt, name)(FakeEstimator() if estimator is None else estimator, space, **{"cv": 3} | options)


def settings(fitted):
    return [
        params
        for params, rung in zip(
            fitted.cv_results_["params"], fitted.cv_results_.get("iter", np.zeros(99)), strict=False
        )
        if rung == 0
    ]


class Never(FakeEstimator):
    """Is not to be fitted."""

    def fit(self, X, y):
        raise AssertionError("refused before any fit")


@pytest.mark.parametrize("name", GRIDS)
def test_a_grid_of_dimensions_is_the_grid_of_their_values(name, rows):
    """In scikit-learn's order: of the names in turn, the last one fastest."""
    fitted = search(name, FINITE).fit(*rows)
    assert settings(fitted) == [
        {"slope": slope, "epochs": epochs, "loss": loss, "fail_if": None}
        for epochs in (1, 2)
        for loss in (0.1, 0.5)
        for slope in (0.0, 1.0, 2.0, 3.0)
    ]
    assert fitted.best_params_["slope"] == 3.0


def keyed(hparams):
    return {hparam: hparam.domain for hparam in hparams}


@pytest.mark.parametrize("name", GRIDS + RANDOM)
@pytest.mark.parametrize("as_space", [list, SearchSpace, keyed])
def test_every_searcher_takes_hparams_and_search_spaces(name, as_space, rows, tmp_path):
    space = as_space([HParam("slope", Discrete([1.0, 3.0])), HParam("epochs", IntInterval(1, 3))])
    options = {"random_state": 0} if name != "GridSearchCV" else {}
    options |= {"runs_dir": tmp_path}
    options |= {"n_iter": 6} if name == "RandomizedSearchCV" else {}
    options |= {"n_candidates": 6} if name == "HalvingRandomSearchCV" else {}
    fitted = clone(search(name, space, **options)).fit(*rows)
    drawn = {(params["slope"], params["epochs"]) for params in settings(fitted)}
    assert drawn == {(slope, epochs) for slope in (1.0, 3.0) for epochs in (1, 2, 3)}


@pytest.mark.parametrize("name", GRIDS)
@pytest.mark.parametrize("values", [Float(0, 1), RealInterval(0.0, 1.0)])
def test_an_infinite_grid_is_refused_before_any_fit_with_what_to_do(name, values, rows):
    message = (
        rf"The 'param_grid' parameter of {name} must be finite, but 'slope' is Float\(0.0, 1.0\), which has infinitely "
        "many values. Give it a step or a list of values, or draw candidates at random, as RandomizedSearchCV"
    )
    with pytest.raises(ValueError, match=message):
        search(name, {"slope": values, "epochs": [1, 2]}, Never()).fit(*rows)


@pytest.mark.parametrize("name", GRIDS)
def test_a_distribution_next_to_a_dimension_in_a_grid_is_refused_too(name, rows):
    with pytest.raises(ValueError, match="'slope' is a rv_continuous_frozen, which has infinitely many values"):
        search(name, {"slope": uniform(0, 1), "epochs": Int(1, 2)}, Never()).fit(*rows)


@pytest.mark.parametrize("name", RANDOM)
def test_candidates_of_an_infinite_space_are_within_its_bounds(name, rows):
    space = {"slope": Float(0.1, 10, log=True), "epochs": Int(1, 3), "loss": uniform(0, 1)}
    fitted = search(name, space, random_state=0).fit(*rows)
    assert len(settings(fitted)) == 10  # both searchers', of 60 rows
    for params in settings(fitted):
        assert 0.1 <= params["slope"] <= 10
        assert params["epochs"] in (1, 2, 3)
        assert type(params["epochs"]) is int
        assert type(params["slope"]) is float


def test_halving_looks_at_the_candidates_that_it_then_tries(rows):
    """Candidates are iterated over twice, and a random state draws others the second time."""
    space = {"slope": Int(0, 1000, step=1), "loss": Choice([0.1, 0.2])}
    fitted = search("HalvingRandomSearchCV", space, random_state=np.random.RandomState(0)).fit(*rows)
    first, rest = settings(fitted), fitted.cv_results_["params"][10:]
    assert len({params["slope"] for params in first}) > 1
    assert all(params in first for params in rest)


@pytest.mark.parametrize(("n_iter", "n"), [(0.05, 3), (0.5, 21), (1.0, 42), (1, 1), (5, 5)])
def test_a_fraction_of_a_finite_space_is_drawn_without_duplicates(n_iter, n, rows):
    """21 slopes and 2 numbers of epochs: 0.05 of them are 2.1 candidates, rounded up."""
    space = {"slope": Float(0, 2, step=0.1), "epochs": [1, 2]}
    fitted = search("RandomizedSearchCV", space, n_iter=n_iter, random_state=0).fit(*rows)
    assert len(settings(fitted)) == len({tuple(params.values()) for params in settings(fitted)}) == n


def test_a_fraction_of_lists_is_what_scikit_learn_draws_by_number(rows):
    lists = {"slope": np.linspace(0, 4, 20).tolist(), "epochs": [1, 2]}
    part, number = (search("RandomizedSearchCV", lists, n_iter=n, random_state=3).fit(*rows) for n in (0.1, 4))
    assert settings(part) == settings(number)


@pytest.mark.parametrize("values", [Float(0, 1), uniform(0, 1)])
def test_a_fraction_of_an_infinite_space_is_refused(values, rows):
    message = (
        r"The 'n_iter' parameter of RandomizedSearchCV can be a fraction of a finite space only, but 'slope' is .*"
    )
    with pytest.raises(ValueError, match=message + r"Got 0.1. Say how many"):
        search("RandomizedSearchCV", {"slope": values}, Never(), n_iter=0.1).fit(*rows)


@pytest.mark.parametrize("n_iter", [0, -1, 0.0, 1.5, -0.5, math.nan, "half", None])
def test_other_numbers_of_candidates_are_refused(n_iter, rows):
    message = (
        r"The 'n_iter' parameter of RandomizedSearchCV must be an int in the range \[1, inf\) or a float in the range "
        r"\(0.0, 1.0\]. Got"
    )
    with pytest.raises(ValueError, match=message):
        search("RandomizedSearchCV", {"slope": Int(1, 3)}, Never(), n_iter=n_iter).fit(*rows)


@pytest.mark.parametrize("name", GRIDS + RANDOM)
def test_a_typo_is_refused_before_any_fit(name, rows):
    with pytest.raises(UnknownParameterError, match="Did you mean 'slope'"):
        search(name, {"slop": Int(1, 30)}, Never(), error_score="raise").fit(*rows)


@pytest.mark.parametrize("name", ["HalvingGridSearchCV", "HalvingRandomSearchCV"])
def test_the_resource_can_not_be_searched_by_a_dimension(name, rows):
    with pytest.raises(
        ValueError, match="Cannot use parameter epochs as the resource since it is part of the searched"
    ):
        search(name, [HParam("epochs", IntInterval(1, 9))], Never(), resource="epochs", max_resources=9).fit(*rows)


@pytest.mark.parametrize(
    ("space", "names"),
    [
        ({"a": Int(1, 2)}, {"a"}),
        ([{"a": [1]}, {"b": Int(1, 2)}], {"a", "b"}),
        ([HParam("a"), HParam("b")], {"a", "b"}),
        (SearchSpace([{"a": [1]}, {"b": [1]}]), {"a", "b"}),
    ],
)
def test_the_names_of_a_space_are_found_in_whatever_it_is(space, names):
    assert names_of(space) == names


def test_a_run_is_known_by_its_space(rows, tmp_path):
    def run(space):
        made = RandomizedSearchCV(
            FakeEstimator(random_state=0), space, n_iter=0.5, cv=3, random_state=0, runs_dir=tmp_path, resume=True
        )
        return made.fit(*rows).run_

    first = run({"slope": Int(1, 4)})
    assert run({"slope": Int(1, 4)}).id == first.id
    with pytest.warns(UserWarning, match=r"param_distributions\.slope is Int\(1, 4\) there and Int\(1, 5\) here"):
        assert run({"slope": Int(1, 5)}).id != first.id
    assert first.settings["n_iter"] == 0.5


def test_a_run_that_differs_says_so_in_the_users_words(rows, tmp_path):
    first = GridSearchCV(FakeEstimator(random_state=0), {"slope": Int(1, 4)}, cv=3, runs_dir=tmp_path).fit(*rows)
    other = GridSearchCV(
        FakeEstimator(random_state=0), {"slope": Int(1, 5)}, cv=3, runs_dir=tmp_path, resume=first.run_.id
    )
    with pytest.raises(skhpt.exceptions.DifferentSearchError, match=r"slope is Int\(1, 4\) there and Int\(1, 5\) here"):
        other.fit(*rows)


def test_functions_among_the_options_of_a_choice_are_part_of_the_code_of_a_run():
    assert Never in set(users_definitions({"a": Choice([Never])}))
    assert Never in set(users_definitions(SearchSpace({"a": [Never]})))
