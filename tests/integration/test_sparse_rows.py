"""Sparse rows: trained on as the dense ones are, and made dense a batch at a time."""

import keras
import numpy as np
import pandas as pd
import pytest
from scipy.sparse import coo_array, csc_matrix, csr_array, csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from skhpt import BaseWrapper, GridSearchCV, KerasClassifier, KerasTransformer
from skhpt.trials import RowView

rng = np.random.default_rng(0)
X = (rng.random((90, 5)) * (rng.random((90, 5)) < 0.4)).astype("float32")
y = (X[:, 0] > X[:, 1]).astype(int)
OPTIONS = {"optimizer": "adam", "epochs": 2, "batch_size": 16, "verbose": 0, "random_state": 0}
ENGINES = pytest.mark.parametrize("engine", ["fused", "per-trial"])
FUSED_AND_SLOWLY_THE_OTHER = pytest.mark.parametrize(
    "engine", ["fused", pytest.param("per-trial", marks=pytest.mark.slow)]
)


def build(units=3):
    return keras.Sequential([keras.layers.Dense(units, activation="relu"), keras.layers.Dense(1, activation="sigmoid")])


def network(**settings):
    return KerasClassifier(build, **OPTIONS | settings)


def searched(estimator, X, engine, grid, **settings):
    options = {"cv": 2, "engine": engine, "progress": False, "record_validation": True}
    return GridSearchCV(estimator, grid, **options | settings).fit(X, y)


def epochs_of(search):
    return search.histories_.drop(columns="epoch_seconds")


@pytest.mark.parametrize(
    ("kind", "dtype"),
    [
        (csr_array, "float32"),
        (csr_matrix, "float64"),
        (csc_matrix, "int64"),
        (coo_array, "bool"),
        (lambda X: pd.DataFrame(X).astype(pd.SparseDtype(bool, False)), "bool"),
    ],
    ids=["csr_array", "csr_matrix", "csc_matrix", "coo_array", "frame"],
)
def test_a_fit_on_sparse_rows_is_that_on_dense_ones(kind, dtype):
    rows = (5 * X).astype(dtype)
    dense = network(validation_split=0.2).fit(rows, y)
    sparse = network(validation_split=0.2).fit(kind(rows), y)
    assert sparse.X_dtype_ == dense.X_dtype_
    assert sparse.history_ == dense.history_
    np.testing.assert_array_equal(sparse.predict_proba(kind(rows)), dense.predict_proba(rows))


@ENGINES
def test_a_search_on_sparse_rows_is_that_on_dense_ones(engine, tmp_path):
    grid = {"units": [3], "optimizer__learning_rate": [0.001, 0.01]}
    options = {"return_train_score": True, "runs_dir": tmp_path}
    sparse = searched(network(validation_split=0.2), csr_array(X), engine, grid, **options)
    dense = searched(network(validation_split=0.2), X, engine, grid)
    assert set(sparse.engine_report_["engine"]) == {engine}
    assert epochs_of(sparse).equals(epochs_of(dense))
    np.testing.assert_array_equal(sparse.predict(csr_array(X)), dense.predict(X))
    again = searched(network(validation_split=0.2), csr_array(X), engine, grid, **options, resume=sparse.run_.path)
    assert again.run_.path == sparse.run_.path
    np.testing.assert_array_equal(again.cv_results_["mean_train_score"], sparse.cv_results_["mean_train_score"])


@FUSED_AND_SLOWLY_THE_OTHER
def test_steps_of_a_pipeline_may_make_sparse_rows(engine):
    table = pd.DataFrame({"city": rng.choice(["Bath", "Ely", "York"], 90), "size": rng.choice(["S", "M"], 90)})
    grid = {"kerasclassifier__optimizer__learning_rate": [0.001, 0.01]}
    of_both = [
        searched(make_pipeline(OneHotEncoder(sparse_output=is_sparse), network()), table, engine, grid)
        for is_sparse in (True, False)
    ]
    assert set(of_both[0].engine_report_["engine"]) == {engine}
    assert epochs_of(of_both[0]).equals(epochs_of(of_both[1]))


def test_candidates_of_other_widths_share_a_program_on_sparse_rows():
    words = ["good", "bad", "film", "so"]
    texts = [" ".join(rng.choice(words, 3)) for _ in y]
    pipeline, grid = make_pipeline(TfidfVectorizer(vocabulary=words), network()), {"kerasclassifier__units": [2, 3]}
    search = searched(pipeline, texts, "fused", grid)
    assert search.engine_report_["packing"].str.contains(" in 3").all()
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


@FUSED_AND_SLOWLY_THE_OTHER
def test_one_of_several_inputs_may_be_sparse(engine):
    def build(units=2):
        left, right = keras.Input((5,), name="left"), keras.Input((4,), name="right")
        joined = keras.layers.Concatenate()([left, keras.layers.Dense(units)(right)])
        return keras.Model({"left": left, "right": right}, keras.layers.Dense(1, activation="sigmoid")(joined))

    right = rng.random((90, 4))
    estimator, grid = KerasClassifier(build, **OPTIONS), {"optimizer__learning_rate": [0.001, 0.01]}
    sparse = searched(estimator, {"left": csr_array(X), "right": right}, engine, grid)
    dense = searched(estimator, {"left": X, "right": right}, engine, grid)
    assert set(sparse.engine_report_["engine"]) == {engine}
    assert epochs_of(sparse).equals(epochs_of(dense))


@ENGINES
def test_no_more_rows_than_a_batch_are_ever_dense(engine, monkeypatch):
    n_rows, n_features = 300, 100_000
    places = np.repeat(np.arange(n_rows), 10), rng.integers(0, n_features, 10 * n_rows)
    wide = csr_array((rng.random(10 * n_rows, dtype="float32"), places), shape=(n_rows, n_features))
    target, n_dense = np.arange(n_rows) % 2, []
    toarray = csr_array.toarray
    monkeypatch.setattr(csr_array, "toarray", lambda self, *more: n_dense.append(self.shape[0]) or toarray(self, *more))
    monkeypatch.setattr(RowView, "__array__", None)

    def build():
        return keras.Sequential([keras.Input((n_features,)), keras.layers.Dense(1, activation="sigmoid")])

    estimator = KerasClassifier(build, **OPTIONS | {"optimizer": "sgd", "epochs": 1})
    options = {"cv": 2, "engine": engine, "record_validation": True, "progress": False}
    search = GridSearchCV(estimator, {"optimizer__learning_rate": [0.01]}, **options).fit(wide, target)
    search.predict(wide)
    assert max(n_dense) <= 16
    assert set(search.engine_report_["engine"]) == {engine}


def test_validation_rows_may_be_sparse_where_the_others_are_dense_and_the_other_way_round():
    options = {"cv": 2, "engine": "fused", "progress": False}
    of_both = [
        GridSearchCV(network(), {"units": [3]}, **options).fit(rows, y, X_val=others, y_val=y)
        for rows, others in ((csr_array(X), X), (X, csr_array(X)))
    ]
    assert epochs_of(of_both[0]).equals(epochs_of(of_both[1]))


def test_a_builder_that_asks_for_the_rows_gets_those_to_train_on_sparse():
    seen = []

    def asking(X):
        seen.append(X)
        return build()

    KerasClassifier(asking, validation_split=0.2, **OPTIONS).fit(csr_array(X), y)
    np.testing.assert_array_equal(seen[0].toarray(), X[:72])


def test_a_transformer_puts_out_sparse_rows_again():
    def autoencoder():
        return keras.Sequential([keras.layers.Dense(2, name="encoder"), keras.layers.Dense(5)])

    sparse, dense = (KerasTransformer(autoencoder, **OPTIONS).fit(rows) for rows in (csr_array(X), X))
    np.testing.assert_array_equal(sparse.transform(csr_array(X)), dense.transform(X))
    assert sparse.score(csr_array(X)) == dense.score(X)


def test_an_encoder_of_a_subclass_gets_and_may_make_sparse_rows():
    class Doubling(KerasClassifier):
        @property
        def feature_encoder(self):
            from sklearn.preprocessing import FunctionTransformer

            return FunctionTransformer(lambda X: X * 2, accept_sparse=True)

    doubled = Doubling(build, **OPTIONS).fit(csr_array(X), y)
    assert doubled.history_ == network().fit(2 * X, y).history_


def test_what_can_not_be_trained_on_is_told_as_of_dense_rows():
    broken = csr_array(X)
    broken.data[7] = np.nan
    column = broken.tocoo().col[7]
    with pytest.raises(ValueError, match=rf"Input X contains NaN\. Column {column} has missing values"):
        network().fit(broken, y)
    with pytest.raises(ValueError, match="X has 3 features, but KerasClassifier is expecting 5"):
        network().fit(csr_array(X), y).predict(csr_array(X[:, :3]))
    with pytest.raises(TypeError, match=r"for y, but dense data is required. Use '\.toarray\(\)'"):
        BaseWrapper(build, loss="mse", **OPTIONS).fit(X, csr_array(y[:, None].astype(float)))
