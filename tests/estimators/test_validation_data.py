"""Rows that are given to be evaluated after each epoch."""

import numpy as np
import pytest
import tensorflow as tf
from sklearn.datasets import load_iris
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import scale

from skhpt import KerasClassifier
from tests import builders

X, y = load_iris(return_X_y=True)
NAMES = np.array(["setosa", "versicolor", "virginica"])[y]
X, X_VAL, NAMES, NAMES_VAL = train_test_split(scale(X), NAMES, random_state=0, stratify=NAMES)
PARAMS = {"optimizer": "adam", "optimizer__learning_rate": 0.05, "epochs": 3, "verbose": 0, "random_state": 0}


def classifier(**params):
    return KerasClassifier(builders.classifier, metrics=["accuracy"], **PARAMS | params)


@pytest.mark.parametrize(
    "given",
    [
        {"X_val": X_VAL, "y_val": NAMES_VAL},
        {"validation_data": (X_VAL, NAMES_VAL)},
        {"validation_data": tf.data.Dataset.from_tensor_slices((X_VAL, NAMES_VAL)).batch(10)},
    ],
    ids=["in scikit-learn's manner", "in Keras' manner", "a dataset"],
)
def test_they_are_evaluated_and_not_trained_on(given):
    fitted = classifier(validation_split=0.5).fit(X, NAMES, **given)
    assert fitted.history_["val_accuracy"][-1] == pytest.approx(fitted.score(X_VAL, NAMES_VAL))
    without = classifier().fit(X, NAMES)  # nothing is held out beside them
    np.testing.assert_array_equal(fitted.predict_proba(X), without.predict_proba(X))


def test_their_weights_count():
    wrong = np.full(len(X_VAL), "setosa")
    weights = (NAMES_VAL == "setosa").astype(float)
    fitted = classifier(compile__weighted_metrics=["accuracy"])
    fitted.fit(X, NAMES, X_val=X_VAL, y_val=wrong, sample_weight_val=weights)
    right = fitted.predict(X_VAL) == "setosa"
    assert fitted.history_["val_weighted_accuracy"][-1] == pytest.approx(right[weights > 0].mean())


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"X_val": X_VAL, "y_val": NAMES_VAL, "validation_data": (X_VAL, NAMES_VAL)}, "not both"),
        ({"y_val": NAMES_VAL}, "can't be used without X_val"),
        ({"X_val": X_VAL[:, :3], "y_val": NAMES_VAL}, "3 features"),
        ({"X_val": X_VAL, "y_val": np.full(len(X_VAL), "tulip")}, "tulip"),
    ],
)
def test_what_can_not_be_evaluated_is_refused(given, message):
    with pytest.raises(ValueError, match=message):
        classifier().fit(X, NAMES, **given)
