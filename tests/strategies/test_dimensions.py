import math

import numpy as np
import pytest

from skhpt.strategies import Category, Number, ParameterSpace, Point, Steps


@pytest.mark.parametrize("log", [False, True])
def test_each_integer_has_its_share_of_the_units(log):
    number = Number(1, 4, log=log, is_int=True)
    values = [number.value(unit) for unit in np.linspace(0, 1, 100_001)]
    shares = [values.count(value) / len(values) for value in (1, 2, 3, 4)]
    ends = [math.log(value) if log else value for value in (0.5, 1.5, 2.5, 3.5, 4.5)]
    assert shares == pytest.approx(np.diff(ends) / (ends[-1] - ends[0]), abs=1e-3)


@pytest.mark.parametrize(
    "number", [Number(-2.0, 3.0), Number(1e-5, 1e-1, log=True), Number(3, 9, is_int=True), Number(1, 900, True, True)]
)
def test_a_number_is_found_again_by_its_unit(number):
    assert (number.value(0.0), number.value(1.0)) == (number.low, number.high)
    for unit in (0.0, 0.2, 0.5, 0.99):
        value = number.value(unit)
        assert number.value(number.unit(value)) == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize("dimension", [Number(3, 9, is_int=True), Number(1, 900, True, True), Steps("abcde")])
def test_units_are_snapped_to_the_unit_of_what_they_stand_for(dimension):
    units = np.linspace(0, 1, 57)
    meant = dimension.place if isinstance(dimension, Steps) else dimension.value
    assert dimension.snapped(units) == pytest.approx([dimension.unit(meant(unit)) for unit in units])


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Number(2, 1), "low must be at most high"),
        (lambda: Number(0, math.inf), "finite"),
        (lambda: Number(0, 1, log=True), "above 0 where log=True: got low=0"),
        (lambda: Category(()), "at least one option"),
        (lambda: Steps(()), "at least one value"),
    ],
)
def test_what_can_be_nothing_is_refused(make, said):
    with pytest.raises(ValueError, match=said):
        make()


def test_the_points_of_a_finite_space_are_all_different_and_as_many_as_it_says():
    space = ParameterSpace(
        [{"a": Category("xyz"), "b": Number(2, 5, is_int=True)}, {"c": Steps((1, 10)), "d": Number(0.5, 0.5)}]
    )
    assert space.size == 3 * 4 + 2
    params = [space.params(space.point(index)) for index in range(14)]
    assert {(of.get("a"), of.get("b"), of.get("c"), of.get("d")) for of in params} == {
        *((a, b, None, None) for a in "xyz" for b in (2, 3, 4, 5)),
        (None, None, 1, 0.5),
        (None, None, 10, 0.5),
    }


def test_the_same_values_in_another_part_are_another_point():
    assert Point(0, {"a": 1, "b": 2}).key == Point(0, {"b": 2, "a": 1}).key
    assert Point(0, {"a": 1}).key != Point(1, {"a": 1}).key
