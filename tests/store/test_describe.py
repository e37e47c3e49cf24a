import datetime
import enum
import functools
import json
import re
from collections import Counter, defaultdict, deque, namedtuple
from decimal import Decimal
from operator import itemgetter
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import loguniform, randint, rv_discrete
from sklearn import config_context
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.model_selection import KFold
from sklearn.pipeline import make_pipeline

from skhpt import Choice, Float, Int, SearchSpace
from skhpt.store import describe, differences, readable, same_description


def scaled(factor):
    def function(x):
        return factor * x

    return function


Rung = namedtuple("Rung", ["place", "amount"])


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


class Named(enum.StrEnum):
    RELU = "relu"


class Slotted:
    __slots__ = ("a",)

    def __init__(self, a):
        self.a = a


def requesting(weights):
    with config_context(enable_metadata_routing=True):
        return Ridge().set_fit_request(sample_weight=weights)


def deep(step):
    inner = make_pipeline(step)
    return make_pipeline(ColumnTransformer([("a", make_pipeline(inner), [0])]), Ridge())


def cyclic():
    value = [1]
    value.append(value)
    return value


VALUES = {
    "plain": {"a": [1, 2.5, "x", None, True]},
    "tuple": (1, (2,)),
    "set": frozenset({"a", "b", "c"}),
    "array": np.arange(3.0),
    "long array": np.arange(1000),
    "objects": np.array(["a", None], dtype=object),
    "function": scaled(2),
    "partial": functools.partial(scaled(2), 3),
    "method": Ridge().fit,
    "class": Ridge,
    "estimator": Ridge(alpha=2.0),
    "distribution": loguniform(0.1, 1),
    "integers": Int(8, 64, log=True),
    "numbers": Float(0.1, 1.0),
    "choice": Choice([scaled(2), None]),
    "space": SearchSpace([{"units": Int(8, 64)}, {"optimizer": ["adam"]}]),
    "splitter": KFold(3, shuffle=True, random_state=0),
    "random state": np.random.RandomState(3),
    "not finite": [float("nan"), float("inf")],
    "bytes": b"abc",
    "ufunc": np.log,
    "builtin": len,
    "holds itself": cyclic(),
}


@pytest.mark.parametrize("name", VALUES)
def test_a_description_is_json_and_equals_itself(name):
    described = describe(VALUES[name])
    assert json.loads(json.dumps(described, allow_nan=False)) == described
    assert describe(VALUES[name]) == described
    readable(described)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (scaled(2), scaled(3)),
        (lambda x: x + 1, lambda x: x + 2),
        (lambda x, y=1: x, lambda x, y=2: x),
        (lambda x: x.real, lambda x: x.imag),
        (functools.partial(max, 1), functools.partial(max, 2)),
        (Ridge(alpha=1), Ridge(alpha=2)),
        (Ridge(alpha=1).fit, Ridge(alpha=2).fit),
        (loguniform(0.1, 1), loguniform(0.1, 2)),
        (loguniform(1, 2), randint(1, 2)),
        (Int(1, 2), Int(1, 3)),
        (Int(1, 2), Int(1, 2, log=True)),
        (Int(1, 2), Float(1, 2)),
        (Float(1, 2), Float(1, 2, step=0.5)),
        (Choice([1, 2]), Choice([1, 3])),
        (Choice([scaled(2)]), Choice([scaled(3)])),
        (SearchSpace({"a": Int(1, 2)}), SearchSpace({"a": Int(1, 3)})),
        (KFold(3), KFold(4)),
        (np.arange(1000), np.arange(1, 1001)),
        (np.zeros(1000, np.float32), np.zeros(1000, np.float64)),
        (np.random.RandomState(0), np.random.RandomState(1)),
        ((1, 2), [1, 2]),
        (b"a", b"b"),
        (range(3), range(9)),
        (Path("a"), Path("b")),
        (datetime.date(2020, 1, 1), datetime.date(2020, 1, 2)),
        (Decimal("1"), Decimal("2")),
        (1j, 2j),
        (slice(1), slice(2)),
        (np.random.default_rng(0), np.random.default_rng(1)),
        (re.compile("a"), re.compile("b")),
        (itemgetter(1), itemgetter(2)),
        (deque([1]), deque([2])),
        (Slotted(1), Slotted(2)),
        (np.mean, np.median),
        (np.sort, np.round),
        ({1: 2}, {"1": 2}),
        (functools.lru_cache(scaled(2)), functools.lru_cache(scaled(3))),
        (rv_discrete(values=([1, 2], [0.5, 0.5]))(), rv_discrete(values=([1, 3], [0.5, 0.5]))()),
        (deep(SimpleImputer(strategy="mean")), deep(SimpleImputer(strategy="median"))),
        (requesting(True), requesting(False)),
        ([], {}),
        (1, 1.0),
        (True, 1),
        (0.0, -0.0),
        ({"a": 1}, {"a": True}),
        ({"tuple": [1]}, (1,)),
        ({"items": [[1, 2]]}, {1: 2}),
        ({"dict": {"tuple": 1}}, {"tuple": 1}),
        ({"number": "nan"}, float("nan")),
        ({"class": "sklearn.linear_model._ridge.Ridge"}, Ridge),
        ({"array": [1], "dtype": "<i8"}, np.array([1])),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        ({1: 1, 2: 2}, {2: 2, 1: 1}),
        (defaultdict(int), {}),
        (defaultdict(int), defaultdict(list)),
        (Counter(a=1), {"a": 1}),
        (Rung(1, 2), (1, 2)),
        (Level.LOW, 1),
        (Named.RELU, "relu"),
        (Level.LOW, Level.HIGH),
        (np.datetime64(1, "ns"), 1),
        (np.zeros((0, 3)), np.zeros((0, 2))),
        (np.zeros(1), -np.zeros(1)),
        (np.ma.array([1, 2], mask=[0, 1]), np.ma.array([1, 2], mask=[1, 0])),
        (np.ma.array(np.arange(99), mask=False), np.ma.array(np.arange(99), mask=np.arange(99) == 50)),
        (np.zeros(1, [("a", int)]), np.zeros(1, [("b", int)])),
    ],
)
def test_values_that_differ_are_described_otherwise(one, other):
    assert same_description(describe(one), describe(one))
    assert not same_description(describe(one), describe(other))


@pytest.mark.parametrize("weights", [{"a": 1.0, "b": 2.0}, {0: 1.0, 1: 2.0}, {"tuple": 1.0, "set": 2.0}], ids=repr)
@pytest.mark.parametrize("name", ["class_weight", "net__class_weight", "scoring"])
def test_the_order_of_what_is_only_looked_up_makes_no_difference(name, weights):
    other = dict(reversed(weights.items()))
    assert same_description(describe({name: weights}), describe({name: other}))
    assert same_description(describe({name: [weights, (weights,)]}), describe({name: [other, (other,)]}))
    assert not same_description(describe({"layers": weights}), describe({"layers": other}))


def test_arrays_that_hold_nan_equal_themselves():
    described = describe(np.array([np.nan, 1.0]))
    assert json.dumps(described, allow_nan=False) == json.dumps(describe(np.array([np.nan, 1.0])))


@pytest.mark.parametrize("shown", [Level.LOW, Named.RELU])
def test_tables_show_the_value_of_a_member_of_an_enum(shown):
    assert readable(describe(shown)) == shown.value
    assert type(readable(describe(shown))) is type(shown.value)


class AUC:
    """Has a configuration as Keras' objects have."""

    def __init__(self, name, k=1):
        self.config = {"name": name, "k": k}

    def get_config(self):
        return self.config


def test_what_keras_counts_in_names_makes_no_difference():
    assert describe(AUC("auc")) == describe(AUC("auc_7"))
    assert describe(AUC("mine_1")) != describe(AUC("mine_2"))
    assert describe(AUC("auc", k=2)) != describe(AUC("auc", k=3))


class Huber(AUC):
    """Holds what its configuration does not tell, as Keras' loss of that name does."""

    def __init__(self, delta):
        super().__init__("huber")
        self.options = {"delta": delta, "over": [0, 1]}
        self.pattern = re.compile("bias")
        self.tracker = object()


def test_what_a_configuration_leaves_out_makes_a_difference():
    assert describe(Huber(0.1)) == describe(Huber(0.1))
    assert describe(Huber(0.1)) != describe(Huber(10.0))


def test_a_module_is_its_name():
    import json as module

    def build():
        return module

    assert {"module": "json"} in describe(build)["given"][2]


class Unruly:
    """Raises whatever it is asked."""

    def __getattribute__(self, name):
        raise OSError(name)


def test_what_can_not_be_looked_at_is_described_and_equals_nothing():
    unruly = Unruly()
    assert json.dumps(describe({"a": [unruly]}))
    assert describe(unruly) != describe(unruly)
    (clause,) = differences({"model": describe(unruly)}, {"model": describe(unruly)})
    assert clause == "model can't be compared with what it was"


class Nested:
    """Holds a value twice."""

    def __init__(self, value):
        self.one = value
        self.other = value


def test_objects_that_are_shared_are_told_once():
    shared = Ridge()
    for _ in range(40):
        shared = Nested(shared)
    assert len(json.dumps(describe(shared))) < 100_000


def test_numbers_of_numpy_are_numbers():
    assert describe({"a": np.float64(0.5), "b": np.int64(3), "c": np.bool_(True)}) == {"a": 0.5, "b": 3, "c": True}


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (16, 16),
        ("relu", "relu"),
        ((16, 32), "(16, 32)"),
        ([0.5, (1,)], "[0.5, (1)]"),
        (Ridge(), "<object Ridge>"),
        (loguniform(0.5, 1), "loguniform(0.5, 1)"),
        (Int(8, 64), "Int(8, 64)"),
        (Int(8, 64, step=8), "Int(8, 64, step=8)"),
        (Float(1e-4, 0.1, log=True), "Float(0.0001, 0.1, log=True)"),
        (Choice(["relu", None]), "Choice(['relu', None])"),
        (np.arange(2), "array([0, 1])"),
        ([{"tuple": [1]}], "[{tuple: [1]}]"),
        (scaled, "<function scaled>"),
    ],
)
def test_tables_show_numbers_and_text_as_they_are_and_the_rest_in_short(value, shown):
    assert readable(describe(value)) == shown


def test_differences_are_told_by_the_users_own_names():
    there = {"param_grid": describe({"C": [1, 2]}), "estimator": describe(Ridge(alpha=1.0)), "cv": describe(KFold(5))}
    here = {"param_grid": describe({"C": [1, 3]}), "estimator": describe(Ridge(alpha=2.0)), "cv": describe(KFold(3))}
    assert differences(there, here) == [
        "param_grid.C is [1, 2] there and [1, 3] here",
        "estimator.alpha is 1.0 there and 2.0 here",
        "cv.n_splits is 5 there and 3 here",
    ]


def test_what_is_drawn_from_otherwise_is_told_as_it_was_made():
    there, here = ({"slope": describe(loguniform(0.1, high)), "units": describe(Int(8, high))} for high in (1000, 2000))
    assert differences(there, here) == [
        "slope is loguniform(0.1, 1000) there and loguniform(0.1, 2000) here",
        "units is Int(8, 1000) there and Int(8, 2000) here",
    ]


def test_of_what_looks_alike_the_part_that_differs_is_told():
    there, here = ({"loss": describe(Choice([scaled(factor), None]))} for factor in (2, 3))
    (clause,) = differences(there, here)
    assert "2" in clause
    assert "3" in clause


def test_types_and_orders_that_differ_are_told():
    there = {"a": describe([1]), "b": describe({"x": 1, "y": 2}), "c": 1, "d": describe((1,))}
    here = {"a": describe([1.0]), "b": describe({"y": 2, "x": 1}), "c": "1", "d": describe({"tuple": [1]})}
    assert differences(there, here) == [
        "a is [1] there and [1.0] here",
        "b is in the order x, y there and in the order y, x here",
        "c is 1 (int) there and 1 (str) here",
        "d is (1) there and {tuple: [1]} here",
    ]


def test_data_and_code_that_changed_are_told_without_their_digests():
    there = {"X": describe(np.zeros(100)), "scoring": describe(lambda x: x)}
    here = {"X": describe(np.ones(100)), "scoring": describe(lambda x: x + 1)}
    assert differences(there, here) == [
        "the contents of X differ",
        "the code of scoring has changed",
    ]
