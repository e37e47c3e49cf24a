import numpy as np
import pandas as pd
import pytest
from imblearn import FunctionSampler
from scipy.sparse import csr_array
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.decomposition import PCA
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import KFold
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, MaxAbsScaler, StandardScaler

from skhpt import GridSearchCV
from skhpt.evaluation._in_place import leaving_rows_alone, may_change_rows, own_rows
from tests.fakes import FakeEstimator


def doubled(X):
    X *= 2
    return X


class Doubling(TransformerMixin, BaseEstimator):
    def fit(self, X, y=None):
        self.n_features_in_ = X.shape[1]
        return self

    def transform(self, X):
        return doubled(X)


@pytest.mark.parametrize(
    "step",
    [
        StandardScaler(copy=False),
        FunctionTransformer(doubled),
        FunctionTransformer(np.negative, kw_args={"out": None}),
        Doubling(),
        FunctionSampler(func=lambda X, y: (doubled(X), y)),
        Pipeline([("a", PCA()), ("b", MaxAbsScaler(copy=False))]),
        FeatureUnion([("a", SimpleImputer(copy=False))]),
        ColumnTransformer([("a", Doubling(), [0])]),
    ],
    ids=str,
)
def test_a_step_may_change_rows_if_it_is_told_to_or_nobody_knows_it(step):
    assert may_change_rows(step)
    assert may_change_rows(Pipeline([("a", PCA()), ("b", step), ("c", FakeEstimator())]))


@pytest.mark.parametrize(
    "step",
    [StandardScaler(), FunctionTransformer(), FunctionTransformer(np.log1p), PCA(), "passthrough", FakeEstimator()],
    ids=str,
)
def test_scikit_learns_own_steps_and_models_leave_rows_alone(step):
    assert not may_change_rows(step)
    assert not may_change_rows(make_pipeline(step, FakeEstimator()))


@pytest.mark.parametrize("kind", [np.asarray, pd.DataFrame, csr_array, np.ndarray.tolist])
def test_rows_are_copied_only_for_steps_that_may_change_them(kind):
    rows = kind(np.ones((3, 2)))
    assert own_rows(make_pipeline(StandardScaler(), FakeEstimator()), rows) is rows
    own = own_rows(make_pipeline(Doubling(), FakeEstimator()), rows)
    assert type(own) is type(rows)
    own[0:1] = own[0:1] * 2 if kind is not np.ndarray.tolist else [own[0].clear()]
    assert repr(rows) == repr(kind(np.ones((3, 2))))


@pytest.mark.parametrize("kind", [np.asarray, pd.DataFrame])
def test_steps_transform_copies_for_a_while(kind):
    rows, y = kind(np.arange(8.0).reshape(4, 2)), np.arange(4.0)
    model = make_pipeline(Doubling(), MaxAbsScaler(copy=False), LinearRegression())
    for estimator in (model, TransformedTargetRegressor(model), make_pipeline(PCA(), model)):
        estimator = clone(estimator).fit(kind(np.arange(8.0).reshape(4, 2)), y)
        with leaving_rows_alone(estimator):
            first, second = estimator.predict(rows), estimator.predict(rows)
        np.testing.assert_allclose(first, second)
        np.testing.assert_allclose(first, y, atol=1e-9)
        pd.testing.assert_frame_equal(pd.DataFrame(rows), pd.DataFrame(np.arange(8.0).reshape(4, 2)))
    assert "transform" not in vars(model[0])


def test_a_transform_of_the_objects_own_comes_back():
    step = FunctionTransformer(doubled)
    step.transform = doubled
    with leaving_rows_alone(make_pipeline(step, LinearRegression())):
        assert step.transform is not doubled
    assert step.transform is doubled


def test_models_other_than_networks_are_scored_on_the_rows_as_they_were():
    X = np.random.default_rng(0).normal(2, 3, (30, 2))
    y = X @ [1.0, 2.0] + X[:, 0] ** 2
    steps = [("scale", StandardScaler(copy=False)), ("double", Doubling()), ("model", LinearRegression())]
    folds, scoring = KFold(3), {name: name for name in ("r2", "neg_mean_squared_error")}
    options = {"cv": folds, "scoring": scoring, "refit": False, "return_train_score": True}
    results = GridSearchCV(Pipeline(steps), {"double": [Doubling()]}, **options).fit(X.copy(), y).cv_results_
    for fold, (train, test) in enumerate(folds.split(X)):
        plain = clone(Pipeline(steps)).fit(X[train], y[train])
        for part, numbers in (("train", train), ("test", test)):
            assert results[f"split{fold}_{part}_r2"][0] == pytest.approx(plain.score(X[numbers], y[numbers]))
