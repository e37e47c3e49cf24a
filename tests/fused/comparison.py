"""One search under two engines."""

import numpy as np
from sklearn.base import clone

from skhpt import GridSearchCV, KerasClassifier, KerasRegressor
from tests.fused import architectures as nets
from tests.fused.architectures import IRIS, KIND

SCORES = 1e-4  # relative, after three epochs
WEIGHTS = 1e-3
ADAM = {"optimizer": "adam", "optimizer__learning_rate": 0.02, "epochs": 3}


def classifier(build=nets.mlp, **params):
    return KerasClassifier(build, **ADAM | params)


def regressor(build=nets.regressor, **params):
    return KerasRegressor(build, **ADAM | params)


def searched(estimator, grid, X, y, *, engine, search=GridSearchCV, fit=None, **options):
    options = {"cv": 2, "random_state": 0, "error_score": "raise"} | options
    return search(clone(estimator), grid, engine=engine, **options).fit(X, y, **fit or {})


def assert_engines_agree(estimator, grid, X, y, *, fused=True, weights=WEIGHTS, **options):
    """Run the search under both engines, hold the results against each other, and return both searches."""
    ours, theirs = (searched(estimator, grid, X, y, engine=engine, **options) for engine in ("auto", "per-trial"))
    if fused:
        report = ours.engine_report_
        assert set(report["engine"]) == {"fused"}, report["reason"].dropna().unique()
    assert_same_histories(ours.histories_, theirs.histories_)
    assert_same_scores(ours.cv_results_, theirs.cv_results_)
    if options.get("refit", True):
        assert_same_refit(ours, theirs, weights)
    return ours, theirs


def agree_on_iris(grid, *, build=nets.mlp, options=None, **params):
    return assert_engines_agree(classifier(build, **params), grid, IRIS, KIND, **options or {})


def assert_same_histories(ours, theirs, rtol=SCORES):
    assert set(ours.columns) == set(theirs.columns)
    for name in ours.columns.drop("epoch_seconds"):
        values, expected = (np.stack(table[name].to_numpy()).astype(float) for table in (ours, theirs))
        for candidate, places in theirs.groupby("candidate").indices.items():
            said = f"{name} of candidate {candidate}"
            np.testing.assert_allclose(values[places], expected[places], rtol=rtol, atol=1e-6, err_msg=said)


def assert_same_scores(ours, theirs, rtol=SCORES):
    assert ours.keys() == theirs.keys()
    for name, expected in theirs.items():
        if name.endswith("_time"):
            continue
        if name.startswith(("split", "mean_", "std_")):
            np.testing.assert_allclose(ours[name], expected, rtol=rtol, atol=1e-5, err_msg=name)
        elif name == "params":
            assert list(map(repr, ours[name])) == list(map(repr, expected))


def assert_same_refit(ours, theirs, rtol=WEIGHTS):
    assert ours.best_index_ == theirs.best_index_
    assert repr(ours.best_params_) == repr(theirs.best_params_)
    for weight, expected in zip(ours.best_model_.get_weights(), theirs.best_model_.get_weights(), strict=True):
        np.testing.assert_allclose(weight, expected, rtol=rtol, atol=rtol / 10)
    for name, expected in theirs.best_history_.items():
        np.testing.assert_allclose(ours.best_history_[name], expected, rtol=SCORES, atol=1e-6, err_msg=name)
