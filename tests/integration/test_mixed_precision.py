"""Models that compute in half precision are trained, scored and searched as others are."""

import keras
import numpy as np
import pytest
from keras import layers
from sklearn.datasets import load_iris
from sklearn.preprocessing import scale

from skhpt import GridSearchCV, KerasClassifier, KerasRegressor, KerasTransformer
from tests import builders

X, KIND = load_iris(return_X_y=True)
X = scale(X)
PETAL = X[:, 3]
ADAM = {"optimizer": "adam", "optimizer__learning_rate": 0.05, "epochs": 5, "verbose": 0, "random_state": 0}
HALF = 2**-7  # bfloat16 has 8 bits


@pytest.fixture(params=["mixed_bfloat16", pytest.param("mixed_float16", marks=pytest.mark.slow)])
def policy(request):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(request.param)
    yield request.param
    keras.config.set_dtype_policy(before)


def probable(meta):
    return builders.dense(meta["n_classes_"], "softmax")(meta)


def in_half(meta, units=8):
    hidden = layers.Dense(units, activation="relu", dtype="mixed_bfloat16")
    out = layers.Dense(meta["n_outputs_"], dtype="mixed_bfloat16")
    return keras.Sequential([keras.Input(meta["X_shape_"][1:]), hidden, out])


@pytest.mark.parametrize("build", [builders.classifier, probable])
def test_a_classifier_says_probabilities_in_single_precision(policy, build):
    classifier = KerasClassifier(build, **ADAM).fit(X, KIND)
    probabilities = classifier.predict_proba(X)
    assert probabilities.dtype == "float32"
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)
    assert classifier.score(X, KIND) > 0.5


def test_a_regressor_predicts_numbers_in_single_precision(policy):
    regressor = KerasRegressor(builders.regressor, **ADAM | {"epochs": 20}).fit(X, PETAL)
    assert regressor.predict(X).dtype == "float32"
    assert regressor.score(X, PETAL) > 0.5


def test_a_transformer_does_too(policy):
    def build(meta):
        return keras.Sequential([keras.Input(meta["X_shape_"][1:]), layers.Dense(2), layers.Dense(4)])

    transformer = KerasTransformer(build, layer=0, loss="mse", **ADAM).fit(X)
    codes = transformer.transform(X)
    assert (codes.dtype, transformer.inverse_transform(codes).dtype) == ("float32", "float32")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("estimator", "y", "scoring"),
    [
        (KerasClassifier(builders.classifier), KIND, "neg_log_loss"),
        (KerasRegressor(in_half), PETAL, "neg_mean_squared_error"),
    ],
    ids=["policy", "of the layers"],
)
def test_both_engines_find_nearly_the_same(estimator, y, scoring, policy):
    options = {"cv": 3, "scoring": scoring, "return_train_score": True, "record_validation": True}
    searches = [
        GridSearchCV(estimator.set_params(**ADAM), {"units": [4, 8]}, engine=engine, **options).fit(X, y)
        for engine in ("auto", "per-trial")
    ]
    fused = policy == "mixed_bfloat16"  # in float16 the optimizer scales the loss, which the engine leaves to Keras
    assert set(searches[0].engine_report_["engine"]) == {"fused" if fused else "per-trial"}
    ours, theirs = (search.cv_results_ for search in searches)
    for name in ("mean_test_score", "mean_train_score"):
        np.testing.assert_allclose(ours[name], theirs[name], rtol=4 * HALF, atol=HALF)
    ours, theirs = (search.histories_ for search in searches)
    for name in ("loss", "test_loss"):
        np.testing.assert_allclose(ours[name], theirs[name], rtol=4 * HALF, atol=HALF)


def test_no_score_warns_of_probabilities_that_do_not_sum_to_one(policy):
    options = {"cv": 3, "scoring": "neg_log_loss", "error_score": "raise"}  # as a warning is an error here
    search = GridSearchCV(KerasClassifier(probable, **ADAM), {"batch_size": [16]}, **options).fit(X, KIND)
    assert search.best_score_ > -1
