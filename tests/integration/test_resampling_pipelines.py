"""Pipelines that change the rows to train on: those of imbalanced-learn, and of users' own."""

import numpy as np
import pytest
import sklearn
from imblearn import FunctionSampler
from imblearn.over_sampling import SMOTE
from imblearn.pipeline import Pipeline as ResamplingPipeline
from imblearn.under_sampling import RandomUnderSampler
from sklearn.base import clone
from sklearn.metrics import log_loss
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from skhpt import BayesianSearchCV, Choice, GridSearchCV, HalvingGridSearchCV, HyperbandSearchCV, KerasClassifier
from skhpt.exceptions import CannotFuseError
from tests.fused import architectures as nets
from tests.fused.architectures import IRIS, KIND
from tests.fused.comparison import ADAM, assert_engines_agree

slow = pytest.mark.slow
UNEVEN = (KIND != 1) | (np.arange(len(KIND)) % 2 == 0)  # half of one kind is missing
X, y = IRIS[UNEVEN], KIND[UNEVEN]
FOLDS = StratifiedKFold(2)
UNITS = [6, 9]
LOSS = 1e-4  # relative, after a few epochs
HALVING = {"resource": "epochs", "min_resources": 2, "max_resources": 4, "factor": 2}


def reordered(X, y):
    order = np.random.RandomState(0).permutation(len(X))
    return X[order], y[order]


def relabelled(X, y):
    y[:] = 2 - y
    X *= 2
    return X, y


def same_rows_other_labels(X, y):
    return X, 2 - y


SCALER = ("scale", StandardScaler())
STEPS = {
    "another order": [SCALER, ("sample", FunctionSampler(func=reordered))],
    "more rows": [SCALER, ("sample", SMOTE(random_state=0))],
    "fewer rows": [("sample", RandomUnderSampler(random_state=0)), SCALER],
    "only a sampler": [("sample", SMOTE(random_state=0))],
    "in place": [("sample", FunctionSampler(func=relabelled, validate=False)), SCALER],
    "other labels": [("sample", FunctionSampler(func=same_rows_other_labels))],
}


def network(build=nets.mlp, **params):
    return KerasClassifier(build, **ADAM | {"random_state": 3, "verbose": 0} | params)


def pipeline(steps, kind=ResamplingPipeline, **params):
    return kind([*steps, ("net", network(**params))])


def own_loss(estimator, X, y):
    return -log_loss(y, estimator.predict_proba(X))


def assert_last_rung_is_one_go(search, estimator, X, y):
    """The best candidate of a search with an `own_loss` has trained and scores as one fit of it does."""
    best = clone(estimator).set_params(**search.best_params_)
    assert best["net"].epochs == HALVING["max_resources"]
    candidate = UNITS.index(search.best_params_["net__units"])
    for fold, (train, test) in enumerate(search.cv.split(X, y)):
        whole = clone(best).fit(X[train].copy(), y[train].copy())
        rung = search.histories_.query(f"fold == {fold} and candidate == {candidate}")
        epochs = rung["epoch"].to_numpy() - 1
        losses = np.array(whole["net"].history_["loss"])
        np.testing.assert_allclose(rung["loss"], losses[epochs], rtol=LOSS)
        assert epochs[-1] == len(losses) - 1
        for part, rows in (("train", train), ("test", test)):
            expected = own_loss(whole, X[rows], y[rows])
            assert search.cv_results_[f"split{fold}_{part}_score"][search.best_index_] == pytest.approx(expected, LOSS)
        assert rung["test_loss"].iloc[-1] == pytest.approx(-own_loss(whole, X[test], y[test]), LOSS)


def halved(estimator, X, y, **options):
    options = {"cv": FOLDS, "record_validation": True, "return_train_score": True} | HALVING | options
    options |= {"scoring": own_loss, "error_score": "raise"}
    return HalvingGridSearchCV(estimator, {"net__units": UNITS}, **options).fit(X.copy(), y.copy())


@pytest.mark.parametrize("engine", ["fused", "per-trial"])
@pytest.mark.parametrize("name", [pytest.param(n, marks=[] if n == "another order" else slow) for n in STEPS])
def test_the_last_rung_of_a_halving_is_one_go(name, engine):
    estimator = pipeline(STEPS[name])
    search = halved(estimator, X, y, engine=engine, refit=False)
    assert_last_rung_is_one_go(search, estimator, X, y)


@slow
def test_workers_go_on_with_the_rows_that_were_sampled():
    estimator = pipeline(STEPS["more rows"])
    search = halved(estimator, X, y, engine="per-trial", n_jobs=2, refit=False)
    assert_last_rung_is_one_go(search, estimator, X, y)
    assert not search.histories_.duplicated(["candidate", "fold", "epoch"]).any()  # no rung starts over


@slow
@pytest.mark.parametrize(
    "options",
    [
        {"return_train_score": True, "record_validation": True, "store_predictions": True, "scoring": "accuracy"},
        {"search": HalvingGridSearchCV, **HALVING},
        {"search": HyperbandSearchCV, "max_resources": 4, "factor": 2, "record_validation": True},
        {"search": BayesianSearchCV, "n_iter": 4, "n_initial": 2},
    ],
    ids=["grid", "halving", "hyperband", "bayesian"],
)
def test_a_search_finds_and_leaves_the_same_under_both_engines(options):
    space = {"net__units": [4, 8], "sample__k_neighbors": [2, 3]}
    if options.get("search") is BayesianSearchCV:
        space = {name: Choice(values) for name, values in space.items()}
    ours, _ = assert_engines_agree(pipeline(STEPS["more rows"]), space, X, y, **options)
    best = clone(pipeline(STEPS["more rows"])).set_params(**ours.best_params_)
    np.testing.assert_allclose(ours.predict_proba(X), best.fit(X, y).predict_proba(X), atol=1e-4)


@pytest.mark.parametrize("engine", ["fused", "per-trial"])
def test_weights_are_routed_as_the_pipeline_does(engine):
    weights = np.where(y == 0, 0.0, 1.0)
    with sklearn.config_context(enable_metadata_routing=True):
        net = network().set_fit_request(sample_weight=True).set_score_request(sample_weight=False)
        estimator = ResamplingPipeline([("sample", FunctionSampler(func=same_rows_other_labels)), ("net", net)])
        search = GridSearchCV(estimator, {"net__units": [8]}, cv=FOLDS, scoring=own_loss, engine=engine, refit=False)
        search.fit(X, y, sample_weight=weights)
        for fold, (train, test) in enumerate(FOLDS.split(X, y)):
            plain = clone(estimator).set_params(net__units=8).fit(X[train], y[train], sample_weight=weights[train])
            expected = own_loss(plain, X[test], y[test])
            assert search.cv_results_[f"split{fold}_test_score"][0] == pytest.approx(expected, LOSS)


def merged(X, y):
    return X, np.minimum(y, 1)


def renamed(X, y):
    return X, np.array(["a", "b", "c"])[y]


def n_of_first(estimator, X, y):
    return (estimator.predict(X) == estimator["net"].classes_[0]).mean()


@pytest.mark.parametrize("engine", ["fused", pytest.param("per-trial", marks=slow)])
@pytest.mark.parametrize("function", [pytest.param(merged, marks=slow), renamed])
def test_the_labels_that_a_sampler_makes_are_those_of_the_network(function, engine):
    estimator = pipeline([SCALER, ("sample", FunctionSampler(func=function, validate=False))])
    search = GridSearchCV(estimator, {"net__units": [8]}, cv=FOLDS, scoring=n_of_first, engine=engine).fit(X, y)
    plain = clone(estimator).set_params(**search.best_params_)
    for fold, (train, test) in enumerate(FOLDS.split(X, y)):
        expected = n_of_first(clone(plain).fit(X[train], y[train]), X[test], y[test])
        assert search.cv_results_[f"split{fold}_test_score"][0] == pytest.approx(expected)
    np.testing.assert_array_equal(search.best_estimator_["net"].classes_, plain.fit(X, y)["net"].classes_)
    np.testing.assert_allclose(search.predict_proba(X), plain.predict_proba(X), atol=1e-4)


@slow
def test_a_refit_that_is_refused_at_last_meets_the_targets_as_they_were():
    eager = KerasClassifier(nets.compiled_for(run_eagerly=True), random_state=3, verbose=0)
    estimator = ResamplingPipeline([*STEPS["in place"], ("net", eager)])
    search = GridSearchCV(estimator, {"net__epochs": [2]}, cv=FOLDS).fit(X.copy(), y.copy())
    plain = clone(estimator).set_params(net__epochs=2).fit(X.copy(), y.copy())
    np.testing.assert_allclose(search.best_history_["loss"], plain["net"].history_["loss"], rtol=LOSS)


class EveryOther(Pipeline):
    """Trains on half of the rows."""

    def fit(self, X, y=None, **params):
        return super().fit(X[::-2], y[::-2], **params)


class Shifted(Pipeline):
    """Predicts for other rows than it is given."""

    def predict(self, X):
        return super().predict(X + 1)

    def predict_proba(self, X):
        return super().predict_proba(X + 1)


class FitsTwice(Pipeline):
    def fit(self, X, y=None, **params):
        super().fit(X[:20], y[:20], **params)
        return super().fit(X, y, **params)


@pytest.mark.parametrize("engine", ["auto", pytest.param("per-trial", marks=slow)])
@pytest.mark.parametrize("kind", [EveryOther, pytest.param(Shifted, marks=slow)])
def test_a_pipeline_with_methods_of_its_own_is_refitted_from_the_start(kind, engine):
    estimator = pipeline([SCALER], kind)
    search = halved(estimator, X, y, engine=engine, refit=False)
    assert_last_rung_is_one_go(search, estimator, X, y)
    assert set(search.engine_report_["engine"]) == {"per-trial"}
    if engine == "auto":
        name = "fit" if kind is EveryOther else "predict"
        assert set(search.engine_report_["reason"]) == {f"{kind.__name__} overrides {name}"}


@slow
def test_a_stored_model_is_not_put_into_a_pipeline_that_fits_in_its_own_way(tmp_path):
    estimator = pipeline([SCALER], FitsTwice)
    options = {"cv": FOLDS, "runs_dir": tmp_path / "runs", "resume": True}
    first, again = (GridSearchCV(estimator, {"net__units": [8]}, **options).fit(X, y) for _ in range(2))
    np.testing.assert_allclose(first.predict_proba(X), again.predict_proba(X), rtol=LOSS)


class Named(Pipeline):
    """A subclass that changes nothing."""


def test_a_subclass_that_changes_nothing_is_fused():
    search = GridSearchCV(pipeline([SCALER], Named), {"net__units": [4]}, cv=FOLDS, engine="fused", refit=False)
    assert search.fit(X, y).best_score_ > 0.5


def test_a_pipeline_with_a_fit_of_its_own_is_not_fused():
    with pytest.raises(CannotFuseError, match="EveryOther overrides fit"):
        GridSearchCV(pipeline([SCALER], EveryOther), {"net__units": [4]}, cv=FOLDS, engine="fused").fit(X, y)
