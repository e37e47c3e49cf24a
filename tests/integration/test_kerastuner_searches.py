"""Searches over the builders of KerasTuner's documentation and tutorials, unchanged, by both engines."""

import numpy as np
import pytest
from sklearn.datasets import load_digits, load_iris
from sklearn.model_selection import RandomizedSearchCV as ScikitLearns
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skhpt import HalvingRandomSearchCV, KerasClassifier, RandomizedSearchCV, load_run, space_of
from skhpt.exceptions import UnknownParameterError
from tests import kerastuner_builders as documented
from tests.fused.comparison import assert_same_histories, assert_same_refit, assert_same_scores

DIGITS, DIGIT = load_digits(return_X_y=True)
DIGITS, DIGIT = DIGITS[:200].reshape(-1, 8, 8, 1).astype("float32") / 16, DIGIT[:200]
IRIS, KIND = load_iris(return_X_y=True)
WEIGHTS = 1e-2  # relative: a bias before a batch normalisation has next to no gradient, which Adam makes a step of


def searched(build, engine="auto", search=RandomizedSearchCV, n_iter=3, epochs=2, **options):
    estimator = KerasClassifier(build, epochs=epochs, random_state=0)
    options |= {"engine": engine, "n_iter": n_iter} if search is RandomizedSearchCV else {}
    search = search(estimator, space_of(build), cv=2, random_state=0, error_score="raise", **options)
    return search.fit(DIGITS, DIGIT)


@pytest.mark.slow
@pytest.mark.parametrize(
    "build",
    [
        documented.tune_depth,
        documented.tune_kind,
        pytest.param(documented.tune_several, marks=pytest.mark.slow),
        pytest.param(documented.tune_units, marks=pytest.mark.slow),
        pytest.param(documented.tune_existing_code, marks=pytest.mark.slow),
        pytest.param(documented.HyperDense(num_classes=10), marks=pytest.mark.slow),
        pytest.param(documented.tune_pooling, marks=pytest.mark.slow),
        pytest.param(documented.tune_pooling_in_scopes, marks=pytest.mark.slow),
    ],
    ids=lambda build: getattr(build, "__name__", type(build).__name__),
)
def test_a_documented_builder_runs_unchanged_and_alike_in_both_engines(build):
    fused, alone = (searched(build, engine, n_iter=2) for engine in ("auto", "per-trial"))
    report = fused.engine_report_
    assert set(report["engine"]) == {"fused"}, report["reason"].dropna().unique()
    assert len(report) == 4
    assert_same_histories(fused.histories_, alone.histories_)
    assert_same_scores(fused.cv_results_, alone.cv_results_)
    assert_same_refit(fused, alone, WEIGHTS)


def test_candidates_of_one_architecture_share_a_program_whatever_their_learning_rates():
    space = space_of(documented.tune_several) | {"units": [32], "activation": ["relu"], "dropout": [False]}
    search = RandomizedSearchCV(KerasClassifier(documented.tune_several), space, n_iter=3, cv=2, random_state=0)
    search.fit(DIGITS, DIGIT)
    assert search.engine_report_["program"].tolist() == [0] * 6
    assert len(set(search.cv_results_["param_lr"])) == 3


@pytest.mark.slow
def test_a_search_finds_a_good_network():
    # The learning rate of KerasTuner's example needs some epochs; the best of a few candidates has learnt by then.
    search = searched(documented.tune_depth, n_iter=5, epochs=20)
    assert search.best_score_ > 0.8
    best = search.best_params_
    widths = [layer.units for layer in search.best_model_.layers if hasattr(layer, "units")]
    assert widths == [*(best[f"units_{i}"] for i in range(best["num_layers"])), 10]


def test_in_the_results_a_parameter_is_masked_where_its_condition_does_not_hold():
    results = searched(documented.tune_kind, n_iter=4, epochs=1).cv_results_
    is_mlp = np.array([kind == "mlp" for kind in results["param_model_type"]])
    assert 0 < is_mlp.sum() < 4
    np.testing.assert_array_equal(np.ma.getmaskarray(results["param_units"]), ~is_mlp)
    np.testing.assert_array_equal(np.ma.getmaskarray(results["param_filters"]), is_mlp)


def test_a_typo_is_refused_before_anything_is_fitted():
    search = RandomizedSearchCV(KerasClassifier(documented.tune_depth), {"unit_1": [32]}, n_iter=1)
    with pytest.raises(UnknownParameterError, match="Did you mean 'units_1'"):
        search.fit(DIGITS, DIGIT)


@pytest.mark.slow
def test_halving_goes_on_with_a_documented_builder():
    options = {"resource": "epochs", "min_resources": 1, "max_resources": 3}
    search = searched(documented.tune_several, search=HalvingRandomSearchCV, **options)
    assert set(search.engine_report_["engine"]) == {"fused"}
    assert len(search.best_history_["loss"]) == 3


@pytest.mark.slow
def test_workers_and_scikit_learns_own_search_take_such_a_builder():
    estimator = KerasClassifier(documented.tune_several, random_state=0)
    options = {"n_iter": 2, "cv": 2, "random_state": 0, "error_score": "raise"}
    space = space_of(documented.tune_several)
    ours = RandomizedSearchCV(estimator, space, engine="per-trial", n_jobs=2, **options).fit(DIGITS, DIGIT)
    theirs = ScikitLearns(estimator, space, **options).fit(DIGITS, DIGIT)
    np.testing.assert_allclose(ours.cv_results_["mean_test_score"], theirs.cv_results_["mean_test_score"], atol=1e-5)


@pytest.mark.slow
def test_in_a_pipeline_and_in_a_run_on_disk(tmp_path):
    build = documented.HyperDense(num_classes=3)
    pipeline = make_pipeline(StandardScaler(), KerasClassifier(build))
    space = space_of(build, prefix="kerasclassifier")
    options = {"n_iter": 2, "cv": 2, "random_state": 0, "runs_dir": tmp_path, "resume": True}
    first, second = (RandomizedSearchCV(pipeline, space, **options).fit(IRIS, KIND) for _ in range(2))
    assert first.run_.id == second.run_.id  # that it was asked in between makes no other builder of it
    units = load_run(first.run_.id, tmp_path).best_params_["kerasclassifier__units"]
    assert units == first.best_params_["kerasclassifier__units"]
