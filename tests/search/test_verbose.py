"""What a search prints is what scikit-learn's prints, but for the times."""

import re

import pytest
from sklearn.linear_model import LogisticRegression

from tests.search.parity import MODULES, fit

CASES = {
    "GridSearchCV": {"cv": 2},
    "RandomizedSearchCV": {"cv": 2, "n_iter": 2, "random_state": 0},
    "HalvingGridSearchCV": {"cv": 2, "factor": 2, "random_state": 0},
    "HalvingRandomSearchCV": {"cv": 2, "n_candidates": 2, "factor": 1.5, "random_state": 0},
}
OPTIONS = {
    "one metric": {},
    "train scores": {"return_train_score": True},
    "two metrics": {"scoring": ["f1", "accuracy"], "refit": False},
    "two metrics and train scores": {"scoring": ["f1", "accuracy"], "refit": "f1", "return_train_score": True},
    "failing": {"error_score": -1.0},
    "failing, two metrics": {"scoring": ["f1", "accuracy"], "refit": False, "return_train_score": True},
}


@pytest.mark.parametrize("verbose", [1, 2, 3, 10])
@pytest.mark.parametrize(
    ("name", "option"),
    [
        (name, option)
        for name in CASES
        for option in OPTIONS
        if not ("Halving" in name and "two metrics" in option)  # one metric decides a halving
    ],
)
def test_the_lines_are_those_of_scikit_learn(name, option, verbose, capsys):
    grid = {"C": [0.1, -1.0 if "failing" in option else 1.0], "fit_intercept": [True]}
    printed = []
    for module in MODULES:
        fit(module, name, LogisticRegression(), grid, verbose=verbose, **CASES[name] | OPTIONS[option])
        lines = [re.sub(r"(\.*)(.*total time=).*", r"\2", line) for line in capsys.readouterr().out.splitlines()]
        printed.append(lines)
    assert printed[0] == printed[1]
    assert printed[0][0]


def test_dots_fill_a_line_of_80_characters(capsys):
    fit(MODULES[0], "GridSearchCV", LogisticRegression(), {"C": [1.0]}, verbose=10)
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("[CV")]
    assert [len(line) for line in lines] == [80] * 6
