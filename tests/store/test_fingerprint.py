import json
from threading import Lock

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy.sparse import csr_matrix

from skhpt.store import fingerprint_of_rows

TABLE = pd.DataFrame({"a": [1.0, 2.0], "b": ["x", "y"]})
ORDERED = pd.CategoricalDtype(["a", "b"], ordered=True)
WIDER = pd.CategoricalDtype(["a", "b", "c"], ordered=True)
TURNED = pd.CategoricalDtype(["b", "a"], ordered=True)
CHANGED = pd.DataFrame({"a": [1.0, 2.0], "b": ["x", "z"]})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (np.zeros((4, 2)), np.ones((4, 2))),
        (np.zeros((4, 2)), np.zeros((2, 4))),
        (np.zeros(4, np.float32), np.zeros(4, np.int32)),
        (TABLE, CHANGED),
        (TABLE, TABLE.rename(columns={"a": "c"})),
        (TABLE["a"], TABLE["b"]),
        (TABLE["b"].astype("category"), CHANGED["b"].astype("category")),
        (pl.DataFrame({"a": [1, 2]}), pl.DataFrame({"a": [1, 3]})),
        (csr_matrix(np.eye(3)), csr_matrix(2 * np.eye(3))),
        ([np.zeros((2, 1)), np.zeros((2, 3))], [np.zeros((2, 1)), np.ones((2, 3))]),
        ({"a": np.zeros(2), "b": np.zeros(2)}, {"a": np.zeros(2), "b": np.ones(2)}),
        ([[1, 2], [3, 4]], [[1, 2], [3, 5]]),
        (["a", "b"], ["a", "c"]),
        (np.array(["a", None], dtype=object), np.array(["a", "b"], dtype=object)),
        ([[1], [1, 2]], [[1], [1, 3]]),
        (np.zeros((6, 2))[::2], np.ones((6, 2))[::2]),
        (pd.Series(["a", "b"], dtype="category"), pd.Series(["a", "b"], dtype=ORDERED)),
        (pd.Series(["a", "b"], dtype=ORDERED), pd.Series(["a", "b"], dtype=WIDER)),
        (pd.Series(["a", "b"], dtype=ORDERED), pd.Series(["a", "b"], dtype=TURNED)),
        (pd.DataFrame({"a": pd.Categorical([1, 2])}), pd.DataFrame({"a": pd.Categorical(["1", "2"])})),
        (pd.DataFrame({"a": pd.Categorical([1, 2])}), pd.DataFrame({"a": pd.Categorical([1.0, 2.0])})),
        (pd.Categorical(["a", "b"]), pd.Categorical(["a", "b"], categories=["b", "a"])),
        (pd.array([1, None]), pd.array([1, 0])),
        (pd.CategoricalIndex(["a", "b"]), pd.CategoricalIndex(["a", "b"], categories=["b", "a"])),
        (pd.Series([True, "a"], dtype=object), pd.Series(["True", "a"], dtype=object)),
        (pd.Series([1, 2], dtype=object), pd.Series([1.0, 2.0], dtype=object)),
        (pd.Series([0.0]), pd.Series([-0.0])),
        (pl.DataFrame({"a": [1, 2], "b": [0.5, 1]}), pl.DataFrame({"a": [1.0, 2.0], "b": [0.5, 1]})),
        (pl.Series(["a", "b"], dtype=pl.Enum(["a", "b"])), pl.Series(["a", "b"], dtype=pl.Enum(["b", "a"]))),
        (np.ma.array([1, 2], mask=[0, 1]), np.ma.array([1, 2], mask=[1, 0])),
        ([1, "a"], ["1", "a"]),
        ([[1, "a"]], [["1", "a"]]),
        ([True, 2], [1, 2]),
    ],
)
def test_data_are_told_from_others_and_equal_themselves(one, other):
    assert fingerprint_of_rows(one) == fingerprint_of_rows(one)
    assert fingerprint_of_rows(one) != fingerprint_of_rows(other)


def test_an_array_that_is_read_in_pieces_is_told_as_it_is_in_one(monkeypatch):
    X = np.arange(35.0).reshape(5, 7)
    in_one = fingerprint_of_rows(X)
    monkeypatch.setattr("skhpt.store._fingerprint._PIECE", 100)  # less than two rows
    assert fingerprint_of_rows(X) == fingerprint_of_rows(np.asfortranarray(X)) == in_one


def test_how_an_array_lies_in_memory_makes_no_difference():
    X = np.arange(12.0).reshape(3, 4)
    assert fingerprint_of_rows(np.asfortranarray(X)) == fingerprint_of_rows(X)


def test_what_was_done_with_a_table_makes_no_difference():
    table = TABLE.copy()
    before = fingerprint_of_rows(table)
    table["a"].mean(), table.memory_usage(deep=True), table["b"].unique()
    assert fingerprint_of_rows(table) == before


def test_the_order_of_named_inputs_makes_no_difference():
    one, other = np.zeros(2), np.ones(2)
    first, second = fingerprint_of_rows({"a": one, "b": other}), fingerprint_of_rows({"b": other, "a": one})
    assert json.dumps(first) == json.dumps(second)


def test_rows_of_which_nothing_can_be_told_equal_nothing():
    rows = Lock()
    assert fingerprint_of_rows(rows) != fingerprint_of_rows(rows)


def test_no_target_has_no_fingerprint():
    assert fingerprint_of_rows(None) is None
