"""What all pictures have in common."""

import inspect
import sys

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError

import skhpt
from skhpt import GridSearchCV, HyperbandSearchCV, Int, load_run, plots
from skhpt.exceptions import MissingExtraError
from tests.reporting.drawn import FOLDS, Tunable, X, searched, searched_with_failures, y
from tests.test_public_api import loaded_modules

PICTURES = sorted(name for name in plots.__all__ if not name.endswith("_data"))
IN_ONE_AXES = [name for name in PICTURES if name != "scatter_matrix"]


@pytest.fixture(scope="module")
def hyperband(tmp_path_factory):
    """A search that every picture can be drawn of, kept on disk."""
    space = {"units": Int(1, 50, log=True), "kind": ["plain", "$fancy$"], "extra": [None, print]}
    options = {"resource": "epochs", "max_resources": 9, "random_state": 0, "runs_dir": tmp_path_factory.mktemp("runs")}
    return HyperbandSearchCV(Tunable(), space, cv=FOLDS, **options).fit(X, y)


def arguments(name):
    return ["units"] if name.startswith("score_by_parameter") else []


def test_each_picture_has_the_table_of_what_it_draws_with_the_same_parameters():
    assert sorted(plots.__all__) == plots.__all__ == sorted([*PICTURES, *(f"{name}_data" for name in PICTURES)])
    for name in PICTURES:
        of_data = inspect.signature(getattr(plots, f"{name}_data")).parameters
        of_picture = inspect.signature(getattr(plots, name)).parameters
        assert of_data.keys() <= of_picture.keys()


def test_plots_are_there_once_skhpt_is():
    assert skhpt.plots is plots
    assert "plots" in dir(skhpt)


def test_neither_skhpt_nor_its_plots_load_matplotlib_optuna_or_tensorflow():
    assert not {"matplotlib", "optuna", "tensorflow", "keras"} & loaded_modules("import skhpt.plots")


@pytest.mark.parametrize("name", IN_ONE_AXES)
def test_a_picture_is_drawn_into_the_axes_that_are_given_and_leaves_settings_alone(name, hyperband, ax):
    before = dict(mpl.rcParams), mpl.get_backend()
    assert getattr(plots, name)(hyperband, *arguments(name), ax=ax) is ax
    assert (dict(mpl.rcParams), mpl.get_backend()) == before
    ax.figure.canvas.draw()


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_makes_itself_a_figure_that_pyplot_shows(name, hyperband):
    import matplotlib.pyplot as plt

    drawn = getattr(plots, name)(hyperband, *arguments(name))
    figure = drawn[0, 0].figure if name == "scatter_matrix" else drawn.figure
    assert figure.number in plt.get_fignums()


@pytest.mark.parametrize("name", PICTURES)
def test_a_loaded_run_looks_as_its_search_does(name, hyperband):
    data = getattr(plots, f"{name}_data")
    run = load_run(hyperband.run_.path)
    pd.testing.assert_frame_equal(data(run, *arguments(name)), data(hyperband, *arguments(name)))


@pytest.mark.parametrize("name", PICTURES)
def test_of_a_path_it_is_told_how_to_read_it(name, hyperband):
    with pytest.raises(TypeError, match=rf"^{name} needs a search, and of a run what load_run\(.*\) returns"):
        getattr(plots, name)(str(hyperband.run_.path), *arguments(name))


@pytest.mark.parametrize("name", PICTURES)
def test_a_search_that_is_not_fitted_has_no_picture(name):
    with pytest.raises(NotFittedError, match=f"^{name} needs"):
        getattr(plots, name)(GridSearchCV(Tunable(), {"units": [1]}), *arguments(name))


@pytest.mark.parametrize("name", PICTURES)
def test_without_matplotlib_the_error_says_what_to_install(name, hyperband, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(MissingExtraError, match=rf"^{name} needs .* pip install 'skhpt\[plot\]'"):
        getattr(plots, name)(hyperband, *arguments(name))


@pytest.mark.parametrize("name", [name for name in PICTURES if name not in ("rungs", "parameter_importance")])
@pytest.mark.parametrize("n_failed", [0, 1])
def test_one_candidate_on_one_fold_can_be_drawn_even_if_another_fails(name, n_failed):
    grid = [{"units": [5], "epochs": [1]}, {"units": [6], "fail_if": ["always"]}]
    if n_failed:
        search = searched_with_failures(grid, FOLDS[:1])
    else:
        search = GridSearchCV(Tunable(), grid[:1], cv=FOLDS[:1]).fit(X, y)
    drawn = getattr(plots, name)(search, *arguments(name))
    (drawn[0, 0].figure if name == "scatter_matrix" else drawn.figure).canvas.draw()


@pytest.mark.parametrize("name", [name for name in PICTURES if name not in ("rungs", "parameter_importance")])
@pytest.mark.parametrize("score", [np.nan, -np.inf])
def test_a_search_none_of_whose_scores_is_a_number_can_be_drawn(name, score):
    search = GridSearchCV(Tunable(), {"units": [10, 20]}, cv=FOLDS, scoring=lambda *_: score, refit=False)
    with pytest.warns(UserWarning, match="non-finite"), np.errstate(invalid="ignore"):
        search.fit(X, y)
    drawn = getattr(plots, name)(search, *arguments(name))
    (drawn[0, 0].figure if name == "scatter_matrix" else drawn.figure).canvas.draw()


def test_hundreds_of_candidates_can_be_drawn(ax):
    search = searched({"units": [*range(1, 101)], "kind": ["a", "b", "c"]}, refit=False)
    lines = plots.parallel_coordinates(search, ax).collections
    assert sum(len(each.get_segments()) for each in lines) == 300
