"""The transformer that makes named inputs of columns."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy.sparse import coo_array, issparse
from sklearn.base import clone
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

from skhpt import InputSplitter

TABLE = pd.DataFrame(
    {
        "age": [31, 45, 38],
        "income": [2.0, 3.5, np.nan],
        "city": pd.Categorical(["Rome", "Oslo", "Rome"]),
        "n": [1, 2, 3],
    }
)


@pytest.mark.parametrize(
    ("selector", "numbers"),
    [
        ("age", [0]),
        (["income", "age"], [1, 0]),
        (slice("income", "n"), [1, 2, 3]),
        (3, [3]),
        ([-1, 0], [3, 0]),
        (slice(0, 2), [0, 1]),
        ([True, False, False, True], [0, 3]),
        (make_column_selector(dtype_include="category"), [2]),
        (make_column_selector(pattern="^[ai]"), [0, 1]),
        (lambda table: [name for name in table if table[name].isna().any()], [1]),
    ],
)
def test_selectors_are_those_of_a_column_transformer(selector, numbers):
    splitter = InputSplitter({"one": selector}, remainder="drop").fit(TABLE)
    assert splitter.columns_["one"].tolist() == numbers
    expected = TABLE.iloc[:, numbers].to_numpy()
    np.testing.assert_array_equal(splitter.transform(TABLE)["one"].astype(str), expected.astype(str))


def test_inputs_keep_the_values_and_types_of_their_columns():
    inputs = InputSplitter({"whole": ["age", "n"], "mixed": ["age", "income"], "city": "city"}).fit_transform(TABLE)
    assert list(inputs) == ["whole", "mixed", "city"]
    assert [part.dtype.kind for part in inputs.values()] == ["i", "f", "O"]
    assert [part.shape for part in inputs.values()] == [(3, 2), (3, 2), (3, 1)]
    assert inputs["city"].ravel().tolist() == ["Rome", "Oslo", "Rome"]


@pytest.mark.parametrize("make", [np.asarray, coo_array, pl.DataFrame, np.ndarray.tolist], ids=str)
def test_arrays_sparse_data_and_tables_of_polars_are_split(make):
    rows = np.arange(12.0).reshape(3, 4)
    inputs = InputSplitter({"left": slice(0, 3), "right": [3]}).fit_transform(make(rows))
    assert issparse(inputs["left"]) == (make is coo_array)
    left = inputs["left"].toarray() if issparse(inputs["left"]) else inputs["left"]
    np.testing.assert_array_equal(left, rows[:, :3])


def test_the_output_of_a_column_transformer_is_split_by_its_names():
    prepare = make_column_transformer(
        (StandardScaler(), ["age", "n"]), (OneHotEncoder(sparse_output=False), ["city"])
    ).set_output(transform="pandas")
    splitter = InputSplitter(
        {
            "numbers": make_column_selector(pattern="^standardscaler__"),
            "city": make_column_selector(pattern="^onehotencoder__"),
        }
    )
    pipeline = make_pipeline(prepare, splitter).set_output(transform="pandas")  # which asks each of its steps
    inputs = pipeline.fit_transform(TABLE)
    assert {name: part.shape for name, part in inputs.items()} == {"numbers": (3, 2), "city": (3, 2)}
    np.testing.assert_array_equal(clone(pipeline).fit(TABLE).transform(TABLE)["city"], inputs["city"])


def test_codes_stay_integers_for_embeddings():
    codes = OrdinalEncoder(dtype=int).set_output(transform="pandas").fit_transform(TABLE[["city"]])
    assert InputSplitter({"city": ["city"]}).fit_transform(codes)["city"].dtype.kind == "i"


@pytest.mark.parametrize(
    ("columns", "options", "message"),
    [
        ({"ages": ["age", "income"]}, {}, r"'columns' parameter of InputSplitter must say.*leaves out \['city', 'n'\]"),
        ({"ages": "years"}, {}, r"selects no columns of X for the input 'ages', by 'years'"),
        ({"ages": [7]}, {}, r"selects no columns of X for the input 'ages', by \[7\]"),
        ({"ages": []}, {}, r"at least one column for each input. Got \[\] for 'ages'"),
        ({}, {}, r"must have an entry for each input"),
        (["age"], {}, r"'columns' parameter of InputSplitter must be an instance of 'dict'"),
        ({"ages": "age"}, {"remainder": "passthrough"}, r"'remainder' parameter of InputSplitter must be"),
    ],
)
def test_columns_that_can_not_be_split_are_told(columns, options, message):
    with pytest.raises(ValueError, match=message):
        InputSplitter(columns, **options).fit(TABLE)


def test_other_columns_than_in_fit_are_refused():
    splitter = InputSplitter({"all": slice(None)})
    with pytest.raises(NotFittedError):
        splitter.transform(TABLE)
    splitter.fit(TABLE)
    assert splitter.feature_names_in_.tolist() == ["age", "income", "city", "n"]
    with pytest.raises(ValueError, match="feature names should match"):
        splitter.transform(TABLE.rename(columns={"n": "m"}))
    with pytest.raises(ValueError, match="expecting 4 features"):
        splitter.fit(TABLE.to_numpy()).transform(TABLE.to_numpy()[:, :3])
