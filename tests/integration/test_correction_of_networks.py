"""Predictions and numbers of parameters come from either engine."""

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skhpt import GridSearchCV, HalvingGridSearchCV, KerasClassifier, KerasRegressor
from tests import builders

X, Y = load_iris(return_X_y=True)
GRID = {"kerasclassifier__units": [4, 8]}
# Four features and three classes: a dense layer of u units has 4 u + u weights, the one after it 3 u + 3.
N_PARAMETERS = [8 * 4 + 3, 8 * 8 + 3]


def network(wrapper=KerasClassifier, build=builders.classifier, **params):
    options = {"optimizer": "adam", "optimizer__learning_rate": 0.03, "epochs": 4, "random_state": 0}
    return make_pipeline(StandardScaler(), wrapper(build, **options | params))


@pytest.mark.slow
def test_both_engines_predict_the_same(monkeypatch):
    monkeypatch.setattr("skhpt.search._correction._BOOTSTRAPS_ONE_BY_ONE", 30)
    options = {
        "scoring": "neg_log_loss",
        "cv": 3,
        "store_predictions": True,
        "refit": "one-standard-error",
        "random_state": 0,
    }
    fused, alone = (
        GridSearchCV(network(), GRID, engine=engine, **options).fit(X, Y) for engine in ("fused", "per-trial")
    )
    assert fused.corrected_score_ == pytest.approx(alone.corrected_score_, abs=1e-4)
    np.testing.assert_allclose(fused.corrected_interval_, alone.corrected_interval_, atol=1e-4)
    assert fused.cv_results_["n_parameters"].tolist() == alone.cv_results_["n_parameters"].tolist() == N_PARAMETERS


def test_labels_of_text_and_numbers_are_predicted():
    labels = load_iris().target_names[Y]
    options = {"cv": 3, "store_predictions": True, "random_state": 0}
    text = GridSearchCV(network(), GRID, **options).fit(X, labels)
    assert text.corrected_score_ == pytest.approx(text.best_score_, abs=0.05)
    options["scoring"] = "neg_mean_squared_error"
    regression = GridSearchCV(network(KerasRegressor, builders.regressor), {"kerasregressor__units": [8]}, **options)
    fitted = regression.fit(X[:, :3], X[:, 3])
    assert fitted.corrected_score_ == pytest.approx(fitted.best_score_, rel=0.05)  # there was no choice


def test_a_halving_on_epochs_goes_on_with_the_predictions_of_its_last_rung(tmp_path):
    options = {"resource": "epochs", "min_resources": 1, "max_resources": 6, "cv": 3, "store_predictions": True}
    grid = {"kerasclassifier__optimizer__learning_rate": [0.001, 0.01, 0.1]}

    def fit():
        search = HalvingGridSearchCV(network(), grid, runs_dir=tmp_path, resume=True, random_state=0, **options)
        return search.fit(X, Y)

    first, again = fit(), fit()
    assert np.isfinite(first.corrected_score_)
    assert again.corrected_interval_ == first.corrected_interval_
    assert again.run_.path == first.run_.path
