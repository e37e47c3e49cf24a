"""Initial states are those of a model that was built under the seed, whether or not one was."""

import random

import keras
import numpy as np
import pytest
from keras import layers

from skhpt.estimators import ModelState, seeded, variables_of
from skhpt.fused._births import Births


def dense():
    return [layers.Dense(8), layers.Dropout(0.5), layers.BatchNormalization(), layers.Dense(3, bias_initializer="ones")]


def images():
    return [layers.Reshape((4, 4, 1)), layers.SeparableConv2D(3, 2), layers.Conv2D(2, 2), layers.Flatten()]


def recurrent():
    return [layers.Reshape((4, 4)), layers.GRU(3, dropout=0.1, recurrent_dropout=0.1), layers.GaussianNoise(0.1)]


def words():
    return [layers.Embedding(9, 2), layers.Flatten(), layers.LayerNormalization()]


def own_seeds():
    return [layers.Dense(3, kernel_initializer=keras.initializers.HeNormal(seed=3)), layers.Dense(2)]


def both_ways():
    return [layers.Reshape((4, 4)), layers.Bidirectional(layers.LSTM(3))]


def by_chance():
    return [layers.Dense(3), layers.Dropout(random.random())]  # noqa: S311 - Python's own is the point


def by_numpy():
    return [layers.Dense(3, kernel_initializer=keras.initializers.Constant(np.random.normal()))]


def builder(hidden, built):
    def build():
        built.append(1)
        model = keras.Sequential([keras.Input((16,)), *hidden(), layers.Dense(2)])
        model.compile("adam", "mse")
        model.optimizer.build(model.trainable_variables)
        return model

    return build


@pytest.mark.parametrize("hidden", [dense, images, recurrent, words, own_seeds])
def test_a_state_is_that_of_a_model_built_under_the_seed(hidden):
    built = []
    build = builder(hidden, built)
    state = Births(build, 5).state(9)
    assert len(built) == 1
    with seeded(9):
        expected = ModelState.of(variables_of(build()))
    for part, their_part in zip(state.parts, expected.parts, strict=True):
        for values, theirs in zip(part, their_part, strict=True):
            np.testing.assert_array_equal(values, theirs)


def test_a_model_that_depends_on_the_seed_in_more_than_its_weights_serves_that_seed_alone():
    assert Births(builder(by_chance, []), 5).by_seed


def random_features():
    class Features(layers.Layer):
        def __init__(self):
            super().__init__()
            self.draws = keras.random.SeedGenerator()
            self.features = keras.random.normal((16, 4), seed=self.draws)

        def call(self, inputs):
            return keras.ops.cos(inputs @ self.features)

    return [Features()]


def random_signs():
    layer = layers.Dense(4)
    layer.build((None, 16))
    layer.kernel.assign(layer.kernel.numpy() > 0)
    return [layer]


def scaled_kernels():
    layer = layers.Dense(4)
    layer.build((None, 16))
    layer.kernel.assign(0.1 * layer.kernel)
    return [layer]


def set_kernels():
    layer = layers.Dense(2)
    layer.build((None, 16))
    layer.set_weights([np.full((16, 2), 0.25), np.full(2, 0.5)])
    return [layer]


@pytest.mark.parametrize("hidden", [both_ways, by_numpy, random_features, random_signs, scaled_kernels, set_kernels])
def test_a_model_whose_values_do_not_all_follow_from_its_initializers_serves_its_seed_alone(hidden):
    assert Births(builder(hidden, []), 5).by_seed
