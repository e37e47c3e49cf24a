"""Validation rows of a network behind a pipeline's steps are transformed as the others are, or refused."""

import numpy as np
import pytest
import sklearn
from imblearn import FunctionSampler
from imblearn.pipeline import Pipeline as ResamplingPipeline
from sklearn.base import clone
from sklearn.model_selection import KFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from skhpt import GridSearchCV, HalvingGridSearchCV, KerasClassifier
from skhpt.evaluation._validation_rows import check_validation_rows
from tests.fused import architectures as nets
from tests.fused.architectures import IRIS, KIND
from tests.fused.comparison import ADAM
from tests.versions import needs_callbacks

slow = pytest.mark.slow
X, y, X_VAL, Y_VAL = IRIS[:50] * 1000, KIND[:50], IRIS[-50:] * 1000, KIND[-50:]  # as many
FOLDS = KFold(2)
NET = KerasClassifier(nets.mlp, **ADAM, random_state=3, verbose=0)
with sklearn.config_context(enable_metadata_routing=True):
    ASKING = clone(NET).set_fit_request(X_val=True, y_val=True)
SCALER = ("scale", StandardScaler())
SAMPLER = ("sample", FunctionSampler(func=lambda X, y: (X, y)))
PLAIN = Pipeline([SCALER, ("net", NET)])
SERVED = Pipeline([SCALER, ("net", ASKING)], transform_input=["X_val"])
GIVEN = {"X_val": X_VAL, "y_val": Y_VAL}


@pytest.fixture
def routing():
    with sklearn.config_context(enable_metadata_routing=True):
        yield


def of_step(given, step="net"):
    return {f"{step}__{name}": value for name, value in given.items()}


@pytest.mark.parametrize("engine", ["auto", "fused", "per-trial"])
@pytest.mark.parametrize("given", [GIVEN, {"validation_data": (X_VAL, Y_VAL)}], ids=list)
def test_a_search_refuses_rows_that_no_step_transforms(given, engine):
    search = GridSearchCV(PLAIN, {"net__units": [4]}, cv=FOLDS, engine=engine, error_score="raise")
    with pytest.raises(ValueError, match=r"does not go through StandardScaler.*transform_input=\['X_val'\]"):
        search.fit(X, y, **of_step(given))


KINDS = {
    "scikit-learn": SERVED,
    "imbalanced-learn": ResamplingPipeline([SAMPLER, SCALER, ("net", ASKING)], transform_input=["X_val"]),
}


@pytest.mark.usefixtures("routing")
@pytest.mark.parametrize("engine", ["fused", "per-trial"])
@pytest.mark.parametrize("kind", [pytest.param(kind, marks=slow if kind.startswith("i") else []) for kind in KINDS])
def test_a_search_evaluates_rows_that_the_steps_transform(kind, engine):
    estimator, grid = KINDS[kind], {"net__units": [4, 8]}
    options = {"resource": "epochs", "min_resources": 1, "max_resources": 2, "factor": 2}
    search = HalvingGridSearchCV(estimator, grid, cv=FOLDS, engine=engine, **options).fit(X, y, **GIVEN)
    best = search.best_estimator_
    assert best["net"].history_["val_loss"][-1] == pytest.approx(loss_by_keras(best, X_VAL, Y_VAL), 1e-3)
    candidate = grid["net__units"].index(search.best_params_["net__units"])
    for fold, (train, _) in enumerate(FOLDS.split(X)):  # also where there are as many of them as of the search's rows
        plain = clone(estimator).set_params(**search.best_params_).fit(X[train], y[train], **GIVEN)
        history = search.histories_.query(f"fold == {fold} and candidate == {candidate}")
        np.testing.assert_allclose(history["val_loss"], plain["net"].history_["val_loss"], rtol=1e-3)


def loss_by_keras(fitted, X, y):
    rows = fitted["scale"].transform(X).astype("float32")
    return fitted["net"].model_.evaluate(rows, y, verbose=0, return_dict=True)["loss"]


def test_a_search_of_a_bare_network_evaluates_all_of_its_rows():
    search = GridSearchCV(NET, {"units": [4]}, cv=FOLDS, engine="per-trial").fit(
        IRIS[:50], y, X_val=IRIS[-50:], y_val=Y_VAL
    )
    for fold, (train, _) in enumerate(FOLDS.split(X)):
        plain = clone(NET).set_params(units=4).fit(IRIS[train], y[train], X_val=IRIS[-50:], y_val=Y_VAL)
        history = search.histories_.query(f"fold == {fold}")
        np.testing.assert_allclose(history["val_loss"], plain.history_["val_loss"], rtol=1e-4)


NOTHING_BEFORE = {
    "only a network": Pipeline([("net", NET)]),
    "passed through": Pipeline([("scale", "passthrough"), ("net", NET)]),
    "only a sampler": ResamplingPipeline([SAMPLER, ("net", NET)]),
    "the network itself": NET,
    "a pipeline in it": Pipeline([("net", Pipeline([("net", NET)]))]),
}


@pytest.mark.parametrize("name", NOTHING_BEFORE)
def test_where_nothing_transforms_the_rows_they_may_be_given(name):
    prefix = {"the network itself": "", "a pipeline in it": "net__net__"}.get(name, "net__")
    check_validation_rows(NOTHING_BEFORE[name], {f"{prefix}validation_data": (X_VAL, Y_VAL)})


@pytest.mark.parametrize(
    ("estimator", "prefix"),
    [
        (ResamplingPipeline([SAMPLER, SCALER, ("net", NET)]), "net__"),
        (Pipeline([SCALER, ("net", Pipeline([("net", NET)]))]), "net__net__"),
        (Pipeline([("net", PLAIN)]), "net__net__"),
        (Pipeline([SCALER, ("net", NET), ("last", "passthrough")]), "net__"),
    ],
    ids=["imbalanced-learn", "around the pipeline", "in the pipeline", "not the last step"],
)
def test_a_transformer_anywhere_before_is_enough_to_refuse(estimator, prefix):
    with pytest.raises(ValueError, match="X_val does not go through StandardScaler"):
        check_validation_rows(estimator, {f"{prefix}X_val": X_VAL, f"{prefix}y_val": Y_VAL})
    check_validation_rows(estimator, {f"{prefix}sample_weight": np.ones(50), f"{prefix}X_val": None})


@pytest.mark.usefixtures("routing")
def test_with_routing_it_counts_what_the_network_asks_for():
    check_validation_rows(SERVED, GIVEN)
    alias = clone(NET).set_fit_request(X_val="rows", y_val="targets")
    given = {"rows": X_VAL, "targets": Y_VAL}
    check_validation_rows(Pipeline([SCALER, ("net", alias)], transform_input=["X_val"]), given)
    with pytest.raises(ValueError, match="X_val does not go through"):
        check_validation_rows(Pipeline([SCALER, ("net", alias)], transform_input=["rows"]), given)
    whole = clone(NET).set_fit_request(validation_data=True)
    with pytest.raises(ValueError, match="validation_data does not go through"):  # it would transform the targets too
        check_validation_rows(
            Pipeline([SCALER, ("net", whole)], transform_input=["validation_data"]), {"validation_data": (X_VAL, Y_VAL)}
        )


@needs_callbacks  # by which a pipeline tells its steps their place
@pytest.mark.parametrize("given", [GIVEN, {"validation_data": (X_VAL, Y_VAL)}], ids=list)
def test_a_fit_of_a_pipeline_warns(given):
    with pytest.warns(UserWarning, match=r"do not transform its (X_val|validation_data).*transform_input"):
        clone(PLAIN).set_params(net__epochs=1).fit(X, y, **of_step(given))


@pytest.mark.usefixtures("routing")
def test_a_fit_of_a_pipeline_that_transforms_them_is_as_one_on_rows_that_are_transformed():
    scaler = StandardScaler().fit(X)
    fitted = clone(SERVED).fit(X, y, **GIVEN)
    alone = clone(NET).fit(scaler.transform(X), y, X_val=scaler.transform(X_VAL), y_val=Y_VAL)
    np.testing.assert_allclose(fitted["net"].history_["val_loss"], alone.history_["val_loss"], rtol=1e-5)


def test_a_fit_with_nothing_before_the_network_does_not_warn():
    Pipeline([("net", clone(NET).set_params(epochs=1))]).fit(IRIS[:50], y, **of_step(GIVEN))
