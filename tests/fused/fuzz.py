"""Random searches: a builder, data and what is searched, all drawn under a seed.

Run many of them by hand, from a checkout::

    python -m tests.fused.fuzz 0 1000
"""

import sys
import traceback
import warnings
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers, ops
from sklearn.model_selection import ParameterGrid

from skhpt import GridSearchCV, KerasClassifier, KerasRegressor
from skhpt.estimators import seeded
from tests.fused.program import double_precision

N_ROWS, N_TRAIN, EPOCHS = 44, 30, 2
SPLIT = [(np.arange(N_TRAIN), np.arange(N_TRAIN, N_ROWS))]


class Scale(layers.Layer):
    """Holds a number that stands in no configuration."""

    def __init__(self, factor):
        super().__init__()
        self.factor = factor

    def call(self, inputs):
        return inputs * self.factor


class Gate(layers.Layer):
    """A layer of one's own with weights and a moving state."""

    def __init__(self, momentum):
        super().__init__()
        self.momentum = momentum

    def build(self, shape):
        self.gate = self.add_weight(shape=(shape[-1],), initializer="ones")
        self.mean = self.add_weight(shape=(shape[-1],), initializer="zeros", trainable=False)

    def call(self, inputs, training=False):
        if training:
            axes = tuple(range(len(inputs.shape) - 1))
            self.mean.assign(self.momentum * self.mean + (1 - self.momentum) * ops.mean(inputs, axis=axes))
        return self.gate * (inputs - self.mean)


class Noted(keras.callbacks.Callback):
    """Looks at the model, and adds to the logs."""

    def on_epoch_end(self, epoch, logs=None):
        logs["norm"] = float(np.linalg.norm(self.model.get_weights()[0]))


@dataclass
class Case:
    """A search: what the estimator is given, its rows and its grid."""

    estimator: Any
    grid: dict[str, list[Any]]
    X: Any
    y: Any
    fit: dict[str, Any]
    words: str
    build: Any
    plain: bool  # whether Keras' own `fit` can be called just as well


def activation(rng):
    slope = float(rng.uniform(0.05, 0.5))
    own = [lambda x: ops.maximum(slope * x, x), lambda x: x * ops.sigmoid(slope * x)]
    names = ["relu", "tanh", "gelu", "sigmoid", "elu", "silu", "softplus", "selu", "leaky_relu"]
    return own[rng.integers(2)] if rng.random() < 0.15 else str(rng.choice(names))


def regularizer(rng, factor):
    kinds = [keras.regularizers.L2, keras.regularizers.L1]
    return None if rng.random() < 0.6 else kinds[rng.integers(2)](factor)


def dense_block(rng, p):
    options = {"kernel_regularizer": regularizer(rng, p["factor"]), "kernel_initializer": str(rng.choice(INITIALIZERS))}
    yield layers.Dense(p["units"], activation(rng), **options)
    kind = rng.integers(8)
    if kind == 0:
        yield layers.Dropout(p["rate"])
    elif kind == 1:
        yield layers.BatchNormalization(momentum=0.9)
    elif kind == 2:
        yield layers.LayerNormalization()
    elif kind == 3:
        yield layers.GaussianNoise(p["rate"])
    elif kind == 4:
        yield Scale(p["number"])
    elif kind == 5:
        yield Gate(p["rate"])
    elif kind == 6:
        number = p["number"]
        yield layers.Lambda(lambda x: x + number * ops.sin(x))


INITIALIZERS = ["glorot_uniform", "he_normal", "orthogonal", "lecun_uniform"]


def body(rng, kind, p):
    """Layers from the rows to a vector."""
    if kind == "image":
        yield layers.Conv2D(p["units"], 3, activation=activation(rng), padding=str(rng.choice(["same", "valid"])))
        if rng.random() < 0.5:
            yield layers.SpatialDropout2D(p["rate"]) if rng.random() < 0.5 else layers.BatchNormalization()
        yield layers.MaxPooling2D() if rng.random() < 0.5 else layers.AveragePooling2D(2)
        yield layers.Flatten() if rng.random() < 0.5 else layers.GlobalAveragePooling2D()
    elif kind == "series":
        choice = rng.integers(4)
        if choice == 0:
            yield layers.Conv1D(p["units"], 2, activation=activation(rng))
            yield layers.GlobalMaxPooling1D()
        elif choice == 1:
            yield layers.GRU(p["units"])
        elif choice == 2:
            yield layers.Dense(p["units"], activation(rng))
            yield layers.GlobalAveragePooling1D()
        else:
            yield layers.Flatten()
    elif kind == "words":
        yield layers.Embedding(12, p["units"])
        yield layers.GlobalAveragePooling1D() if rng.random() < 0.6 else layers.Flatten()
    for _ in range(rng.integers(1, 3)):
        yield from dense_block(rng, p)


SHAPES = {"table": (6,), "image": (6, 6, 1), "series": (5, 3), "words": (4,)}


def network(rng, kind, p, n_outputs, last):
    """A model, sequential or functional."""
    inputs = keras.Input(SHAPES[kind])
    style = rng.integers(4)
    inner = list(body(rng, kind, p))
    if style < 2:
        return keras.Sequential([inputs, *inner, layers.Dense(n_outputs, last)])
    x = inputs
    for layer in inner:
        x = layer(x)
    if style == 2:  # a layer that is used twice, beside a way around it
        shared = layers.Dense(x.shape[-1], activation(rng))
        x = layers.Add()([x, shared(shared(x))])
    else:
        x = layers.Concatenate()([x, layers.Dense(p["units"], activation(rng))(x) * p["number"]])
    return keras.Model(inputs, layers.Dense(n_outputs, last)(x))


def optimizer(rng, p, model):
    rate, number = p["learning_rate"], p["momentum"]
    options = {}
    if rng.random() < 0.25:
        options = {str(rng.choice(["clipnorm", "clipvalue", "global_clipnorm"])): 0.5}
    if rng.random() < 0.2:
        rate = keras.optimizers.schedules.ExponentialDecay(rate, 3, number)
    kinds = {
        "SGD": {"momentum": number, "nesterov": bool(rng.integers(2))},
        "Adam": {"beta_1": number},
        "AdamW": {"weight_decay": p["factor"]},
        "RMSprop": {"rho": number},
        "Adagrad": {},
        "Adamax": {"beta_1": number},
        "Lion": {"beta_1": number},
        "Adadelta": {"rho": number},
    }
    name = str(rng.choice(list(kinds)))
    if name == "Lion" and any(isinstance(layer, layers.BatchNormalization) for layer in model.layers):
        name = (
            "Adam"  # a shift that normalisation takes away has a gradient of 0, and Lion goes by the sign of its noise
        )
    return getattr(keras.optimizers, name)(rate, **kinds[name], **options)


def loss(rng, p, classes):
    number = p["number"]
    if classes:
        kinds = [
            lambda: keras.losses.SparseCategoricalCrossentropy(),
            lambda: "sparse_categorical_crossentropy",
            lambda: (
                lambda y, q: ops.mean(
                    (1 - ops.take_along_axis(q, ops.cast(ops.reshape(y, (-1, 1)), "int32"), 1)) ** number
                )
            ),
        ]
    else:
        kinds = [
            lambda: "mse",
            lambda: keras.losses.Huber(delta=number),
            lambda: keras.losses.LogCosh(),
            lambda: lambda y, q: ops.mean(ops.maximum(p["rate"] * (y - q), (p["rate"] - 1) * (y - q))),
        ]
    return kinds[rng.integers(len(kinds))]()


def metrics(rng, classes):
    if rng.random() < 0.4:
        return None
    if classes:
        return ["accuracy"] if rng.random() < 0.6 else [keras.metrics.SparseTopKCategoricalAccuracy(k=2)]
    own = lambda y, q: ops.max(ops.abs(y - q))  # noqa: E731 - one of the user's own, as they write them
    return [["mae"], [keras.metrics.RootMeanSquaredError()], [own]][rng.integers(3)]


def callbacks(rng):
    choice = rng.integers(8)
    if choice == 0:
        return [keras.callbacks.EarlyStopping("loss", patience=0, restore_best_weights=True)]
    if choice == 1:
        return [keras.callbacks.ReduceLROnPlateau("loss", patience=0, factor=0.5)]
    if choice == 2:
        return [keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.5)]
    return [Noted()] if choice == 3 else None


DRAWN = {
    "units": lambda rng: int(rng.integers(2, 9)),
    "rate": lambda rng: float(rng.uniform(0.1, 0.6)),
    "factor": lambda rng: float(rng.uniform(0.001, 0.1)),
    "number": lambda rng: float(rng.uniform(0.5, 2.0)),
    "momentum": lambda rng: float(rng.uniform(0.5, 0.95)),
    "learning_rate": lambda rng: float(rng.uniform(0.001, 0.02)),
}


def rows(rng, kind):
    if kind == "words":
        return rng.integers(0, 12, (N_ROWS, *SHAPES[kind]))
    return rng.normal(size=(N_ROWS, *SHAPES[kind])).astype("float32")


def case(seed):
    """The search of a seed."""
    rng = np.random.default_rng(seed)
    kind = str(rng.choice(["table", "table", "table", "image", "series", "words"]))
    classes = bool(rng.integers(2))
    defaults = {name: draw(rng) for name, draw in DRAWN.items()}
    searched = [str(name) for name in rng.choice(list(DRAWN), rng.integers(1, 3), replace=False)]
    grid = {name: [DRAWN[name](rng) for _ in range(2)] for name in searched[:1]}
    grid |= {name: [DRAWN[name](rng)] for name in searched[1:]}
    structure = int(rng.integers(2**31))

    def build(units=None, rate=None, factor=None, number=None, momentum=None, learning_rate=None):
        given = {"units": units, "rate": rate, "factor": factor, "number": number, "momentum": momentum}
        given["learning_rate"] = learning_rate
        p = defaults | {name: value for name, value in given.items() if value is not None}
        own = np.random.default_rng(structure)  # the same model each time, but for what is searched
        model = network(own, kind, p, 3 if classes else 1, "softmax" if classes else None)
        model.compile(optimizer(own, p, model), loss(own, p, classes), metrics=metrics(own, classes))
        return model

    X = rows(rng, kind)
    y = rng.integers(3, size=N_ROWS) if classes else rng.normal(size=N_ROWS).astype("float32")
    y[:3], y[N_TRAIN : N_TRAIN + 3] = [0, 1, 2], [0, 1, 2]
    options: dict[str, Any] = {
        "epochs": EPOCHS,
        "batch_size": int(rng.choice([7, 10, 30])),
        "random_state": seed % 1000,
    }
    options["shuffle"] = bool(rng.integers(2))
    own_callbacks = callbacks(rng)
    if own_callbacks:
        options["callbacks"] = own_callbacks
    if rng.random() < 0.2:
        options["validation_split"] = 0.2
    fit = {"sample_weight": rng.uniform(0.5, 2, N_ROWS)} if rng.random() < 0.2 else {}
    plain = not (options["shuffle"] or own_callbacks or "validation_split" in options or fit)
    wrapper = KerasClassifier if classes else KerasRegressor
    words = f"{kind}, {'classes' if classes else 'numbers'}, {grid}, {options}"
    return Case(wrapper(build, **options), grid, X, y, fit, words, build, plain)


def searched(some, engine):
    options = {"cv": SPLIT, "refit": False, "error_score": "raise", "engine": engine}
    return GridSearchCV(some.estimator, some.grid, **options).fit(some.X, some.y, **some.fit)


def check(seed):
    """Hold both engines, and where it can be Keras' own `fit`, against each other.

    Training amplifies the noise of floats. So where they differ, they are asked again in double precision: what is
    noise is much smaller there, and what is a fault is not.

    Returns
    -------
    str
        Which engine trained it, or why it was not fused.
    """
    try:
        return compare(case(seed), [2e-4, 2e-3])
    except AssertionError:
        with double_precision():
            return f"{compare(case(seed), [1e-8, 1e-6])}, in float64"


def compare(some, tolerances):
    """Hold both engines against each other, with a tolerance for each epoch."""
    try:
        fused = searched(some, "auto")
    except Exception as error:  # noqa: BLE001 - what Keras refuses, it refuses in both
        with pytest.raises(type(error)):
            searched(some, "per-trial")
        return f"refused by Keras: {str(error)[:40]}"
    alone = searched(some, "per-trial")
    ours, theirs = (search.histories_.drop(columns="epoch_seconds") for search in (fused, alone))
    assert list(ours) == list(theirs), some.words
    for name in ours:
        for epoch, tolerance in enumerate(tolerances, 1):
            values, expected = (table.loc[table["epoch"] == epoch, name].astype(float) for table in (ours, theirs))
            said = f"{name} of epoch {epoch}: {some.words}"
            np.testing.assert_allclose(values, expected, rtol=tolerance, atol=tolerance / 10, err_msg=said)
    if some.plain:
        check_against_keras(some, ours, tolerances[-1])
    report = fused.engine_report_
    return "fused" if set(report["engine"]) == {"fused"} else str(report["reason"].dropna().iloc[0])[:60]


def check_against_keras(some, ours, tolerance):
    train = SPLIT[0][0]
    for number, params in enumerate(ParameterGrid(some.grid)):
        with seeded(some.estimator.random_state):
            model = some.build(**params)
        options = {"epochs": EPOCHS, "batch_size": some.estimator.batch_size, "shuffle": False, "verbose": 0}
        expected = model.fit(some.X[train], some.y[train], **options).history["loss"]
        losses = ours.loc[ours["candidate"] == number, "loss"].to_numpy()
        np.testing.assert_allclose(losses, expected, rtol=tolerance, err_msg=f"Keras' own fit: {some.words}")


def main(first, last):
    tally: dict[str, int] = {}
    for seed in range(first, last):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                outcome = check(seed)
        except Exception as error:  # noqa: BLE001 - the others go on
            outcome = "failed"
            print(
                f"seed {seed}: {traceback.format_exc() if not isinstance(error, AssertionError) else error}", flush=True
            )
        tally[outcome] = tally.get(outcome, 0) + 1
        keras.backend.clear_session()
        if seed % 20 == 19:
            print(seed + 1, tally, flush=True)
    print(tally)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
