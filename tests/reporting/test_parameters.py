"""Pictures of parameters and scores."""

import numpy as np
import pytest

from skhpt import Float, GridSearchCV, RandomizedSearchCV, plots
from tests.reporting.drawn import FOLDS, Tunable, X, searched, searched_with_failures, y

CONDITIONAL = [{"kind": ["plain"], "units": [10, 30]}, {"kind": ["fancy"], "extra": [1, 2, 3]}]


HALF_FAIL = {"units": [10, 20], "fail_if": [None, "always"]}


def test_a_line_goes_through_the_units_of_each_parameter_to_the_score(ax):
    plots.parallel_coordinates(searched({"units": [10, 20, 30], "kind": ["b", "a"]}), ax)
    lines = {tuple(height for _, height in segment) for segment in ax.collections[1].get_segments()}
    # In the order of the grid: kind is "b" below and "a" above; the score is even in the units.
    assert {tuple(round(height, 9) for height in line) for line in lines} == {
        (kind, units, units) for kind in (0, 1) for units in (0, 0.5, 1)
    }
    np.testing.assert_allclose(sorted(ax.collections[1].get_array()), [0.11, 0.11, 0.21, 0.21, 0.31, 0.31])
    assert [label.get_text() for label in ax.get_xticklabels()] == ["kind", "units", "score"]


def test_the_best_line_is_on_top_and_the_widest(ax):
    plots.parallel_coordinates(searched({"units": [10, 30, 20]}), ax)
    lines = ax.collections[1]
    assert np.argmax(lines.get_linewidths()) == 2
    assert lines.get_array()[2] == lines.get_array().max()


def test_of_equals_the_one_that_the_search_takes_is_the_widest(ax):
    search = searched({"kind": ["b", "a"], "units": [20]})
    plots.parallel_coordinates(search, ax)
    assert search.best_params_["kind"] == "b"
    assert ax.collections[1].get_segments()[-1][0, 1] == 0, "the first option is below"


def test_what_is_not_set_is_below_the_axis_and_said_to_be(ax):
    plots.parallel_coordinates(searched(CONDITIONAL), ax, params=["extra"])
    (heights,) = {tuple(segment[:, 1]) for segment in ax.collections[1].get_segments() if segment[0, 1] < 0 and
                  segment[1, 1] == 1}  # fmt: skip
    assert heights[0] == -0.15
    assert [text.get_text() for text in ax.texts].count("not set") == 1


def test_a_failed_candidate_has_a_grey_line_to_no_score(ax):
    plots.parallel_coordinates(searched_with_failures(HALF_FAIL), ax, params=["units"])
    failed, scored = (collection.get_segments() for collection in ax.collections)
    assert [segment[-1, 1] for segment in failed] == [-0.15, -0.15]
    assert len(scored) == 2
    assert "no score" in [text.get_text() for text in ax.texts]


def test_a_candidate_is_where_its_value_and_its_score_are(ax):
    plots.score_by_parameter(searched({"units": [10, 20]}), "units", ax)
    np.testing.assert_allclose(ax.collections[0].get_offsets(), [[10, 0.11], [20, 0.21]])
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_xscale()) == ("units", "score", "linear")


def test_the_axis_is_logarithmic_by_the_distribution_even_where_values_do_not_tell(ax):
    space = {"rate": Float(0.01, 0.1, log=True)}
    search = RandomizedSearchCV(Tunable(), space, n_iter=2, cv=FOLDS, random_state=0).fit(X, y)
    assert plots.score_by_parameter(search, "rate", ax).get_xscale() == "log"


@pytest.mark.parametrize(
    ("least", "most", "labels"),
    [
        (0.002, 0.06, ["0.003", "0.01", "0.03"]),
        (12, 61, ["20", "30", "40", "50", "60"]),
        (1e-5, 0.1, [f"$\\mathdefault{{10^{{-{power}}}}}$" for power in (5, 4, 3, 2, 1)]),
    ],
)
def test_a_logarithmic_axis_has_few_labels_however_narrow_it_is(least, most, labels, ax):
    rates = np.geomspace(least, most, 9).tolist()
    plots.score_by_parameter(searched({"rate": rates}, refit=False), "rate", ax)
    shown = [label for label in ax.get_xticklabels() if 0.99 * least < label.get_position()[0] < 1.01 * most]
    assert [label.get_text() for label in shown] == labels
    assert not any(label.get_text() for label in ax.get_xticklabels(minor=True))


def test_options_have_columns_in_which_no_point_hides_another(ax):
    search = searched({"kind": ["b", "a"], "units": [10] * 6})
    plots.score_by_parameter(search, "kind", ax)
    across, up = ax.collections[-1].get_offsets().T
    assert len(set(across)) == 12
    assert [round(place) for place in across] == [0] * 6 + [1] * 6
    np.testing.assert_allclose(up, 0.11)
    assert [label.get_text() for label in ax.get_xticklabels()] == ["b", "a"]
    # A box has five lines and a median's: whiskers, caps, the box itself.
    assert len(ax.get_lines()) == 2 * 6


def test_failed_candidates_are_crosses_at_the_bottom_and_counted(ax):
    plots.score_by_parameter(searched_with_failures(HALF_FAIL), "units", ax)
    crosses = ax.collections[1]
    assert sorted(crosses.get_offsets()[:, 0]) == [10, 20]
    assert set(crosses.get_offsets()[:, 1]) == {0.02}  # of the height of the axes
    assert ax.texts[-1].get_text() == "x 2 failed"


def test_candidates_that_do_not_set_the_parameter_are_left_out(ax):
    plots.score_by_parameter(searched(CONDITIONAL), "extra", ax)
    drawn = ax.collections[0].get_offsets()
    assert drawn[~np.ma.getmaskarray(drawn).any(axis=1)][:, 0].tolist() == [1, 2, 3]


def test_the_matrix_has_each_parameter_against_each_and_against_the_score():
    panels = plots.scatter_matrix(searched({"units": [10, 20], "rate": [0.1, 0.2]}))
    assert panels.shape == (3, 3)
    assert [[ax is not None for ax in row] for row in panels] == np.tri(3, dtype=bool).tolist()
    failed, scored = panels[1, 0].collections
    assert len(failed.get_offsets()) == 0
    # From the worst to the best, which of equals is the first; rate comes first in the order of the grid.
    np.testing.assert_allclose(scored.get_offsets(), [[0.2, 10], [0.1, 10], [0.2, 20], [0.1, 20]])
    np.testing.assert_allclose(scored.get_array(), [0.11, 0.11, 0.21, 0.21])
    np.testing.assert_allclose(panels[2, 1].collections[1].get_offsets()[:, 1], [0.11, 0.11, 0.21, 0.21])
    assert [bar.get_height() for bar in panels[0, 0].patches] == [2, 2]
    assert [ax.get_xlabel() for ax in panels[-1]] == ["rate", "units", "score"]


def test_the_matrix_is_drawn_into_a_figure_and_of_chosen_parameters():
    from matplotlib.figure import Figure

    figure = Figure(layout="constrained")
    panels = plots.scatter_matrix(searched({"units": [10, 20], "rate": [0.1, 0.2]}), figure, params=["units"])
    assert panels.shape == (2, 2)
    assert panels[0, 0].figure is figure


def test_without_a_score_there_is_a_matrix_of_parameters_alone():
    search = GridSearchCV(Tunable(), {"units": [10, 20]}, cv=FOLDS, scoring=lambda *_: np.nan, refit=False)
    with pytest.warns(UserWarning, match="non-finite"):
        search.fit(X, y)
    assert plots.scatter_matrix(search).shape == (1, 1)


def test_tables_have_a_row_a_candidate_with_short_names():
    data = plots.parallel_coordinates_data(searched(CONDITIONAL))
    assert list(data) == ["candidate", "kind", "units", "extra", "score", "std"]
    assert data["kind"].tolist() == ["plain", "plain", "fancy", "fancy", "fancy"]
    assert data["units"].isna().tolist() == [False, False, True, True, True]
    assert plots.scatter_matrix_data(searched(CONDITIONAL)).equals(data)
