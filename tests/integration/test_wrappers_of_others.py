"""Searches over the wrappers of others: known by what they have, not by their class."""

import subprocess
import sys

import keras
import pytest
from keras import layers
from sklearn.datasets import load_iris

from skhpt import GridSearchCV, HalvingGridSearchCV

X, y = load_iris(return_X_y=True)

SCIKERAS = """
import keras
from keras import layers
from scikeras.wrappers import KerasClassifier
from sklearn.datasets import load_iris
from skhpt import GridSearchCV

def build(units):
    return keras.Sequential([keras.Input((4,)), layers.Dense(units), layers.Dense(3, "softmax")])

classifier = KerasClassifier(build, loss="sparse_categorical_crossentropy", epochs=3, verbose=0, units=4)
search = GridSearchCV(classifier, {"units": [4, 8]}, cv=2).fit(*load_iris(return_X_y=True))
assert isinstance(search.best_model_, keras.Model)
assert len(search.best_history_["loss"]) == 3
assert len(search.histories_) == 2 * 2 * 3 and search.histories_["loss"].notna().all()
"""


def build(X, y, units=4):
    model = keras.Sequential([keras.Input(X.shape[1:]), layers.Dense(units), layers.Dense(y.shape[1], "softmax")])
    model.compile("adam", "categorical_crossentropy")
    return model


@pytest.mark.parametrize("search", [GridSearchCV, HalvingGridSearchCV])
def test_keras_own(search):
    wrapper = keras.wrappers.SKLearnClassifier(build, fit_kwargs={"epochs": 3, "verbose": 0})
    found = search(wrapper, {"model_kwargs": [{"units": 4}]}, cv=2).fit(X, y)
    assert found.best_model_.layers[0].units == 4
    assert found.histories_.columns.tolist()[-2:] == ["loss", "epoch_seconds"]


@pytest.mark.slow  # in a process of its own: importing scikeras changes how all of Keras is pickled
def test_scikeras():
    subprocess.run([sys.executable, "-W", "ignore", "-c", SCIKERAS], check=True, capture_output=True)
