"""Errors about rows say which column is at fault."""

import keras
import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy.sparse import csr_array

from skhpt import GridSearchCV, KerasRegressor
from skhpt.trials import RowView

TABLE = pd.DataFrame(
    {
        "size": [1.0, 2.0, 3.0, 4.0],
        "age": [1.0, None, 3.0, 4.0],
        "city": ["Bath", "Ely", "Bath", "Ely"],
        "kind": pd.Categorical(["red", "blue", "red", "blue"]),
        "day": pd.date_range("2020-01-01", periods=4),
        "count": pd.array([1, None, 3, 4], dtype="Int64"),
        "huge": [1.0, 2.0, np.inf, 4.0],
        "plain": [1, 2, 3, 4],
    }
)
y = np.arange(4.0)


def build():
    return keras.Sequential([keras.layers.Dense(1)])


def network(**settings):
    return KerasRegressor(build, verbose=0, **settings)


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (["size", "age"], r"^Input X contains NaN\. Column 'age' has missing values\. Fill them, .* SimpleImputer"),
        (
            ["age", "size", "count"],
            r"^Input X contains NaN\. Columns 'age' and 'count' have missing values\. Fill them",
        ),
        (["plain", "count"], r"NaN.*Column 'count' has missing values"),
        (["size", "huge"], r"^Input X contains infinity or a value too large .*\. Column 'huge' has infinite values"),
        (
            ["size", "city"],
            r"^could not convert .*'Bath'\. Column 'city' holds text \('Bath'\)\. E",
        ),
        (
            ["size", "kind"],
            r"^could not convert .*'red'\. Column 'kind' holds categories \('red'\)\. Enc.*OneHot",
        ),
        (["size", "day"], r"Column 'day' holds dates\. Make numbers of it"),
    ],
)
def test_the_column_of_a_table_is_named(columns, expected):
    with pytest.raises((ValueError, TypeError), match=expected):
        network().fit(TABLE[columns], y)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (TABLE[["size", "age"]].to_numpy(), r"^Input X contains NaN\. Column 1 has missing values"),
        (TABLE[["size", "city"]].to_numpy(), r"string to float: 'Bath'\. Column 1 holds text \('Bath'\)"),
        ([[1, "Bath"], [2, "Ely"], [3, "Ely"], [4, "Ely"]], r"Column 1 holds text \('Bath'\)"),
        (np.full((4, 9), np.nan), r"Columns 0, 1, 2, 3, 4 and others have missing values"),
        (csr_array(np.array([[0, 0, np.inf]] * 4)), r"Column 2 has infinite values"),
        (RowView(np.array([[0, np.nan]] * 4)), r"Column 1 has missing values"),
        (np.full((4, 2, 2), np.nan), r"^Input X contains NaN\. X has missing values"),
        (pl.DataFrame({"size": [1.0] * 4, "city": ["Bath"] * 4}), r"Column 'city' holds text \('Bath'\)"),
    ],
    ids=["missing", "text", "list", "many", "sparse", "view", "images", "polars"],
)
def test_the_column_of_an_array_is_numbered(rows, expected):
    with pytest.raises(ValueError, match=expected):
        network().fit(rows, y)


def test_predictions_and_validation_rows_are_told_alike():
    fitted = network().fit(TABLE[["size", "plain"]], y)
    broken = TABLE[["size", "plain"]].assign(size=["1", "2", "a lot", "4"])
    for call in (
        lambda: fitted.predict(broken),
        lambda: network().fit(TABLE[["size", "plain"]], y, X_val=broken, y_val=y),
    ):
        with pytest.raises(ValueError, match=r"'a lot'\. Column 'size' holds text \('a lot'\)"):
            call()


def test_the_input_is_named_too():
    with pytest.raises(
        ValueError, match=r"^Input X\['table'\] contains NaN\. Column 'age' of X\['table'\] has missing"
    ):
        network().fit({"table": TABLE[["size", "age"]], "other": np.zeros((4, 2))}, y)
    with pytest.raises(ValueError, match=r"'Bath'\. Column 'city' of X\[1\] holds text"):
        network().fit([np.zeros((4, 2)), TABLE[["size", "city"]], np.zeros((4, 1))], y)


@pytest.mark.parametrize("engine", ["auto", "per-trial"])
def test_a_search_raises_it_before_it_trains(engine):
    with pytest.raises(ValueError, match=r"Column 'city' holds text \('Bath'\)"):
        GridSearchCV(network(), {"epochs": [1, 2]}, cv=2, engine=engine).fit(TABLE[["size", "city"]], y)


def test_missing_values_that_the_model_may_see_are_no_fault():
    with pytest.raises(ValueError, match=r"^Input X contains infinity.*Column 'huge' has infinite values"):
        network(allow_nan=True).fit(TABLE[["age", "huge"]], y)


def test_errors_about_shapes_stay_as_they_are():
    with pytest.raises(ValueError, match="Found array with 0 sample"):
        network().fit(TABLE[["size"]][:0], y[:0])
    with pytest.raises(ValueError, match="Expected 2D array, got 1D array instead"):
        network().fit(y, y)
