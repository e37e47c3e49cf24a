from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from scipy import stats

from skhpt import SearchSpace
from skhpt.search._param_space import parameter_space
from skhpt.strategies import Category, Number, Steps
from tests.space.hparams import Discrete, HParam, RealInterval


@dataclass(frozen=True)
class Range:
    """Has the face of an `Int` or a `Float`."""

    low: float
    high: float
    step: float | None = None
    log: bool = False
    kind: Any = float

    def rvs(self, size=None, random_state=None):
        return self.kind(self.low)

    def values(self):
        return [self.kind(value) for value in np.arange(self.low, self.high + 1e-9, self.step)]


class Options:
    options = ("relu", "tanh")


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ([1, 2], Category((1, 2))),
        ((None, "balanced"), Category((None, "balanced"))),
        (np.array([0.5, 1.5]), Category((0.5, 1.5))),
        (Options(), Category(("relu", "tanh"))),
        (stats.randint(2, 5), Number(2, 4, is_int=True)),
        (stats.uniform(1, 2), Number(1.0, 3.0)),
        (stats.loguniform(0.1, 10), Number(0.1, 10.0, log=True)),
        (stats.reciprocal(a=0.1, b=10), Number(0.1, 10.0, log=True)),
        (Range(0, 1), Number(0.0, 1.0)),
        (Range(1, 8, step=1, log=True, kind=int), Number(1, 8, log=True, is_int=True)),
        (Range(0, 1, step=0.5), Steps([0.0, 0.5, 1.0])),
        (Range(16, 48, step=16, kind=int), Steps([16, 32, 48])),
    ],
)
def test_what_users_give_is_understood(given, meant):
    (part,) = parameter_space({"x": given}, "BayesianSearchCV").parts
    assert part == {"x": meant}


def test_hparams_of_tensorboard_are_understood_as_by_the_other_searchers():
    rate, kind = HParam("rate", RealInterval(0.1, 1.0)), HParam("kind", Discrete(["b", "a"]))
    meant = {"rate": Number(0.1, 1.0), "kind": Category(("a", "b"))}
    for given in (
        [rate, kind],
        {"rate": rate, "kind": kind.domain},
        {rate: rate, kind: kind.domain},
        SearchSpace([rate, kind]),
    ):
        assert parameter_space(given, "BayesianSearchCV").parts == [meant]
    with pytest.raises(ValueError, match="of 'x' The HParam 'x' has no domain"):
        parameter_space({"x": HParam("x")}, "BayesianSearchCV")


def test_a_list_of_dicts_and_what_holds_one_as_parts_are_spaces_of_several_parts():
    parts = [{"x": [1]}, {"x": [2], "y": stats.uniform()}]

    class Space:
        pass

    space = Space()
    space.parts = tuple(parts)
    for given in (parts, tuple(parts), space):
        assert [list(part) for part in parameter_space(given, "BayesianSearchCV").parts] == [["x"], ["x", "y"]]


@pytest.mark.parametrize(
    ("given", "error", "said"),
    [
        ({"x": 3}, TypeError, r"'x' must be a list or tuple of options, .* loguniform\. Got 3 instead"),
        ({"x": "relu"}, TypeError, "'x' must be a list .* Got 'relu' instead"),
        ({"x": stats.norm()}, TypeError, "'x' must be a list"),
        ({"x": stats.loguniform(0.1, 1, loc=3)}, TypeError, "'x' must be a list"),
        ({"x": np.ones((2, 2))}, TypeError, "'x' must be a list"),
        ({"x": []}, ValueError, "of 'x' there must be at least one option: got none"),
        ({"x": Range(2, 1)}, ValueError, "of 'x' low must be at most high"),
        ({"x": Range(0, 1, log=True)}, ValueError, "of 'x' low must be above 0 where log=True"),
        ({}, TypeError, "must be a dict with the names of parameters, or a list of such dicts"),
        ([], TypeError, "must be a dict with the names"),
        ([{"x": [1]}, 3], TypeError, "must be a dict with the names"),
        (None, TypeError, "must be a dict with the names"),
    ],
)
def test_what_is_no_space_is_refused_with_what_can_be_one(given, error, said):
    with pytest.raises(error, match=f"he 'param_space' parameter of BayesianSearchCV.*{said}"):
        parameter_space(given, "BayesianSearchCV")
