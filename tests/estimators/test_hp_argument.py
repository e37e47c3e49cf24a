"""Builders of KerasTuner's whose argument has another name than `hp`."""

import functools

import keras
import numpy as np
import pytest
from keras import layers

from skhpt import KerasClassifier, RandomizedSearchCV, space_of
from skhpt.exceptions import ModelError

keras_tuner = pytest.importorskip("keras_tuner")

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(40, 3)), np.arange(40) % 2


def model(units):
    return keras.Sequential([keras.Input((3,)), layers.Dense(units), layers.Dense(2, activation="softmax")])


def called_hp1(hp1):
    return model(hp1.Int("units", 2, 8))


def in_a_loop(h, depth=2):
    return model(sum([h.Choice(f"units_{i}", [2, 4]) for i in range(depth)]))


def annotated(tuner: keras_tuner.HyperParameters):
    return called_hp1(tuner)


def annotated_by_name(tuner: "keras_tuner.HyperParameters"):
    return called_hp1(tuner)


def decorated(function):
    @functools.wraps(function)
    def wrapper(*args):
        return function(*args)

    return wrapper


class Hyper(keras_tuner.HyperModel):
    def build(self, tuner):
        return called_hp1(tuner)


def of_two(h, low):
    return model(h.Int("units", low, 8))


@pytest.mark.parametrize(
    ("build", "names"),
    [
        (called_hp1, {"units"}),
        (in_a_loop, {"units_0", "units_1"}),
        (annotated, {"units"}),
        (annotated_by_name, {"units"}),
        (decorated(called_hp1), {"units"}),
        (functools.partial(of_two, low=2), {"units"}),
        (Hyper(), {"units"}),
    ],
    ids=["name", "loop", "annotation", "its name", "decorator", "partial", "HyperModel"],
)
def test_what_the_builder_does_with_its_argument_tells(build, names):
    assert set(space_of(build)) == names
    assert names <= KerasClassifier(build).get_params().keys()


def test_a_search_over_such_a_builder():
    classifier = KerasClassifier(called_hp1, random_state=0)
    search = RandomizedSearchCV(classifier, space_of(called_hp1), n_iter=2, cv=2, engine="fused", random_state=0)
    units = search.fit(X, Y).best_params_["units"]
    assert search.best_model_.layers[0].units == units


def test_an_ordinary_argument_is_none_of_kerastuners():
    assert KerasClassifier(model, units=2, verbose=0).fit(X, Y).predict(X).shape == (40,)

    def handed_on(tuner):
        return called_hp1(tuner)

    with pytest.raises(ModelError, match=r"annotate it: `tuner: keras_tuner.HyperParameters`"):
        KerasClassifier(handed_on).fit(X, Y)
    with pytest.raises(ModelError, match="only required argument"):
        space_of(model)
