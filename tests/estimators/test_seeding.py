import gc
import random
import weakref

import keras
import numpy as np
import pytest
from keras import layers
from sklearn.datasets import load_iris

from skhpt import GridSearchCV, KerasClassifier
from skhpt._compat.keras import drawing_for
from skhpt.estimators import seeded
from tests.backend import tensorflow_only

X, KIND = load_iris(return_X_y=True)


class Noisy(layers.Layer):
    """Draws without a seed."""

    def __init__(self, when_asked=False, **options):
        super().__init__(**options)
        self._when_asked = when_asked

    def call(self, rows, training=False):
        return rows + keras.random.normal(keras.ops.shape(rows)) if training or self._when_asked else rows


def noisy(units=8, when_asked=False):
    hidden = layers.Dense(units, activation="relu")
    return keras.Sequential([keras.Input((4,)), Noisy(when_asked), hidden, layers.Dense(3)])


def classifier(build=noisy, **params):
    return KerasClassifier(build, optimizer="adam", epochs=2, verbose=0, random_state=0, **params)


def seed_of_a_dropout(draw):
    with seeded(7):
        draw()
        return keras.layers.Dropout(0.5).seed_generator.state.numpy().tolist()


def test_what_other_threads_draw_from_the_process_changes_no_layers_seed():
    assert seed_of_a_dropout(lambda: None) == seed_of_a_dropout(random.random)


@tensorflow_only("JAX traces no random numbers without a seed")
def test_what_layers_draw_without_a_seed_is_the_same_in_each_fit():
    first, second = classifier().fit(X, KIND), classifier().fit(X, KIND)
    assert first.history_ == second.history_
    assert classifier().set_params(random_state=1).fit(X, KIND).history_ != first.history_
    instalments = classifier().partial_fit(X, KIND).partial_fit(X, KIND)
    assert instalments.history_ == first.history_


@tensorflow_only("JAX traces no random numbers without a seed")
def test_predictions_that_are_drawn_are_the_same_after_each_fit():
    said = [classifier(when_asked=True).fit(X, KIND).predict_proba(X) for _ in range(2)]
    np.testing.assert_array_equal(*said)


def drawn(units=8):
    projection = keras.random.normal((4, 4))
    return keras.Sequential([keras.Input((4,)), layers.Lambda(lambda rows: rows @ projection), layers.Dense(3)])


def test_what_a_builder_draws_without_a_seed_is_the_same_in_each_fit():
    first, second = (classifier(drawn).fit(X, KIND).history_ for _ in range(2))
    assert first == second


@pytest.mark.slow
def test_what_a_builder_draws_without_a_seed_is_the_same_under_both_engines():
    estimator = classifier(drawn).set_params(random_state=None)  # each fold has a seed of its own
    ours, theirs = (
        GridSearchCV(estimator, {"units": [8]}, cv=3, engine=engine, random_state=0).fit(X, KIND)
        for engine in ("fused", "per-trial")
    )
    np.testing.assert_allclose(ours.histories_["loss"], theirs.histories_["loss"], rtol=1e-4)


def begin_anew():
    keras.utils.clear_session()  # older versions go on with the generator that is there
    keras.utils.set_random_seed(1)


def test_a_fit_takes_nothing_from_the_random_numbers_of_the_process():
    model = keras.Sequential([layers.Dense(1)])
    begin_anew()
    expected = keras.ops.convert_to_numpy(keras.random.normal((3,)))
    begin_anew()
    with seeded(5):
        keras.random.normal((3,))
    with drawing_for(model, 5):
        keras.random.normal((3,))
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(keras.random.normal((3,))), expected)


def test_a_models_source_goes_on_and_goes_with_the_model():
    model, same = keras.Sequential([layers.Dense(1)]), keras.Sequential([layers.Dense(1)])
    numbers = []
    for _ in range(2):
        with drawing_for(model, 5):
            numbers.append(float(keras.random.uniform(())))
    with drawing_for(same, 5):
        assert [float(keras.random.uniform(())) for _ in range(2)] == numbers
    assert numbers[0] != numbers[1]
    gone = weakref.ref(model)
    del model
    gc.collect()
    assert gone() is None
