"""Candidates that look alike to Python are not taken for the same by the fused engine."""

from collections import defaultdict

import keras
import numpy as np
import pytest

from skhpt.fused._frozen import frozen
from tests.fused.architectures import IRIS, KIND
from tests.fused.comparison import classifier, searched


class Sizes(list):
    """Holds more than its entries."""

    def __init__(self, entries, size):
        super().__init__(entries)
        self.size = size

    __hash__ = None


class Size(float):
    """Looks like any other."""

    def __repr__(self):
        return "a size"


def default_of(size):
    return defaultdict(lambda: size)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (default_of(2), default_of(4)),
        (Sizes([1], 2), Sizes([1], 4)),
        ([Sizes([1], 2)], [Sizes([1], 4)]),
        (Size(2), Size(4)),
        ({Size(2): 1}, {Size(4): 1}),
        (1, True),
        (1, 1.0),
        (0.0, -0.0),
        (0j, -0j),
        ([1], (1,)),
        ([1], [1.0]),
        ({"of": {"a": 1, "b": 2}}, {"of": {"b": 2, "a": 1}}),
        (np.datetime64(1, "ns"), 1),
        (np.ma.array([1, 2], mask=[0, 1]), np.ma.array([1, 2], mask=[1, 0])),
        (np.zeros(1), -np.zeros(1)),
    ],
    ids=repr,
)
def test_keys_of_values_that_look_alike_differ(one, other):
    assert frozen({"value": one}) != frozen({"value": other})
    assert frozen({"value": one}) == frozen({"value": one})


def test_the_order_of_parameters_means_nothing():
    assert frozen({"units": 8, "rate": 0.5}) == frozen({"rate": 0.5, "units": 8})


def spelt(meta, sizes=None, value=1, of=None):
    """Its layers are in the order of a dict, and one is as large as a value is long, or as an object says."""
    if of is not None:
        value = 10 ** (getattr(of, "size", None) or of["size"])
    inner = [keras.layers.Dense(size, name=name) for name, size in (sizes or {}).items()]
    inner.append(keras.layers.Dense(len(str(value))))
    return keras.Sequential([keras.Input((4,)), *inner, keras.layers.Dense(meta["n_classes_"])])


def n_parameters(estimator, X, y):
    return estimator.model_.count_params()


@pytest.mark.parametrize(
    "grid",
    [
        {"value": [1, 1.0, True, 0.0, -0.0]},
        {"sizes": [{"a": 2, "b": 4}, {"b": 4, "a": 2}]},
        {"of": [default_of(2), default_of(4)]},
        {"of": [Sizes([], 2), Sizes([], 4)]},
    ],
    ids=["values", "orders", "defaults", "attributes"],
)
def test_each_candidate_is_the_model_that_its_own_values_make(grid):
    options = {"scoring": n_parameters, "refit": False}
    ours, theirs = (
        searched(classifier(spelt, epochs=1), grid, IRIS, KIND, engine=engine, **options)
        for engine in ("fused", "per-trial")
    )
    assert ours.cv_results_["mean_test_score"].tolist() == theirs.cv_results_["mean_test_score"].tolist()
