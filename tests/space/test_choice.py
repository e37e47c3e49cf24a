import numpy as np
import pytest
from scipy.stats import chisquare

from skhpt import Choice


@pytest.mark.parametrize("options", [["relu", None], ("relu", None), np.array(["relu", None], dtype=object)])
def test_options_come_as_any_list(options):
    choice = Choice(options)
    assert choice.values() == ("relu", None)
    assert choice.n_values == 2
    assert choice.is_finite
    assert repr(choice) == "Choice(['relu', None])"


def test_numbers_of_an_array_become_plain_ones():
    assert {type(value) for value in Choice(np.arange(3)).rvs(20, random_state=0)} == {int}


def test_options_are_drawn_as_they_are_and_equally_often():
    options = [print, [1, 2], None, 0.5]
    drawn = Choice(options).rvs(size=4000, random_state=0)
    assert chisquare([drawn.count(option) for option in options]).pvalue > 0.01


def test_it_is_a_value():
    assert Choice([1, 2]) == Choice((1, 2))
    assert hash(Choice([1, 2])) == hash(Choice((1, 2)))


@pytest.mark.parametrize("options", ["relu", 3, {"a", "b"}, np.zeros((2, 2)), None])
def test_what_is_no_list_is_refused(options):
    with pytest.raises(TypeError, match="The 'options' parameter of Choice must be a list, a tuple or a one-dim"):
        Choice(options)


def test_no_options_are_refused():
    with pytest.raises(ValueError, match="The 'options' parameter of Choice must have at least one element"):
        Choice([])
