"""The pieces of work that searches are compared on: data, models, and what is searched."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

# What imports TensorFlow is imported where it is used: the process that starts the others needs none of it.

RATE = "optimizer__learning_rate"


@dataclass(frozen=True)
class Row:
    """A piece of work: data, a model, and what is searched. With `n_iter`, the candidates are drawn at random."""

    title: str
    load: Callable
    build: Callable
    space: dict
    folds: int
    fixed: dict
    n_iter: int | None = None
    regression: bool = False
    keras_tuner: bool = False

    @property
    def compiled_with(self):
        if self.regression:
            return {"loss": "mean_squared_error"}
        return {"loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"]}

    def quick(self):
        """The same kind of work, but little of it: up to two values of the first parameter, one of each other."""
        fixed = {name: min(value, 2) if name == "epochs" else value for name, value in self.fixed.items()}
        little = replace(self, folds=2, fixed=fixed)
        if self.n_iter is not None:
            return replace(little, n_iter=2)
        first = next(iter(self.space))
        return replace(little, space={name: values[: 1 + (name == first)] for name, values in self.space.items()})


def held_out(X, y, stratify):
    """Training rows and test rows of standardised data, in 32 bits."""
    from sklearn.model_selection import train_test_split
    from sklearn.preprocessing import StandardScaler

    parts = train_test_split(X, y, test_size=0.2, random_state=0, stratify=y if stratify else None)
    scaler = StandardScaler().fit(parts[0])
    return *(scaler.transform(part).astype("float32") for part in parts[:2]), *parts[2:]


def digits(quick):
    from sklearn.datasets import load_digits

    return held_out(*load_digits(return_X_y=True), stratify=True)


def digit_images(quick):
    X_train, X_test, y_train, y_test = digits(quick)
    return X_train.reshape(-1, 8, 8, 1), X_test.reshape(-1, 8, 8, 1), y_train, y_test


def diabetes(quick):
    from sklearn.datasets import load_diabetes

    X, y = load_diabetes(return_X_y=True)
    return held_out(X, ((y - y.mean()) / y.std()).astype("float32"), stratify=False)


def made_up(quick):
    """As large as MNIST: ten classes, each a mean and noise, that overlap a little."""
    n_train, n_test = (4_800, 1_200) if quick else (48_000, 12_000)
    rng = np.random.default_rng(0)
    means = 0.1 * rng.standard_normal((10, 784), dtype="float32")
    y = rng.integers(10, size=n_train + n_test)
    X = means[y] + rng.standard_normal((len(y), 784), dtype="float32")
    return X[:n_train], X[n_train:], y[:n_train], y[n_train:]


def dense(n_features, widths, output):
    from keras import Input, Sequential
    from keras.layers import Dense

    return Sequential([Input((n_features,)), *(Dense(width, activation="relu") for width in widths), Dense(*output)])


def two_layers(units):
    return dense(64, [units, units], (10, "softmax"))


def two_layers_to_a_number(units):
    return dense(10, [units, units], (1,))


def one_layer(units):
    return dense(784, [units], (10, "softmax"))


def convolutions():
    from keras import Input, Sequential
    from keras.layers import Conv2D, Dense, Flatten, MaxPooling2D

    seen = [Conv2D(16, 3, padding="same", activation="relu"), MaxPooling2D(), Conv2D(32, 3, activation="relu")]
    return Sequential([Input((8, 8, 1)), *seen, Flatten(), Dense(10, activation="softmax")])


def rates(lowest, highest, number):
    return [float(f"{rate:.3g}") for rate in np.geomspace(lowest, highest, number)]


def drawn():
    from scipy.stats import loguniform, randint

    return {"model__units": randint(8, 65), RATE: loguniform(1e-4, 3e-2)}


ROWS = {
    "A": Row(
        "digits, 64-u-u-10: 2 widths x 3 learning rates, 5 folds, 10 epochs",
        digits,
        two_layers,
        {"model__units": [16, 32], RATE: [0.001, 0.003, 0.01]},
        folds=5,
        fixed={"epochs": 10, "batch_size": 32},
        keras_tuner=True,
    ),
    "B": Row(
        "digits, 64-u-u-10: 4 widths x 10 learning rates, 5 folds, 20 epochs",
        digits,
        two_layers,
        {"model__units": [16, 32, 48, 64], RATE: rates(1e-4, 3e-2, 10)},
        folds=5,
        fixed={"epochs": 20, "batch_size": 32},
    ),
    "C": Row(
        "digits, 64-u-u-10: 20 random widths and learning rates, 5 folds, 10 epochs",
        digits,
        two_layers,
        drawn(),
        folds=5,
        fixed={"epochs": 10, "batch_size": 32},
        n_iter=20,
    ),
    "D": Row(
        "digits as images, 2 convolutions: 6 learning rates, 3 folds, 5 epochs",
        digit_images,
        convolutions,
        {RATE: rates(3e-4, 1e-2, 6)},
        folds=3,
        fixed={"epochs": 5, "batch_size": 32},
    ),
    "E": Row(
        "diabetes, 10-u-u-1: 2 widths x 6 learning rates, 10 folds, 50 epochs",
        diabetes,
        two_layers_to_a_number,
        {"model__units": [8, 32], RATE: rates(1e-4, 1e-2, 6)},
        folds=10,
        fixed={"epochs": 50, "batch_size": 32},
        regression=True,
    ),
    "F": Row(
        "made up, 48,000 x 784, 784-u-10: 3 batch sizes x 3 widths x 1 or 2 epochs, 5 folds",
        made_up,
        one_layer,
        {"batch_size": [32, 64, 512], "model__units": [8, 16, 32], "epochs": [1, 2]},
        folds=5,
        fixed={},
    ),
}
