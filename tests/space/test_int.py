import copy
import pickle

import numpy as np
import pytest
from scipy.stats import chisquare

from skhpt import Int
from tests.space.seeds import SEEDS


@pytest.mark.parametrize(
    ("dimension", "values"),
    [
        (Int(3, 6), [3, 4, 5, 6]),
        (Int(-2, 2, step=2), [-2, 0, 2]),
        (Int(1, 10, step=4), [1, 5, 9]),
        (Int(5, 5), [5]),
        (Int(2, 32, step=2, log=True), [2, 4, 8, 16, 32]),
        (Int(3, 40, step=3, log=True), [3, 9, 27]),
        (Int(1, 4, log=True), [1, 2, 3, 4]),
        (Int(7, 7, log=True), [7]),
    ],
)
def test_its_values_are_those_of_keras_tuner(dimension, values):
    assert list(dimension.values()) == values
    assert dimension.n_values == len(values)
    assert dimension.is_finite


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("log", [False, True])
def test_draws_are_plain_integers_among_the_values(seed, log):
    rng = np.random.RandomState(seed)
    low = int(rng.randint(1, 20))
    high = low + int(rng.randint(0, 100))
    dimension = Int(low, high, step=int(rng.randint(1, 5)), log=log)
    drawn = dimension.rvs(size=200, random_state=rng)
    assert set(drawn) <= set(dimension.values())
    assert {type(value) for value in drawn} == {int}
    assert max(dimension.values()) <= high


@pytest.mark.parametrize("dimension", [Int(2, 5), Int(1, 9, step=2), Int(2, 32, step=2, log=True)])
def test_values_are_equally_likely_and_both_bounds_are_drawn(dimension):
    drawn = dimension.rvs(size=5000, random_state=0)
    counts = [drawn.count(value) for value in dimension.values()]
    assert chisquare(counts).pvalue > 0.01


def test_on_a_log_scale_each_doubling_is_equally_likely():
    """From 1 to 63 there are six of them: 1, 2 to 3, 4 to 7, …, 32 to 63."""
    drawn = np.array(Int(1, 63, log=True).rvs(size=6000, random_state=0))
    counts = [np.sum((drawn >= 2**k) & (drawn < 2 ** (k + 1))) for k in range(6)]
    assert sum(counts) == 6000
    assert chisquare(counts).pvalue > 0.01


def test_weights_say_how_often_values_are_drawn():
    dimension = Int(3, 12, log=True)
    drawn = dimension.rvs(size=5000, random_state=1)
    expected = dimension.weights() / dimension.weights().sum() * 5000
    assert chisquare([drawn.count(value) for value in dimension.values()], expected).pvalue > 0.01


def test_equal_seeds_draw_equal_values_and_none_draws_from_numpys_state():
    assert Int(0, 99).rvs(3, random_state=5) == Int(0, 99).rvs(3, random_state=5)
    np.random.seed(5)
    assert Int(0, 99).rvs(3) == Int(0, 99).rvs(3, random_state=5)


@pytest.mark.parametrize(
    ("dimension", "shown"),
    [
        (Int(8, 64), "Int(8, 64)"),
        (Int(8, 64, step=8), "Int(8, 64, step=8)"),
        (Int(np.int64(2), 32, step=2, log=True), "Int(2, 32, step=2, log=True)"),
    ],
)
def test_it_is_shown_as_it_is_made(dimension, shown):
    assert repr(dimension) == shown
    assert eval(shown) == dimension  # noqa: S307 - written above


def test_it_is_a_value():
    assert Int(1, 2) == Int(np.int32(1), 2)
    assert len({Int(1, 2), Int(1, 2), Int(1, 3)}) == 2
    assert copy.deepcopy(Int(1, 2)) == pickle.loads(pickle.dumps(Int(1, 2))) == Int(1, 2)
    with pytest.raises(AttributeError):
        Int(1, 2).low = 3


@pytest.mark.parametrize(
    ("args", "kwargs", "message"),
    [
        ((1.5, 3), {}, "The 'low' parameter of Int must be an int .* Got 1.5 instead"),
        ((1, "3"), {}, "The 'high' parameter of Int must be an int .* Got '3' instead"),
        ((4, 3), {}, "The 'high' parameter of Int must be at least low=4. Got 3 instead"),
        ((1, 3), {"step": 0}, r"The 'step' parameter of Int must be an int in the range \[1, inf\). Got 0 instead"),
        ((1, 3), {"step": 0.5}, "The 'step' parameter of Int must be an int"),
        ((1, 3), {"log": "yes"}, "The 'log' parameter of Int must be .* Got 'yes' instead"),
        ((0, 3), {"log": True}, "The 'low' parameter of Int must be positive with log=True. Got 0 instead"),
    ],
)
def test_arguments_that_make_no_sense_are_refused(args, kwargs, message):
    with pytest.raises(ValueError, match=message):
        Int(*args, **kwargs)
