"""Rows that many lanes meet."""

import numpy as np
import pytest

from skhpt.estimators import Rows
from skhpt.fused._data import Source, Tables, weighted
from skhpt.trials import RowView

X = np.arange(20.0).reshape(10, 2).astype("float32")


def found(tables, rows, order):
    numbers = tables.numbers(rows, np.asarray(order))
    return [tables.arrays[part][0][n] if tables.arrays[part] else None for part, n in enumerate(numbers)]


def test_rows_are_found_in_any_order_and_held_once():
    first, second = Rows(X[:4], np.arange(4)), Rows(X[4:], np.arange(6), np.ones(6))
    first = weighted(first)
    tables = Tables([first, second, Rows(first.X, first.y, first.sample_weight)])
    assert len(tables.arrays[0][0]) == 10
    X_found, y_found, weights = found(tables, second, [5, 0])
    np.testing.assert_array_equal(X_found, X[[9, 4]])
    np.testing.assert_array_equal(y_found, [5, 0])
    assert weights.tolist() == [1, 1]


def test_folds_of_an_array_are_rows_of_it():
    train, test = np.array([1, 3, 5]), np.array([0, 2])
    fold, held_out = Rows(X[train], np.arange(3)), Rows(X[test])
    sources = {id(fold.X): Source(X, train), id(held_out.X): Source(X, test)}
    tables = Tables([fold, held_out], sources)
    assert tables.arrays[0][0] is X
    np.testing.assert_array_equal(found(tables, fold, [2, 1])[0], X[[5, 3]])
    np.testing.assert_array_equal(found(tables, held_out, [1])[0], X[[2]])


def test_views_of_an_array_are_rows_of_it_cast_once():
    train, test = RowView(X, np.array([1, 3, 5]), np.float64), RowView(X, np.array([0, 2]), np.float64)
    held_out = train.take(np.array([2]))
    rows = [Rows(train, np.arange(3)), Rows(held_out, np.arange(1)), Rows(test)]
    tables = Tables(rows)
    (whole,) = tables.arrays[0]
    assert whole.base is X
    assert whole.dtype == np.float64
    np.testing.assert_array_equal(found(tables, rows[0], [2, 1])[0], X[[5, 3]])
    np.testing.assert_array_equal(found(tables, rows[1], [0])[0], X[[5]])
    np.testing.assert_array_equal(found(tables, rows[2], [1])[0], X[[2]])


def test_several_inputs_and_outputs_keep_their_structure():
    rows = Rows({"a": X, "b": X[:, :1]}, (np.arange(10), np.ones(10)))
    structure = Tables([rows]).structure
    packed = structure.pack([["A", "B"], ["y", "z"], []])
    assert packed == ({"a": "A", "b": "B"}, ("y", "z"), None)


def test_weights_of_one_stand_where_there_are_none():
    rows = Rows(X, np.arange(10))
    assert weighted(rows).sample_weight.tolist() == [1.0] * 10
    given = Rows(X, np.arange(10), np.full(10, 2.0))
    assert weighted(given) is given


@pytest.mark.parametrize("budget", ["1", "100"])
def test_lanes_train_in_turns_within_the_budget(budget, monkeypatch):
    from skhpt.fused._memory import turns

    monkeypatch.setenv("SKHPT_FUSED_MEMORY_MB", budget)
    parts = turns(list("abcdef"), 2 * 2**20)
    assert [lane for part in parts for lane in part] == list("abcdef")
    assert {len(part) for part in parts} == ({1} if budget == "1" else {6})
