"""Builders of many kinds of models, and rows for them."""

import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_diabetes, load_digits, load_iris
from sklearn.preprocessing import scale
from sklearn.utils import shuffle

IRIS, KIND = shuffle(*load_iris(return_X_y=True), random_state=0)
IRIS = scale(IRIS).astype("float32")
DIGITS, DIGIT = load_digits(return_X_y=True, n_class=4)
DIGITS, DIGIT = DIGITS[:120].reshape(-1, 8, 8, 1).astype("float32") / 16, DIGIT[:120]
BODIES, PROGRESS = (part[:120] for part in load_diabetes(return_X_y=True))
PROGRESS = scale(PROGRESS)
BINARY = (KIND == 1).astype(int)


def stacked(meta, *inner):
    """A sequence of layers that ends in logits for every number of classes."""
    return keras.Sequential([keras.Input(meta["X_shape_"][1:]), *inner, layers.Dense(meta["n_classes_"])])


def mlp(meta, units=8, dropout=0.2, activation="relu"):
    return stacked(meta, layers.Dense(units, activation=activation), layers.Dropout(dropout))


def compiled_for(**options):
    """A builder that compiles its model."""

    def build(meta):
        model = mlp(meta)
        model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True), **options)
        return model

    return build


def small(meta, units=8):
    """Without dropout: for what has no part in it."""
    return stacked(meta, layers.Dense(units, activation="relu"))


def normalized_batches(meta, units=8):
    return stacked(meta, layers.Dense(units, use_bias=False), layers.BatchNormalization(), layers.ReLU())


def normalized_layers(meta, units=8):
    return stacked(meta, layers.Dense(units), layers.LayerNormalization(), layers.Dropout(0.2))


def regularized(meta, units=8):
    first = layers.Dense(units, kernel_regularizer=keras.regularizers.L1L2(0.01, 0.02), activity_regularizer="l2")
    return stacked(meta, first, layers.Dropout(0.2))


def constrained(meta):
    return stacked(meta, layers.Dense(8, kernel_constraint=keras.constraints.MaxNorm(0.3)))


def noisy(meta, units=8):
    return stacked(meta, layers.GaussianNoise(0.2), layers.Dense(units), layers.GaussianDropout(0.2))


def convolutional(meta, filters=4):
    return stacked(
        meta, layers.Conv2D(filters, 3, activation="relu"), layers.MaxPooling2D(), layers.Flatten(), layers.Dropout(0.2)
    )


def augmented(meta):
    return stacked(meta, layers.RandomTranslation(0.1, 0.1), layers.Flatten(), layers.Dense(8))


def spectral(meta):
    return stacked(meta, layers.Flatten(), layers.SpectralNormalization(layers.Dense(8)))


def recurrent(meta, kind="GRU"):
    return stacked(meta, layers.Reshape((8, 8)), getattr(layers, kind)(4, dropout=0.2))


def attentive(meta):
    inputs = keras.Input(meta["X_shape_"][1:])
    sequence = layers.Reshape((8, 8))(inputs)
    attended = layers.MultiHeadAttention(2, 4, dropout=0.1)(sequence, sequence)
    return keras.Model(inputs, layers.Dense(meta["n_classes_"])(layers.GlobalAveragePooling1D()(attended)))


def embedded(meta):
    """Of whole numbers, in which 0 stands for nothing."""
    return stacked(meta, layers.Embedding(20, 4, mask_zero=True), layers.GlobalAveragePooling1D(), layers.Dropout(0.2))


def by_name(meta):
    inputs = {"sepal": keras.Input((2,), name="sepal"), "petal": keras.Input((2,), name="petal")}
    return keras.Model(inputs, layers.Dense(3)(layers.Dropout(0.2)(layers.Concatenate()(list(inputs.values())))))


def by_place(meta):
    inputs = [keras.Input((2,)), keras.Input((2,))]
    return keras.Model(inputs, layers.Dense(3)(layers.Dropout(0.2)(layers.Concatenate()(inputs))))


def regressor(meta, units=8):
    hidden = layers.Dense(units, activation="relu")
    return keras.Sequential(
        [keras.Input(meta["X_shape_"][1:]), hidden, layers.Dropout(0.1), layers.Dense(meta["n_outputs_"])]
    )


def two_outputs(meta, units=8):
    inputs = keras.Input(meta["X_shape_"][1:])
    hidden = layers.Dropout(0.1)(layers.Dense(units, activation="relu")(inputs))
    return keras.Model(inputs, [layers.Dense(1, name="first")(hidden), layers.Dense(1, name="second")(hidden)])


def sigmoid(meta, units=8):
    hidden = layers.Dense(units, activation="relu")
    return keras.Sequential(
        [keras.Input(meta["X_shape_"][1:]), hidden, layers.Dropout(0.2), layers.Dense(1, "sigmoid")]
    )


def softmax(meta, units=8):
    hidden = layers.Dense(units, activation="relu")
    return keras.Sequential([keras.Input(meta["X_shape_"][1:]), hidden, layers.Dense(meta["n_classes_"], "softmax")])


def words():
    return np.random.default_rng(0).integers(0, 20, (120, 6))


def small_regressor(meta):
    return keras.Sequential([keras.Input(meta["X_shape_"][1:]), layers.Dense(4), layers.Dense(meta["n_outputs_"])])
