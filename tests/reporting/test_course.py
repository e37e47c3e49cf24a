"""Pictures of how a search went on."""

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from skhpt import GridSearchCV, HalvingGridSearchCV, HyperbandSearchCV, plots
from tests.reporting.drawn import FOLDS, Tunable, X, searched, searched_with_failures, y


@pytest.fixture(scope="module")
def halving():
    grid = {"units": [10, 40, 30, 20]}
    options = {"resource": "epochs", "max_resources": 4, "min_resources": 1, "factor": 2, "cv": FOLDS}
    return HalvingGridSearchCV(Tunable(), grid, **options).fit(X, y)


def points_of(collection):
    return sorted(map(tuple, np.round(collection.get_offsets(), 6).tolist()))


def test_survivors_are_full_points_and_the_others_empty(halving, ax):
    plots.rungs(halving, ax)
    dropped, stays, _ = ax.collections
    # Of four candidates on one epoch two go on to two, of which one goes on to four.
    assert points_of(dropped) == [(1, 0.11), (1, 0.21), (2, 0.31)]
    assert points_of(stays) == [(1, 0.31), (1, 0.41), (2, 0.41), (4, 0.41)]
    assert ax.get_xlabel() == "epochs"
    assert [label.get_text() for label in ax.get_xticklabels()] == ["1", "2", "4"]


def test_each_candidate_has_a_line_through_its_rungs(halving, ax):
    plots.rungs(halving, ax)
    lines = {tuple(line.get_xdata()) for line in ax.get_lines()}
    assert lines == {(1,), (1, 2), (1, 2, 4)}


def test_the_rungs_of_a_halving_on_samples_are_named_by_it(ax):
    search = HalvingGridSearchCV(Ridge(), {"alpha": [1.0, 2.0, 3.0]}, cv=2, min_resources=10, random_state=0)
    assert plots.rungs(search.fit(X, y), ax).get_xlabel() == "n_samples"


def test_brackets_have_a_colour_each_and_stand_beside_each_other(ax):
    space = {"units": [*range(1, 60)]}
    search = HyperbandSearchCV(Tunable(), space, resource="epochs", max_resources=9, cv=FOLDS, random_state=0)
    plots.rungs(search.fit(X, y), ax)
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels == ["bracket 2", "bracket 1", "bracket 0", "dropped"]
    full = ax.collections[1:-1:2]
    assert len({tuple(points.get_facecolor()[0]) for points in full}) == 3
    last = [max(points.get_offsets()[:, 0]) for points in full]
    assert last == sorted(last)
    np.testing.assert_allclose(last, 9, rtol=0.1)
    data = plots.rungs_data(search)
    # Of 9 epochs and a factor of 3: bracket s begins with floor(3 / (s + 1)) * 3**s candidates.
    assert data.groupby(["bracket", "n_resources"]).size().to_dict() == {
        (2, 1): 9, (2, 3): 3, (2, 9): 1, (1, 3): 3, (1, 9): 1, (0, 9): 3,
    }  # fmt: skip
    assert data[data["n_resources"] == 9]["survives"].all()
    assert data[data["n_resources"] == 1]["survives"].sum() == 3


def test_another_search_has_no_rungs():
    with pytest.raises(ValueError, match=r"rungs needs a search with rungs, such as .* Got GridSearchCV"):
        plots.rungs(searched({"units": [1]}))


def test_the_best_so_far_never_falls_and_spending_adds_up(ax):
    search = searched({"units": [20, 10, 30]})
    data = plots.best_so_far_data(search)
    np.testing.assert_allclose(data["best"], [0.21, 0.21, 0.31])
    assert data["fits"].tolist() == [2, 4, 6]
    assert data["epochs"].tolist() == [6, 12, 18]  # three in each of two folds
    fitting = search.cv_results_["mean_fit_time"] + search.cv_results_["mean_score_time"]
    np.testing.assert_allclose(data["seconds"], np.cumsum(2 * fitting))
    plots.best_so_far(search, ax, by="fits")
    (line,) = ax.get_lines()
    np.testing.assert_allclose(line.get_xydata(), [[2, 0.21], [4, 0.21], [6, 0.31]])
    candidates, better = ax.collections
    np.testing.assert_allclose(candidates.get_offsets(), [[2, 0.21], [4, 0.11], [6, 0.31]])
    np.testing.assert_allclose(better.get_offsets(), [[2, 0.21], [6, 0.31]])


def test_each_rung_costs_its_own_epochs(halving):
    # Trainings that go on add 1 to 1 epochs and 2 to 2; here every rung starts over, in two folds each.
    assert plots.best_so_far_data(halving)["epochs"].diff().tolist()[1:] == [2, 2, 2, 4, 4, 8]


def test_before_the_first_score_there_is_no_best():
    search = searched_with_failures([{"fail_if": ["always"]}, {"units": [10]}])
    np.testing.assert_allclose(plots.best_so_far_data(search)["best"], [np.nan, 0.11])


def test_what_was_spent_must_be_known(ax):
    search = GridSearchCV(Ridge(), {"alpha": [1.0]}, cv=FOLDS).fit(X, y)
    with pytest.raises(ValueError, match=r"best_so_far\(by='epochs'\) needs the epochs of trials"):
        plots.best_so_far(search, ax, by="epochs")
    with pytest.raises(ValueError, match=r"'by' parameter of best_so_far must be one of .* Got 'hours'"):
        plots.best_so_far(search, ax, by="hours")
