import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import Ridge

from skhpt.reporting._axis import parameter_axes
from skhpt.reporting._scores import Scores


def axes_of(params, chosen=None, **scales):
    table = pd.DataFrame({"candidate": range(len(params)), "score": np.nan})
    return parameter_axes(Scores(table, params, "score", 1), scales, chosen, "picture")


def test_numbers_stay_numbers_and_what_is_not_set_is_missing():
    (axis,) = axes_of([{"units": 8}, {"units": 16}, {}])
    assert axis.options is None
    np.testing.assert_array_equal(axis.places, [8, 16, np.nan])
    np.testing.assert_array_equal(axis.units, [0, 1, np.nan])


def test_none_is_a_value_and_no_lack_of_one():
    (axis,) = axes_of([{"depth": None}, {"depth": 10}, {"depth": 5}, {}])
    assert axis.options == ["5", "10", "None"]
    np.testing.assert_array_equal(axis.places, [2, 1, 0, np.nan])


def test_functions_classes_and_estimators_are_called_by_their_names():
    (axis,) = axes_of([{"step": np.tanh}, {"step": Ridge}, {"step": Ridge(alpha=2.0)}, {"step": "passthrough"}])
    assert axis.options == ["tanh", "Ridge", "Ridge(alpha=2.0)", "passthrough"]


def test_switches_are_no_numbers():
    (axis,) = axes_of([{"on": True}, {"on": False}])
    assert axis.options == ["False", "True"]


def test_a_number_that_is_none_makes_a_category_of_it():
    (axis,) = axes_of([{"marker": np.nan}, {"marker": -1.0}])
    assert sorted(axis.options) == ["-1", "nan"]


@pytest.mark.parametrize("value", [10**400, np.timedelta64(1, "D"), np.timedelta64(3, "ns"), np.longdouble("1e4000")])
def test_what_no_float_can_hold_is_a_category(value):
    (axis,) = axes_of([{"x": value}, {"x": 2}, {"x": 1}])
    assert axis.options[:2] == ["1", "2"]
    assert len(axis.options) == 3


def test_units_of_a_logarithmic_axis_are_even_in_ratios():
    (axis,) = axes_of([{"rate": 0.001}, {"rate": 0.01}, {"rate": 0.1}])
    assert axis.log
    np.testing.assert_allclose(axis.units, [0, 0.5, 1])
    np.testing.assert_allclose(axis.place(axis.units), [0.001, 0.01, 0.1])
    (axis,) = axes_of([{"rate": 0.001}, {"rate": 0.01}, {"rate": 0.1}], rate=False)
    assert not axis.log


def test_constant_parameters_are_left_out_unless_there_are_no_others_or_they_are_asked_for():
    params = [{"units": 8, "rate": 0.1}, {"units": 16, "rate": 0.1}]
    assert [axis.name for axis in axes_of(params)] == ["units"]
    assert [axis.name for axis in axes_of(params[:1])] == ["units", "rate"]
    assert [axis.name for axis in axes_of(params, ["rate"])] == ["rate"]
    np.testing.assert_array_equal(axes_of(params, ["rate"])[0].units, [0.5, 0.5])


def test_a_parameter_that_is_set_by_some_alone_is_not_constant():
    assert [axis.name for axis in axes_of([{"a": 1, "b": 1}, {"a": 2}])] == ["a", "b"]


def test_few_values_have_a_tick_each_if_they_are_apart():
    assert axes_of([{"units": value} for value in (8, 16, 64)])[0].ticks[1] == ["8", "16", "64"]
    assert axes_of([{"units": value} for value in (8, 9, 1000)], units=False)[0].ticks is None
    assert axes_of([{"units": value} for value in range(20)])[0].ticks is None


def test_parameters_are_found_by_long_and_short_names_and_others_refused():
    params = [{"model__units": 8, "model__rate": 0.1}]
    assert [axis.name for axis in axes_of(params, ["rate", "model__units"])] == ["rate", "units"]
    with pytest.raises(ValueError, match=r"picture can draw .* \['model__rate', 'model__units'\]. Got 'width' instead"):
        axes_of(params, ["width"])
