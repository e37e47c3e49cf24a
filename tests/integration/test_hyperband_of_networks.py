"""Hyperband on epochs, and the limits of a search, over networks in both engines."""

import time

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.utils import shuffle

from skhpt import GridSearchCV, HyperbandSearchCV, KerasClassifier
from tests import builders

X, y = shuffle(*load_iris(return_X_y=True), random_state=0)
SPACE = {"optimizer__learning_rate": np.geomspace(1e-3, 1e-1, 12).tolist()}
# Of R=4 and a factor of 2: 4, 2, 1 candidates for 1, 2, 4 epochs; 2, 1 for 2, 4; 3 for 4. By round and fold:
EPOCHS = [4 * 1, 2 * (2 - 1) + 2 * 2, 1 * (4 - 2) + 1 * (4 - 2) + 3 * 4]


def network():
    return KerasClassifier(builders.classifier, optimizer="adam", dropout=0.2, epochs=4, verbose=0)


def hyperband(**options):
    options = {"factor": 2, "cv": 2, "random_state": 0, "refit": False} | options
    return HyperbandSearchCV(network(), SPACE, **options).fit(X, y)


@pytest.fixture(scope="module")
def fused():
    return hyperband(engine="fused")


@pytest.fixture(scope="module")
def per_trial():
    return hyperband(engine="per-trial")


@pytest.mark.slow
def test_both_engines_give_the_same(fused, per_trial):
    assert fused.resource_ == "epochs"
    for name in ("bracket", "iter", "n_resources", "param_optimizer__learning_rate"):
        assert fused.cv_results_[name].tolist() == per_trial.cv_results_[name].tolist()
    scores = (search.cv_results_["mean_test_score"] for search in (fused, per_trial))
    np.testing.assert_allclose(*scores, atol=1e-5)
    assert set(fused.engine_report_["engine"]) == {"fused"}
    assert fused.best_index_ == per_trial.best_index_


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["fused", "per_trial"])
def test_no_epoch_is_trained_twice(engine, request):
    search = request.getfixturevalue(engine)
    assert len(search.histories_) == 2 * sum(EPOCHS)
    for key, history in search.histories_.groupby(["candidate", "fold"]):
        assert history["epoch"].tolist() == list(range(1, len(history) + 1)), key


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.* the search is fitted on the:UserWarning")
@pytest.mark.parametrize("engine", ["fused", "per-trial"])
def test_a_limit_knows_of_the_epochs_that_survivors_have_behind_them_and_the_search_goes_on(engine, tmp_path, fused):
    first_two_rounds = 2 * sum(EPOCHS[:2])
    options = {"engine": engine, "runs_dir": tmp_path, "resume": True}
    search = hyperband(max_epochs_total=first_two_rounds + 2 * (4 - 2), **options)
    assert len(search.histories_) == first_two_rounds + 2 * (4 - 2)
    assert search.cv_results_["n_resources"].tolist() == [1] * 4 + [2] * 4 + [4]
    assert search.best_index_ == 8
    search = hyperband(max_epochs_total=first_two_rounds + 2 * (4 - 2) + 3, **options)
    assert search.cv_results_["n_resources"].tolist() == [1] * 4 + [2] * 4 + [4]
    search = hyperband(**options)
    assert search.run_.status == "finished"
    assert len(search.histories_) == 2 * sum(EPOCHS), "survivors go on from what is stored of them"
    np.testing.assert_allclose(search.cv_results_["mean_test_score"], fused.cv_results_["mean_test_score"], atol=1e-5)


def test_programs_end_once_one_of_them_has_reached_the_target():
    """Two batch sizes train apart, one of them for days: only the other's score can end it before its time is over."""
    grid = [{"batch_size": [16], "epochs": [1]}, {"batch_size": [32], "epochs": [100_000_000]}]
    search = GridSearchCV(network(), grid, cv=2, random_state=0, engine="fused", target_score=0.0, refit=False)
    begun = time.monotonic()
    search.set_params(max_time=300).fit(X, y)
    assert time.monotonic() - begun < 300
    assert search.cv_results_["param_batch_size"].tolist() == [16]
    assert search.best_params_["epochs"] == 1
