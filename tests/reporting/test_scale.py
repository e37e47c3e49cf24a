import numpy as np
import pytest
from scipy.stats import loguniform, randint

from skhpt import Float, GridSearchCV, Int, RandomizedSearchCV, SearchSpace
from skhpt.reporting._scale import looks_logarithmic, scales_in
from tests.reporting.drawn import FOLDS, Tunable, X, y


@pytest.mark.parametrize("wrap", [dict, SearchSpace, lambda space: [{"kind": ["a"]}, space]])
def test_a_run_says_of_its_distributions_what_the_search_does(tmp_path, wrap):
    space = wrap({"units": Int(8, 64, log=True), "rate": Float(0.001, 1), "slope": loguniform(1, 9)})
    search = RandomizedSearchCV(
        Tunable(), space, n_iter=3, cv=FOLDS, random_state=0, refit=False, runs_dir=tmp_path
    ).fit(X, y)
    expected = {"units": True, "rate": False, "slope": True}
    assert scales_in(search) == scales_in(search.run_) == expected


def test_lists_say_nothing_of_a_scale():
    assert scales_in(GridSearchCV(Tunable(), {"rate": [0.001, 0.01, 0.1]})) == {}
    assert scales_in(RandomizedSearchCV(Tunable(), {"units": randint(1, 5), "kind": ["a"]})) == {"units": False}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([8, 16, 32, 64], True),
        ([1, 10, 100], True),
        ([0.001, 0.25, 0.5, 0.75, 1], False),  # even as they are
        ([0, 0.001, 0.01, 0.1], False),  # no logarithm
        ([8, 16, 32], False),  # too narrow
        ([0.001, 0.1], False),  # any two are even on any scale
        ([np.nan, 1, 10, 100], True),
    ],
)
def test_values_tell_their_scale(values, expected):
    assert looks_logarithmic(np.array(values, dtype=float)) is expected
