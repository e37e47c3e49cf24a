"""scikit-learn's own checks of an estimator."""

import keras
import pytest
from keras import layers
from sklearn.utils.estimator_checks import check_estimator

from skhpt import KerasClassifier, KerasRegressor

# scikit-learn grants its own minibatch estimator, SGDClassifier, the same: a weight of 2 in one step is not two steps.
EXPECTED = {f"check_sample_weight_equivalence_on_{kind}_data": "minibatches" for kind in ("dense", "sparse")}
PARAMS = {"optimizer": "adam", "optimizer__learning_rate": 0.02, "epochs": 20, "verbose": 0, "random_state": 0}


def classifier(meta, units=16):
    return double_precision(meta, units, meta["n_classes_"])


def regressor(meta, units=16):
    return double_precision(meta, units, meta["n_outputs_"])


def double_precision(meta, units, n_outputs):
    """A network in float64: the checks compare predictions to seven digits, which is what float32 has."""
    inputs = keras.Input(meta["X_shape_"][1:], dtype="float64")
    hidden = layers.Dense(units, activation="relu", dtype="float64")(inputs)
    return keras.Model(inputs, layers.Dense(n_outputs, dtype="float64")(hidden))


@pytest.mark.slow
@pytest.mark.parametrize(
    "estimator",
    [
        KerasClassifier(classifier, **PARAMS),
        KerasRegressor(regressor, **PARAMS),
    ],
    ids=["classifier", "regressor"],
)
@pytest.mark.filterwarnings("ignore")  # the checks themselves provoke and look for warnings
def test_scikit_learns_checks_pass(estimator):
    results = check_estimator(estimator, expected_failed_checks=EXPECTED, on_skip=None)
    counts = {status: [r["check_name"] for r in results if r["status"] == status] for status in ("passed", "xfail")}
    assert len(counts["passed"]) >= 50
    assert set(counts["xfail"]) <= set(EXPECTED)
    assert [r["check_name"] for r in results if r["status"] == "failed"] == []
