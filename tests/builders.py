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
