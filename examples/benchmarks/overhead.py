"""What the wrapper adds to Keras' own `fit` and `predict`: ratios, measured in one process, one after the other.

Run it from a checkout, with the package installed::

    python examples/benchmarks/overhead.py

Each figure is the median of several rounds; in a round each side runs once, in an order that changes, so that both meet
the same state of the machine. Building and compiling the model is a part of `fit` on both sides.
"""

import argparse
import json
import statistics
import time

import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits

from skhpt import KerasClassifier

X, y = load_digits(return_X_y=True)
X = (X / 16).astype("float32")
EPOCHS = 10


def build():
    model = keras.Sequential(
        [keras.Input((64,)), layers.Dense(64, activation="relu"), layers.Dense(10, activation="softmax")]
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


def seconds(function):
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def compare(ours, keras_own, rounds):
    """Medians of both in seconds, and their ratio, round by round."""
    pairs = [(ours, keras_own), (keras_own, ours)]
    times = {ours: [], keras_own: []}
    for number in range(rounds):
        for function in pairs[number % 2]:
            times[function].append(seconds(function))
    ratios = [mine / theirs for mine, theirs in zip(times[ours], times[keras_own], strict=True)]
    return {
        "skhpt_seconds": statistics.median(times[ours]),
        "keras_seconds": statistics.median(times[keras_own]),
        "ratio": statistics.median(ratios),
        "rounds": rounds,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fits", type=int, default=11, help="rounds of fit")
    parser.add_argument("--predictions", type=int, default=201, help="rounds of predict")
    arguments = parser.parse_args()

    classifier = KerasClassifier(build, epochs=EPOCHS, verbose=0)

    def keras_fit():
        build().fit(X, y, epochs=EPOCHS, verbose=0)

    classifier.fit(X, y)  # TensorFlow's first training in a process is slower
    results = {"fit, digits, 10 epochs": compare(lambda: classifier.fit(X, y), keras_fit, arguments.fits)}
    model, row = classifier.model_, X[:1]
    classifier.predict(row)  # the first traces
    results["predict, one row"] = compare(
        lambda: classifier.predict(row), lambda: model.predict(row, verbose=0), arguments.predictions
    )
    np.testing.assert_array_equal(classifier.predict(X), model.predict(X, verbose=0).argmax(axis=1))

    print(f"{'':26}{'skhpt':>10}{'Keras':>10}{'ratio':>8}")
    for name, result in results.items():
        mine, theirs = (f"{result[side] * 1000:.1f} ms" for side in ("skhpt_seconds", "keras_seconds"))
        print(f"{name:26}{mine:>10}{theirs:>10}{result['ratio']:>8.2f}")
    print(json.dumps(results))


if __name__ == "__main__":
    main()
