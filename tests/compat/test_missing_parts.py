"""Searches end right with libraries whose private parts are others: one trial after the other, if need be."""

import json
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from skhpt._compat import NEWEST_TESTED, OLDEST_FUSED, untested
from skhpt._compat.keras_objects import computed_loss
from skhpt.exceptions import CannotFuseError, CompatibilityWarning
from skhpt.fused import FusedEngine, _lane_steps, _self_check

SEARCH = Path(__file__).with_name("search_of_tomorrow.py")
NOT_NEEDED = "_call_has_training_arg|_compute_loss|_flatten_layers|_functional|_inbound_nodes|_loss_tracker|_metrics"
NEEDED = (
    "_compile_config|_compile_loss|_compile_metrics|_keras_history|_learning_rate|_trainable_variables|"
    "_trainable_variables_indices|_var_key"
)
IN_MODULES = "python_random|get_global_attribute|in_stateless_scope|Tracker|TrackedDict|TrackedList|KerasSaveable"


def searched(*renamed):
    """What a search finds and warns of, in a process where these names are others, and whether it was fused."""
    command = [sys.executable, SEARCH, *renamed]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def expected():
    return searched()


def assert_same_scores(found, expected):
    np.testing.assert_allclose(found["scores"], expected["scores"], atol=0.02)
    assert found["best"] == expected["best"]


def test_a_newer_version_that_trains_the_same_is_fused(expected):
    assert expected["engines"] == ["fused"]
    assert expected["warnings"] == []


def test_a_newer_version_with_other_private_names_trains_one_by_one(expected):
    found = searched(NEEDED, NOT_NEEDED)
    assert_same_scores(found, expected)
    assert found["engines"] == ["per-trial"]
    (warning,) = found["warnings"]
    assert "keras" in warning
    assert "one by one" in warning


@pytest.mark.slow
def test_the_engine_does_without_names_that_stand_for_something_public(expected):
    found = searched(NOT_NEEDED)
    assert_same_scores(found, expected)
    assert found["engines"] == ["fused"]
    assert found["warnings"] == []


@pytest.mark.slow
def test_modules_with_other_private_names_cost_what_a_warning_says(expected):
    found = searched(IN_MODULES)
    assert found["best"] == expected["best"]
    assert any("`random_state` does not decide" in warning for warning in found["warnings"])
    assert any("Layers that a model builder uses" in warning for warning in found["warnings"])


WITHOUT_PRIVATE_PARTS = """
import skhpt._compat._parts as parts

parts.private_part = lambda module, name, instead=None, **options: instead

import warnings

import numpy as np
import skhpt
from sklearn import model_selection
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

X, y = load_iris(return_X_y=True)
weights = np.where(y == 1, 2.0, 0.5)
for name, options in {"GridSearchCV": {}, "HalvingGridSearchCV": {"min_resources": 60, "random_state": 0}}.items():
    ours, theirs = (
        getattr(module, name)(LogisticRegression(max_iter=500), {"C": [0.01, 0.1, 1.0]}, cv=3, **options)
        for module in (skhpt, model_selection)
    )
    for search in (ours, theirs):
        search.fit(X, y, sample_weight=weights)
    np.testing.assert_array_equal(ours.cv_results_["mean_test_score"], theirs.cv_results_["mean_test_score"])
assert ours.plan(X, y).rounds


def fails(estimator, X, y):
    raise RuntimeError("no score")


scoring = {"accuracy": "accuracy", "failing": fails}
several = skhpt.GridSearchCV(LogisticRegression(max_iter=500), {"C": [0.1]}, cv=3, scoring=scoring, refit="accuracy")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    several.fit(X, y)
assert np.isnan(several.cv_results_["mean_test_failing"]).all()
assert several.cv_results_["mean_test_accuracy"][0] > 0.9
"""


def test_searches_end_right_without_the_private_functions_of_scikit_learn():
    code = "import sklearn.experimental.enable_halving_search_cv\n" + WITHOUT_PRIVATE_PARTS
    subprocess.run([sys.executable, "-c", code], check=True)


def test_what_was_tested_is_what_the_constraints_have():
    lines = Path("constraints/tested.txt").read_text(encoding="utf-8").splitlines()
    versions = dict(line.split("==") for line in lines if "==" in line)
    tested = {name: tuple(int(number) for number in versions[name].split(".")[:2]) for name in NEWEST_TESTED}
    assert tested == NEWEST_TESTED


def test_a_refit_of_a_run_that_was_fused_is_refused_as_well(monkeypatch):
    monkeypatch.setattr(_self_check, "_found", ["it is another version"])
    with pytest.raises(CannotFuseError, match="another version"):
        FusedEngine().refit(None, None, {}, None)


def test_a_check_is_of_the_libraries_and_not_of_the_precision_of_a_search(monkeypatch):
    monkeypatch.setitem(NEWEST_TESTED, "keras", (3, 7))
    monkeypatch.setattr(_self_check, "_found", [])
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        assert _self_check.obstacle_in_versions() is None
        assert keras.config.dtype_policy().name == "mixed_bfloat16"
    finally:
        keras.config.set_dtype_policy(before)


def test_only_versions_that_were_not_tested_are_checked(monkeypatch):
    monkeypatch.setitem(NEWEST_TESTED, "keras", (99, 0))
    assert untested("keras") == []
    monkeypatch.setitem(NEWEST_TESTED, "keras", (3, 7))
    assert untested("keras") == [f"keras {keras.__version__}"]


def test_a_library_that_the_engine_fails_with_is_refused_unchecked(monkeypatch):
    monkeypatch.setitem(OLDEST_FUSED, "keras", (99, 0))
    monkeypatch.setattr(_self_check, "_difference", lambda: pytest.fail("a check may crash the process"))
    monkeypatch.setattr(_self_check, "_found", [])
    with pytest.warns(CompatibilityWarning, match=r"one by one.* is older than 99\.0"):
        assert _self_check.obstacle_in_versions().startswith(f"keras {keras.__version__}")


def test_an_engine_that_trains_otherwise_is_noticed_and_told_once(monkeypatch):
    def doubled(*arguments, **options):
        return 2 * computed_loss(*arguments, **options)

    monkeypatch.setitem(NEWEST_TESTED, "keras", (3, 7))
    monkeypatch.setattr(_lane_steps, "computed_loss", doubled)
    monkeypatch.setattr(_self_check, "_found", [])
    with pytest.warns(CompatibilityWarning, match="trains otherwise than Keras"):
        reason = _self_check.obstacle_in_versions()
    assert _self_check.obstacle_in_versions() == reason
