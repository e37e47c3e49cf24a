"""Steps before the network that change their rows in place meet the rows as they were, each time anew."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.metrics import log_loss
from sklearn.model_selection import KFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from skhpt import GridSearchCV, HalvingGridSearchCV, KerasClassifier
from tests.fused import architectures as nets
from tests.fused.architectures import IRIS, KIND
from tests.fused.comparison import classifier

slow = pytest.mark.slow
FOLDS = KFold(2, shuffle=True, random_state=0)
LOSS = 1e-4  # relative, after three epochs


def doubled(X):
    X *= 2
    return X


def own_loss(estimator, X, y):
    return -log_loss(y, estimator.predict_proba(X))


SCALER = [("scale", StandardScaler(copy=False))]
STEPS = {
    "a scaler": SCALER,
    "a function": [("double", FunctionTransformer(doubled))],
    "two in a row": [("double", FunctionTransformer(doubled)), *SCALER],
    "before one that makes new rows": [*SCALER, ("reduce", PCA(2))],
    "within a pipeline": [("prepare", Pipeline(SCALER))],
}
SCORERS = {"loss": "neg_log_loss", "accuracy": "accuracy", "own": own_loss}


def pipeline(steps):
    return Pipeline([*steps, ("net", classifier(random_state=3))])


def expected_of(estimator, train, test):
    """What plain scikit-learn and Keras make of copies of the rows: the losses by epoch, and the scores."""
    fitted = clone(estimator).set_params(net__verbose=0)
    losses, watched = [], []
    for epochs in (1, 2, 3):
        fitted.set_params(net__epochs=epochs).fit(IRIS[train], KIND[train])
        losses.append(fitted["net"].history_["loss"][-1])
        watched.append(-own_loss(fitted, IRIS[test], KIND[test]))
    loss = {part: own_loss(fitted, IRIS[rows], KIND[rows]) for part, rows in (("train", train), ("test", test))}
    accuracy = {part: fitted.score(IRIS[rows], KIND[rows]) for part, rows in (("train", train), ("test", test))}
    return losses, watched, loss, accuracy


@pytest.mark.parametrize("engine", ["fused", "per-trial"])
@pytest.mark.parametrize(
    "steps", [pytest.param(STEPS[name], marks=[] if name == "two in a row" else slow, id=name) for name in STEPS]
)
def test_each_time_the_steps_meet_the_rows_as_they_were(steps, engine):
    X = IRIS.copy()
    search = GridSearchCV(
        pipeline(steps), {"net__units": [8]}, cv=FOLDS, scoring=SCORERS, refit=False, engine=engine,
        return_train_score=True, record_validation=True, error_score="raise",
    ).fit(X, KIND)  # fmt: skip
    np.testing.assert_array_equal(X, IRIS)
    for fold, (train, test) in enumerate(FOLDS.split(IRIS)):
        losses, watched, loss, accuracy = expected_of(pipeline(steps), train, test)
        history = search.histories_.query(f"fold == {fold}")
        np.testing.assert_allclose(history["loss"], losses, rtol=LOSS)
        np.testing.assert_allclose(history["test_loss"], watched, rtol=LOSS)
        for part in ("train", "test"):
            scores = {name: search.cv_results_[f"split{fold}_{part}_{name}"][0] for name in SCORERS}
            assert scores["accuracy"] == pytest.approx(accuracy[part])
            assert scores["loss"] == pytest.approx(loss[part], rel=LOSS)
            assert scores["own"] == pytest.approx(loss[part], rel=LOSS)


@pytest.mark.parametrize("kind", [pd.DataFrame, "float64"], ids=["a table", "doubles"])
@pytest.mark.parametrize("engine", ["fused", "per-trial"])
@slow
def test_rows_may_be_of_any_kind(kind, engine):
    X = IRIS.astype("float64") if kind == "float64" else pd.DataFrame(IRIS, columns=list("abcd"))
    options = {"cv": FOLDS, "refit": False, "return_train_score": True, "scoring": "neg_log_loss", "engine": engine}
    search = GridSearchCV(pipeline(STEPS["two in a row"]), {"net__units": [8]}, **options).fit(X, KIND)
    for fold, split in enumerate(FOLDS.split(IRIS)):
        _, _, loss, _ = expected_of(pipeline(STEPS["two in a row"]), *split)
        for part in ("train", "test"):
            assert search.cv_results_[f"split{fold}_{part}_score"][0] == pytest.approx(loss[part], rel=LOSS)


@pytest.mark.parametrize("engine", ["fused", "per-trial"])
@slow
def test_a_training_that_pauses_goes_on_with_the_same_rows(engine):
    search = HalvingGridSearchCV(
        pipeline(STEPS["two in a row"]), {"net__units": [8, 9, 10]}, cv=FOLDS, scoring="neg_log_loss", refit=False,
        engine=engine, return_train_score=True, resource="net__epochs", min_resources=1, max_resources=3, factor=3,
    ).fit(IRIS.copy(), KIND)  # fmt: skip
    last = search.best_index_
    for fold, split in enumerate(FOLDS.split(IRIS)):
        best = pipeline(STEPS["two in a row"]).set_params(net__units=search.best_params_["net__units"])
        _, _, loss, _ = expected_of(best, *split)
        for part in ("train", "test"):
            assert search.cv_results_[f"split{fold}_{part}_score"][last] == pytest.approx(loss[part], rel=LOSS)


EAGER = KerasClassifier(nets.compiled_for(run_eagerly=True), random_state=3)


@pytest.mark.parametrize(
    ("network", "engine"),
    [(classifier(random_state=3), "fused"), (EAGER, "auto"), (EAGER, "per-trial")],
    ids=["fused", "refused once the steps are fitted", "one by one"],
)
@slow
def test_the_refit_changes_the_rows_once_as_scikit_learns_does(network, engine, tmp_path):
    X, estimator = IRIS.copy(), Pipeline([*STEPS["a function"], ("net", network)])
    options = {"cv": FOLDS, "runs_dir": tmp_path / "runs", "resume": True, "engine": engine}
    search = GridSearchCV(estimator, {"net__epochs": [2]}, **options).fit(X, KIND)
    np.testing.assert_array_equal(X, IRIS * 2)
    plain = clone(estimator).set_params(net__epochs=2, net__verbose=0).fit(IRIS.copy(), KIND)
    np.testing.assert_allclose(search.best_history_["loss"], plain["net"].history_["loss"], rtol=LOSS)
    again = GridSearchCV(estimator, {"net__epochs": [2]}, **options).fit(IRIS.copy(), KIND)
    assert again.refit_time_ == search.refit_time_  # the stored model is taken
