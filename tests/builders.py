"""Model builders that the tests share."""

import keras
from keras import layers


def classifier(meta, units=8, dropout=0.0):
    """Ends in logits for every number of classes."""
    return keras.Sequential(
        [
            keras.Input(meta["X_shape_"][1:]),
            layers.Dense(units, activation="relu"),
            layers.Dropout(dropout),
            layers.Dense(meta["n_classes_"]),
        ]
    )


def regressor(meta, units=8):
    return keras.Sequential(
        [
            keras.Input(meta["X_shape_"][1:]),
            layers.Dense(units, activation="relu"),
            layers.Dense(meta["n_outputs_"]),
        ]
    )


def self_compiled(meta, units=8):
    model = classifier(meta, units)
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model


def with_compile_kwargs(meta, compile_kwargs, units=8):
    model = classifier(meta, units)
    model.compile(**compile_kwargs)
    return model


def dense(n_units, activation=None):
    """A builder of one layer."""

    def build(meta):
        return keras.Sequential([keras.Input(meta["X_shape_"][1:]), layers.Dense(n_units, activation=activation)])

    return build


class Subclassed(keras.Model):
    """A classifier that is not told what goes into it."""

    def __init__(self, n_classes):
        super().__init__()
        self.hidden = layers.Dense(8, activation="relu")
        self.out = layers.Dense(n_classes, activation="softmax")

    def call(self, inputs):
        return self.out(self.hidden(inputs))
