"""Searches over models with several inputs: a list, tuple or dict of arrays and tables is split by rows."""

import keras
import numpy as np
import pandas as pd
import pytest
from keras import layers
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.datasets import load_iris
from sklearn.model_selection import GroupKFold, KFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import KBinsDiscretizer, StandardScaler, scale

from skhpt import (
    GridSearchCV,
    HalvingGridSearchCV,
    InputSplitter,
    KerasClassifier,
    load_run,
    nested_scores,
)
from skhpt.evaluation import rows_seen
from skhpt.exceptions import ModelError
from tests.execution.clusters import cluster

ENGINES = ["fused", "per-trial"]
ONE_IS_SLOW = ["fused", pytest.param("per-trial", marks=pytest.mark.slow)]
X, y = load_iris(return_X_y=True)
ORDER = np.random.default_rng(0).permutation(len(X))[:60]
X, y = scale(X)[ORDER], y[ORDER]
TABLE = pd.DataFrame(X[:, :3], columns=["a", "b", "c"])
BY_NAME = {"table": TABLE, "column": pd.Series(X[:, 3], name="d", index=np.arange(60)[::-1])}


def joined(inputs, units):
    hidden = layers.Dense(units, activation="relu")(layers.Concatenate()(inputs))
    return layers.Dense(3, activation="softmax")(hidden)


def by_name(units=4):
    table, column = keras.Input((3,), name="table"), keras.Input((1,), name="column")
    return keras.Model({"table": table, "column": column}, joined([table, column], units))


def by_place(units=4):
    inputs = [keras.Input((3,)), keras.Input((1,))]
    return keras.Model(inputs, joined(inputs, units))


def of_one_array(units=4):
    return keras.Sequential(
        [keras.Input((4,)), layers.Dense(units, activation="relu"), layers.Dense(3, activation="softmax")]
    )


def network(build=by_name, **params):
    return KerasClassifier(build, **{"epochs": 1, "batch_size": 20, "verbose": 0, "random_state": 0} | params)


def grid_search(estimator, grid=None, **options):
    return GridSearchCV(estimator, grid or {"units": [4, 6]}, **{"cv": 2, "random_state": 0} | options)


def test_several_inputs_are_searched_as_their_columns_in_one_array():
    options = {"return_train_score": True, "store_predictions": True, "record_validation": True}
    given = {"sample_weight": np.linspace(0.5, 2, 60), "groups": np.arange(60) % 5}
    forms = [
        (of_one_array, X, "fused"),
        (by_name, BY_NAME, "fused"),
        (by_name, BY_NAME, "per-trial"),
        (by_place, [X[:, :3], X[:, 3:]], "fused"),
        (by_place, (TABLE, BY_NAME["column"]), "fused"),
    ]
    expected = None
    for build, rows, engine in forms:
        search = grid_search(network(build), cv=GroupKFold(2), engine=engine, **options).fit(rows, y, **given)
        assert set(search.engine_report_["engine"]) == {engine}
        assert search.best_estimator_.predict(rows).shape == (60,)
        found = [*(search.cv_results_[f"mean_{part}_score"] for part in ("test", "train")), [search.corrected_score_]]
        found += [search.histories_[["loss", "test_loss"]].to_numpy().ravel(), [search.score(rows, y)]]
        expected = expected or found
        for one, other in zip(found, expected, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-4)


@pytest.mark.parametrize("engine", ONE_IS_SLOW)
def test_a_run_goes_on_with_the_same_inputs_alone(engine, tmp_path):
    def fitted(rows):
        search = grid_search(network(), engine=engine, runs_dir=tmp_path, resume=True)
        return search.fit(rows, y)

    first, again = fitted(BY_NAME), fitted(BY_NAME)
    assert again.run_.id == first.run_.id
    np.testing.assert_array_equal(again.predict(BY_NAME), first.predict(BY_NAME))
    loaded = load_run(first.run_.path)
    rows = {"table": TABLE.to_numpy(), "column": X[:, 3:]}
    np.testing.assert_allclose(
        loaded.best_model_.predict(rows, verbose=0), first.predict_proba(BY_NAME), rtol=1e-5, atol=1e-6
    )
    changed = BY_NAME | {"column": BY_NAME["column"] + 1}
    with pytest.warns(UserWarning, match=r"X\.parts\.column differ"):
        assert fitted(changed).run_.id != first.run_.id
    first.best_estimator_.save(tmp_path / "best")
    np.testing.assert_array_equal(KerasClassifier.load(tmp_path / "best").predict(BY_NAME), first.predict(BY_NAME))


@pytest.mark.parametrize("engine", ONE_IS_SLOW)
def test_halving_takes_samples_of_each_input_and_repeats_trials(engine):
    search = HalvingGridSearchCV(
        network(), {"units": [4, 5, 6]}, min_resources=20, cv=2, repeats=2, engine=engine, random_state=0
    )
    assert search.plan(BY_NAME, y).n_fits == len(search.fit(BY_NAME, y).engine_report_)
    assert search.max_resources_ == 60
    assert search.n_resources_ == [20, 60]


@pytest.mark.parametrize("inputs", [{"a": TABLE, "b": TABLE}, [TABLE, TABLE]])
def test_a_sequential_model_takes_one(inputs):
    alone = KerasClassifier(lambda: keras.Sequential([layers.Concatenate(), layers.Dense(3)]))
    with pytest.raises(ModelError, match="Sequential takes one input, but X holds 2"):
        GridSearchCV(alone, {"epochs": [1]}, cv=2).fit(inputs, y)


def test_nested_scores_split_several_inputs_twice():
    scores = nested_scores(grid_search(network(by_place)), [TABLE, X[:, 3:]], y, cv=2)
    assert scores.shape == (2, 3)


class SeesRows(KFold):
    """A splitter that looks at an input."""

    def split(self, X, y=None, groups=None):
        assert len(X) == 60
        assert list(X["table"]) == ["a", "b", "c"]
        yield from super().split(X, y, groups)


class Doubled(TransformerMixin, BaseEstimator):
    """A step of the user's own."""

    def fit(self, X, y=None):
        self.fitted_ = True
        return self

    def transform(self, X):
        assert type(X) is dict
        return X | {"table": X["table"] * 2}


def mean_of_a(estimator, X, y):
    assert type(X) is dict
    assert isinstance(X["table"], pd.DataFrame)
    return X["table"]["a"].mean() + estimator.score(X, y) * 0


@pytest.mark.parametrize("engine", ENGINES)
def test_splitters_scorers_and_steps_of_ones_own_get_the_form_that_was_given(engine):
    pipeline = Pipeline([("own", Doubled()), ("network", network())])
    options = {"cv": SeesRows(2), "scoring": mean_of_a, "engine": engine}
    search = grid_search(pipeline, {"network__units": [4]}, **options).fit(BY_NAME, y)
    assert search.cv_results_["split0_test_score"] == pytest.approx(TABLE["a"][:30].mean())
    assert set(search.engine_report_["engine"]) == {engine}
    validated = grid_search(network(), {"units": [4]}, engine=engine).fit(
        BY_NAME, y, X_val={name: part[:10] for name, part in BY_NAME.items()}, y_val=y[:10]
    )
    assert validated.histories_["val_loss"].notna().all()


@pytest.mark.parametrize("engine", ENGINES)
def test_a_pipeline_that_makes_the_inputs_is_searched(engine):
    def embedding(units=4):
        numbers, bins = keras.Input((3,), name="numbers"), keras.Input((1,), name="bins", dtype="int32")
        embedded = layers.Flatten()(layers.Embedding(4, 2)(bins))
        return keras.Model({"numbers": numbers, "bins": bins}, joined([numbers, embedded], units))

    prepare = make_column_transformer(
        (StandardScaler(), ["a", "b", "c"]),
        (KBinsDiscretizer(4, encode="ordinal", strategy="uniform"), ["d"]),
    ).set_output(transform="pandas")
    selectors = {
        "numbers": make_column_selector("^standardscaler__"),
        "bins": make_column_selector("^kbinsdiscretizer__"),
    }
    pipeline = Pipeline(
        [("prepare", prepare), ("split", InputSplitter(selectors)), ("network", network(embedding, optimizer="adam"))]
    )
    rows = TABLE.assign(d=X[:, 3])
    options = {"resource": "network__epochs", "max_resources": 2, "cv": 2, "engine": engine, "random_state": 0}
    search = HalvingGridSearchCV(pipeline, {"network__units": [4, 6]}, factor=2, **options).fit(rows, y)
    assert search.n_resources_ == [1, 2]
    assert search.histories_["loss"].notna().all()
    assert rows_seen(search.best_estimator_, rows)[0] == 60 * 4  # by which a stored model is known again
    assert set(search.engine_report_["engine"]) == {engine}
    assert list(search.feature_names_in_) == ["a", "b", "c", "d"]
    assert search.predict_proba(rows).shape == (60, 3)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ({"table": TABLE, "column": X[:59, 3]}, r"X\['column'\] has 59 rows, y has 60"),
        ([TABLE, X[:59, 3:]], r"X\[1\] has 59 rows, y has 60. X is a list of 2 arrays"),
        ({}, "It is empty"),
    ],
)
def test_inputs_of_other_lengths_are_named(rows, message):
    for estimator in (network(), grid_search(network())):
        with pytest.raises(ValueError, match=message):
            estimator.fit(rows, y)


@pytest.mark.parametrize("engine", ENGINES)
def test_large_inputs_are_read_where_they_are(engine, monkeypatch):
    rows = {"table": np.asfortranarray(X[:, :3]), "column": X[:, 3:]}
    grid = {"units": [4]}
    search = grid_search(network(), grid, engine=engine, record_validation=True).fit(rows, y)
    monkeypatch.setattr("skhpt.trials._row_view.LARGE", rows["table"].nbytes)  # the column is not large
    viewed = grid_search(network(), grid, engine=engine, record_validation=True).fit(rows, y)
    assert set(viewed.engine_report_["engine"]) == {engine}
    for name in ("loss", "test_loss"):
        np.testing.assert_allclose(viewed.histories_[name], search.histories_[name], rtol=1e-5)
    np.testing.assert_allclose(viewed.predict_proba(rows), search.predict_proba(rows), rtol=1e-4, atol=1e-6)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # sockets that dask leaves open
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize("engine", ENGINES)
def test_workers_get_several_inputs(engine):
    """On a cluster fused trials are sent as well; large arrays once."""
    pytest.importorskip("distributed")
    wide = np.repeat(X[:, :3], 100, axis=1)  # 144 KB
    rows = {"table": wide, "column": X[:, 3:]}
    searches = [grid_search(network(workers_build), engine=engine).fit(rows, y)]
    if engine == "per-trial":
        searches.append(grid_search(network(workers_build), engine=engine, n_jobs=2).fit(rows, y))
    with cluster():
        searches.append(grid_search(network(workers_build), engine=engine, n_jobs=2).fit(rows, y))
    first, *others = searches
    for other in others:
        np.testing.assert_allclose(other.cv_results_["mean_test_score"], first.cv_results_["mean_test_score"])


def workers_build(units=4):
    table, column = keras.Input((300,), name="table"), keras.Input((1,), name="column")
    return keras.Model({"table": table, "column": column}, joined([table, column], units))
