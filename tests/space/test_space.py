import itertools
import math
import warnings

import numpy as np
import pytest
from scipy.stats import chisquare, loguniform, randint
from sklearn.model_selection import ParameterGrid, ParameterSampler

from skhpt import Choice, Float, Int, SearchSpace
from skhpt.space import is_known_to_sklearn
from skhpt.space._distinct import DistinctSampler
from tests.space.hparams import Discrete, HParam, IntInterval, RealInterval
from tests.space.seeds import SEEDS

SKLEARNS = {
    "lists": {"b": [1, 2, 3], "a": ("x", "y"), "c": np.linspace(0, 1, 4)},
    "a list of dicts": [{"a": [1, 2]}, {"b": [1, 2, 3], "a": [4]}, {}],
    "a distribution": {"a": loguniform(0.1, 1), "b": [1, 2]},
    "a list with distributions": [{"a": randint(1, 9)}, {"b": loguniform(0.1, 1), "c": [3, 4]}, {"c": [5]}],
}


def random_space(rng):
    """A finite space with all kinds of dimensions, and the number of its settings by enumeration."""
    parts = []
    for _ in range(rng.randint(1, 4)):
        low = int(rng.randint(1, 5))
        kinds = [
            Int(low, low + int(rng.randint(0, 6))),
            Int(low, low + 9, step=int(rng.randint(1, 4))),
            Int(1, int(rng.randint(1, 40)), step=2, log=True),
            Float(0, 1, step=0.25),
            Choice(["a", "b"]),
            [1.5, None],
            np.arange(3),
            Discrete([True, False]),
        ]
        names = rng.choice(list("abcdef"), size=rng.randint(0, 4), replace=False)
        parts.append({str(name): kinds[rng.randint(len(kinds))] for name in names})
    return parts


def keys(settings):
    return [repr(sorted(setting.items())) for setting in settings]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("space", SKLEARNS.values(), ids=SKLEARNS)
def test_what_scikit_learn_knows_is_drawn_as_it_draws_it(space, seed):
    """The same candidates, and the same random numbers are left."""
    assert is_known_to_sklearn(space)
    ours, theirs = np.random.RandomState(seed), np.random.RandomState(seed)
    drawn = SearchSpace(space).sample(5, ours)
    assert repr(drawn) == repr(list(ParameterSampler(space, 5, random_state=theirs)))
    assert ours.randint(2**31) == theirs.randint(2**31)


@pytest.mark.parametrize("name", ["lists", "a list of dicts"])
def test_a_grid_is_listed_in_scikit_learns_order(name):
    assert repr(list(SearchSpace(SKLEARNS[name]))) == repr(list(ParameterGrid(SKLEARNS[name])))


def test_our_dimensions_are_listed_in_the_order_of_lists_of_their_values():
    space = SearchSpace({"b": Int(1, 3), "a": Choice(["xy", "z"]), "c": Float(0, 1, step=0.5)})
    assert list(space) == list(ParameterGrid({"b": [1, 2, 3], "a": ["xy", "z"], "c": [0.0, 0.5, 1.0]}))


@pytest.mark.parametrize("seed", SEEDS)
def test_the_size_is_the_length_of_the_list(seed):
    parts = random_space(np.random.RandomState(seed))
    space = SearchSpace(parts)
    by_hand = sum(1 for part in space.parts for _ in itertools.product(*(listed(values) for values in part.values())))
    assert space.size == len(list(space)) == by_hand
    assert space.is_finite


def listed(values):
    return values.values() if hasattr(values, "values") else values


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_of_a_finite_space_is_drawn_twice(seed):
    rng = np.random.RandomState(seed)
    low = int(rng.randint(1, 5))
    space = SearchSpace({"a": Int(low, low + 9, log=bool(seed % 2)), "b": Float(0, 1, step=0.1), "c": [1, 2]})
    n = int(rng.randint(1, 221))
    drawn = space.sample(n, random_state=rng)
    assert len(set(keys(drawn))) == len(drawn) == n
    assert set(keys(drawn)) <= set(keys(space))


@pytest.mark.parametrize("log", [False, True])
def test_the_whole_is_every_setting_once(log):
    space = SearchSpace([{"a": Int(1, 30, log=log)}, {"b": [1, 2, 3], "a": Int(1, 2)}])
    assert sorted(keys(space.sample(1.0, random_state=0))) == sorted(keys(space))


@pytest.mark.parametrize(
    ("fraction", "size", "n"),
    [(0.05, 100, 5), (0.05, 101, 6), (0.07, 100, 7), (1.0, 100, 100), (0.001, 100, 1), (np.float32(0.5), 10, 5)],
)
def test_a_fraction_is_rounded_up_in_decimals(fraction, size, n):
    """0.07 * 100 is 7.000000000000001 in floats."""
    assert len(SearchSpace({"a": Int(1, size)}).sample(fraction, random_state=0)) == n
    assert len(SearchSpace({"a": list(range(size))}).sample(fraction, random_state=0)) == n


@pytest.mark.parametrize("n", [1, np.int64(1)])
def test_the_int_1_is_one_setting(n):
    assert len(SearchSpace({"a": Int(1, 9)}).sample(n, random_state=0)) == 1


@pytest.mark.parametrize("n", [0, -1, 0.0, 1.5, math.nan, "all", None])
def test_other_numbers_are_refused(n):
    with pytest.raises(ValueError, match=r"must be an int of at least 1 or a float in \(0, 1\]. Got"):
        SearchSpace({"a": Int(1, 9)}).sample(n)


@pytest.mark.parametrize("space", [{"a": [1, 2]}, {"a": Int(1, 2)}, {"a": Int(1, 2, log=True)}])
def test_more_than_there_are_is_all_with_scikit_learns_warning(space):
    with pytest.warns(UserWarning, match="The total space of parameters 2 is smaller than n_iter=5. Running 2 iter"):
        drawn = SearchSpace(space).sample(5, random_state=0)
    assert len(drawn) == 2


def test_log_scales_stay_log_scales_where_nothing_is_drawn_twice():
    """The first of several is drawn as a single one is: 1 to 15 are four doublings."""
    space = SearchSpace({"a": Int(1, 15, log=True), "b": [True, False]})
    first = [space.sample(3, random_state=seed)[0] for seed in range(800)]
    doublings = np.array([int(math.log2(setting["a"])) for setting in first])
    assert chisquare(np.bincount(doublings, minlength=4)).pvalue > 0.01
    assert chisquare(np.bincount([setting["b"] for setting in first])).pvalue > 0.01


def test_a_part_of_a_finite_space_is_as_likely_as_it_is_large():
    space = SearchSpace([{"a": Int(1, 30, log=True)}, {"b": Int(1, 10, log=True)}])
    first = ["a" in space.sample(1, random_state=seed)[0] for seed in range(800)]
    assert chisquare(np.bincount(first), [200, 600]).pvalue > 0.01


def test_a_part_of_an_infinite_space_is_as_likely_as_the_others():
    space = SearchSpace([{"a": Float(0, 1)}, {"b": [1]}, {"c": Int(1, 1000)}])
    drawn = [next(iter(setting)) for setting in space.sample(1500, random_state=0)]
    assert chisquare([drawn.count(name) for name in "abc"]).pvalue > 0.01


@pytest.mark.parametrize("log", [False, True])
def test_a_space_beyond_the_integers_of_c_can_be_drawn_from(log):
    space = SearchSpace([{name: Int(1, 10**6, log=log) for name in "abcd"}, {"e": [1, 2]}])
    assert space.size == 10**24 + 2
    drawn = space.sample(50, random_state=0)
    assert len(set(keys(drawn))) == 50
    assert drawn == space.sample(50, random_state=0)
    assert all(1 <= value <= 10**6 for setting in drawn for value in setting.values())


def test_draws_by_rejection_are_distinct_too(monkeypatch):
    monkeypatch.setattr("skhpt.space._distinct._ENUMERABLE", 1)
    space = SearchSpace([{"a": Int(1, 8, log=True)}, {"b": [1, 2]}])
    assert isinstance(space.sampler(10), DistinctSampler)
    assert sorted(keys(space.sample(10, random_state=0))) == sorted(keys(space))


@pytest.mark.parametrize(
    "space", [{"a": [1, 2, 3, 4]}, {"a": Int(1, 4)}, {"a": Int(1, 4, log=True)}, {"a": Float(0, 1)}]
)
def test_a_sampler_draws_anew_each_time_from_a_random_state(space):
    sampler = SearchSpace(space).sampler(3, np.random.RandomState(0))
    assert len(sampler) == 3
    draws = [list(sampler) for _ in range(4)]
    assert any(draw != draws[0] for draw in draws)
    again = SearchSpace(space).sampler(3, 0)
    assert list(again) == list(again) == draws[0]


def test_the_names_are_those_of_all_parts():
    assert SearchSpace([{"a": [1], "b": Int(1, 2)}, {}, {"c": Float(0, 1)}]).names == {"a", "b", "c"}


@pytest.mark.parametrize("values", [Float(0, 1), loguniform(0.1, 1), randint(1, 5), RealInterval(0.0, 1.0)])
def test_one_infinite_parameter_makes_a_space_infinite(values):
    space = SearchSpace([{"a": [1]}, {"b": values}])
    assert space.size == math.inf
    assert not space.is_finite
    assert list(space.infinite) == ["b"]
    with pytest.raises(ValueError, match=r"Only a finite space can be listed, but 'b' is .* infinitely many values"):
        iter(space)
    with pytest.raises(ValueError, match=r"A fraction \(0.5\) can be drawn from a finite space only, but 'b' is"):
        space.sample(0.5)


def test_it_is_shown_as_it_is_made():
    assert repr(SearchSpace({"a": Int(1, 2)})) == "SearchSpace({'a': Int(1, 2)})"
    assert repr(SearchSpace([{"a": [1]}, {}])) == "SearchSpace([{'a': [1]}, {}])"


@pytest.mark.parametrize(
    ("domain", "dimension"),
    [
        (Discrete([32, 16]), Choice([16, 32])),
        (IntInterval(8, 64), Int(8, 64)),
        (RealInterval(0.1, 0.5), Float(0.1, 0.5)),
        (HParam("named otherwise", IntInterval(1, 2)), Int(1, 2)),
    ],
)
def test_tensorboards_domains_are_dimensions(domain, dimension):
    assert not is_known_to_sklearn({"units": domain})
    assert SearchSpace({"units": domain}).parts == ({"units": dimension},)


def test_hparams_in_a_list_have_their_names_along():
    space = [HParam("units", Discrete([16, 32])), HParam("rate", RealInterval(0.1, 0.5))]
    assert not is_known_to_sklearn(space)
    assert SearchSpace(space).parts == ({"units": Choice([16, 32]), "rate": Float(0.1, 0.5)},)
    by_hparam = {hparam: hparam.domain for hparam in space}
    assert not is_known_to_sklearn(by_hparam)
    assert SearchSpace(by_hparam).parts == SearchSpace(space).parts


@pytest.mark.parametrize(
    ("space", "error", "message"),
    [
        (3, TypeError, "A search space must be a dict, a list of dicts or a list of HParams. Got 3 instead"),
        ("ab", TypeError, "A search space must be a dict"),
        ([], ValueError, "A search space must have at least one dict"),
        ([{"a": [1]}, 3], TypeError, "Each part of a search space must be a dict, or each a HParam. Got 3 instead"),
        ([{"a": [1]}, HParam("b", Discrete([1]))], TypeError, "Each part of a search space must be a dict"),
        (
            [HParam("a", Discrete([1])), HParam("a", Discrete([2]))],
            ValueError,
            r"differ in name. Got several of \['a'\]",
        ),
        ([HParam("a")], ValueError, "The HParam 'a' has no domain"),
        ({"a": HParam("a")}, ValueError, "The HParam 'a' has no domain"),
        ({"a": Discrete([])}, ValueError, "The 'options' parameter of Choice must have at least one element"),
        ({1: [1]}, TypeError, "The names of parameters in a search space must be str. Got 1 instead"),
        ({"a": "relu"}, TypeError, "The values of 'a' in a search space must be a list.* Got 'relu' instead; a single"),
        ({"a": 3}, TypeError, "The values of 'a' in a search space must be a list"),
        ({"a": {1, 2}}, TypeError, "The values of 'a' in a search space must be a list"),
        ({"a": np.zeros((2, 2))}, TypeError, "The values of 'a' in a search space must be a list"),
        ({"a": []}, ValueError, "The values of 'a' in a search space must be one at least"),
        ({"a": np.array([])}, ValueError, "The values of 'a' in a search space must be one at least"),
    ],
)
def test_what_is_no_space_is_refused(space, error, message):
    with pytest.raises(error, match=message):
        SearchSpace(space)


def test_drawing_warns_of_nothing_else():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        SearchSpace({"a": Int(1, 9, log=True)}).sample(9, random_state=0)
