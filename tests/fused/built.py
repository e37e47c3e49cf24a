"""A small model and its rows, for the tests of what runs programs."""

import keras
import numpy as np
from keras import layers

from skhpt.estimators import Rows

_RNG = np.random.default_rng(0)
ROWS = Rows(_RNG.normal(size=(20, 4)).astype("float32"), _RNG.integers(3, size=20))


def built(*hidden, optimizer=None):
    model = keras.Sequential([keras.Input((4,)), *hidden, layers.Dense(3, activation="softmax")])
    model.compile(optimizer or keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.optimizer.build(model.trainable_variables)
    model._symbolic_build(data_batch=ROWS.arrays)
    return model
