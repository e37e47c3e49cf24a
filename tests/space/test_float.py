import math

import numpy as np
import pytest
from scipy.stats import chisquare, kstest, loguniform, uniform

from skhpt import Float
from tests.space.seeds import SEEDS


@pytest.mark.parametrize(
    ("dimension", "values"),
    [
        (Float(0, 1, step=0.1), [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]),
        (Float(0.5, 1, step=0.2), [0.5, 0.7, 0.9]),
        (Float(-1, 1, step=1), [-1.0, 0.0, 1.0]),
        (Float(1e-3, 10, step=10, log=True), [0.001, 0.01, 0.1, 1.0, 10.0]),
        (Float(3e-4, 1, step=10, log=True), [0.0003, 0.003, 0.03, 0.3]),
        (Float(2, 2), [2.0]),
        (Float(2, 2, step=0.5), [2.0]),
    ],
)
def test_steps_lead_to_the_numbers_that_one_would_write(dimension, values):
    assert list(dimension.values()) == values
    assert dimension.n_values == len(values)
    assert dimension.is_finite


def test_half_decades_end_at_the_upper_bound():
    """The square root of 10 is rounded, and so are its powers: the tenth value must neither be lost nor be too high."""
    values = Float(1e-4, 1e0, step=math.sqrt(10), log=True).values()
    assert len(values) == 9
    assert values[-1] <= 1.0
    np.testing.assert_allclose(values, np.logspace(-4, 0, 9))


def test_values_can_be_asked_for_one_by_one_where_there_are_millions():
    values = Float(0, 1, step=1e-7).values()
    assert len(values) == 10**7 + 1
    assert (values[3], values[-1], values[1:3]) == (3e-7, 1.0, [1e-7, 2e-7])
    with pytest.raises(IndexError):
        _ = values[len(values)]


def test_without_a_step_there_are_infinitely_many():
    assert Float(0, 1).n_values == math.inf
    assert not Float(0, 1).is_finite
    with pytest.raises(ValueError, match=r"Float\(0.0, 1.0\) has infinitely many values. Give it a step"):
        Float(0, 1).values()


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("log", [False, True])
def test_draws_are_plain_numbers_within_the_bounds(seed, log):
    rng = np.random.RandomState(seed)
    low = float(10 ** rng.uniform(-8, 2))
    high = low * float(10 ** rng.uniform(0, 3))
    step = [None, 1 + float(rng.uniform(0.1, 2))][seed % 2]
    dimension = Float(low, high, step=step, log=log)
    drawn = dimension.rvs(size=100, random_state=rng)
    assert all(low <= value <= high for value in drawn)
    assert {type(value) for value in drawn} == {float}
    if step is not None:
        assert set(drawn) <= set(dimension.values())


def test_bounds_that_logarithms_would_miss_are_kept():
    """exp(log(x)) is x but for the last digit: of 200 narrow ranges some would be left."""
    rng = np.random.RandomState(0)
    for low in rng.uniform(0, 1, size=200):
        high = np.nextafter(low, 1)
        assert low <= Float(low, high, log=True).rvs(random_state=rng) <= high


def test_draws_are_uniform_or_log_uniform():
    assert kstest(Float(2, 5).rvs(2000, random_state=0), uniform(2, 3).cdf).pvalue > 0.01
    assert kstest(Float(1e-5, 1e-1, log=True).rvs(2000, random_state=0), loguniform(1e-5, 1e-1).cdf).pvalue > 0.01


@pytest.mark.parametrize("dimension", [Float(0, 1, step=0.25), Float(1e-4, 1, step=10, log=True)])
def test_steps_are_equally_likely(dimension):
    drawn = dimension.rvs(size=5000, random_state=0)
    assert chisquare([drawn.count(value) for value in dimension.values()]).pvalue > 0.01


@pytest.mark.parametrize(
    ("dimension", "shown"),
    [
        (Float(0, 1), "Float(0.0, 1.0)"),
        (Float(1e-5, np.float64(0.1), log=True), "Float(1e-05, 0.1, log=True)"),
        (Float(0, 1, step=1), "Float(0.0, 1.0, step=1.0)"),
    ],
)
def test_it_is_shown_as_it_is_made(dimension, shown):
    assert repr(dimension) == shown
    assert eval(shown) == dimension  # noqa: S307 - written above


@pytest.mark.parametrize(
    ("args", "kwargs", "message"),
    [
        (("a", 3), {}, "The 'low' parameter of Float must be a float .* Got 'a' instead"),
        ((1, math.inf), {}, "The 'high' parameter of Float must be a float .* Got inf instead"),
        ((math.nan, 1), {}, "The 'low' parameter of Float must be a float .* Got nan instead"),
        ((4, 3), {}, "The 'high' parameter of Float must be at least low=4.0. Got 3.0 instead"),
        ((1, 3), {"step": 0}, "The 'step' parameter of Float must be a float .* Got 0 instead"),
        ((0, 3), {"log": True}, "The 'low' parameter of Float must be positive with log=True. Got 0.0 instead"),
        ((1, 3), {"log": True, "step": 1}, "The 'step' parameter of Float must be above 1 with log=True.*Got 1.0"),
        ((1, 3), {"log": None}, "The 'log' parameter of Float must be .* Got None instead"),
    ],
)
def test_arguments_that_make_no_sense_are_refused(args, kwargs, message):
    with pytest.raises(ValueError, match=message):
        Float(*args, **kwargs)
