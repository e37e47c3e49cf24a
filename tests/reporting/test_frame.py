import numpy as np

from skhpt.reporting._frame import colour_range, curve_range, score_range


def test_scores_between_0_and_1_are_never_cut():
    assert score_range([0.01, 0.97, 0.975, 0.98]) == (0.01, 0.98)


def test_a_score_out_of_all_proportion_is_left_out_of_the_range():
    assert score_range([-1e30, 0.4, 0.5, np.nan]) == (0.4, 0.5)


def test_without_scores_there_is_a_range_nonetheless():
    assert score_range([np.nan]) == (0.0, 1.0)
    least, most = colour_range([0.3])
    assert least < most == 0.3


def test_curves_that_went_off_do_not_flatten_the_others():
    healthy = [np.array([2.0, 0.5, 0.1]), np.array([2.0, 0.4, 0.2])]
    low, high = curve_range([*healthy, np.array([2.0, 1e9, np.inf])])
    assert low < 0.1
    assert 2.0 < high < 4.0


def test_of_curves_without_a_number_there_is_no_range():
    assert curve_range([np.array([np.nan])]) is None
