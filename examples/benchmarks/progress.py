"""What it costs to show how far a search is, and to log every epoch.

Prints how much of the processor's time of a search goes into its listeners: of 1,000 candidates on 5 folds of an
estimator that fits in no time, and of 300 lanes of a small network on digits, in one program. The terminal is one in
memory. A listener that does nothing stands beside them: so much is what measuring takes.
Takes about a minute on 2 cores.
"""

import io
import os
import sys
import tempfile
import time

import keras
import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.datasets import load_digits

from skhpt import EpochLogger, GridSearchCV, KerasClassifier, SearchListener
from skhpt.search import _listeners


class Terminal(io.StringIO):
    """Says that it is a terminal."""

    def isatty(self):
        return True


class Instant(RegressorMixin, BaseEstimator):
    """Predicts its parameter."""

    def __init__(self, constant=0.0):
        self.constant = constant

    def fit(self, X, y):
        return self

    def predict(self, X):
        return np.full(len(X), self.constant)


class Timed(_listeners.Listeners):
    """Adds up the seconds that listeners take."""

    seconds = 0.0

    def _tell(self, event, *facts, **further):
        start = time.thread_time()
        super()._tell(event, *facts, **further)
        Timed.seconds += time.thread_time() - start


def build(units=32):
    layers = keras.layers
    return keras.Sequential([layers.Dense(units, activation="relu"), layers.Dense(10, activation="softmax")])


def part_of(search, X, y):
    """How long a search takes, and how much of that goes into its listeners."""
    Timed.seconds, stderr, sys.stderr = 0.0, sys.stderr, Terminal()
    start = time.process_time()
    try:
        search.fit(X, y)
    finally:
        seconds, sys.stderr = time.process_time() - start, stderr
    return seconds, Timed.seconds


def main():
    os.environ["TERM"] = "xterm"
    _listeners.Listeners = Timed
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(200, 4)), rng.normal(size=200)
    digits = load_digits(return_X_y=True)
    instant = Instant(), {"constant": np.linspace(-1, 1, 1000).tolist()}
    network = KerasClassifier(build, epochs=20, random_state=0)
    lanes = network, {"optimizer__learning_rate": np.geomspace(1e-4, 1e-1, 60).tolist()}
    GridSearchCV(*instant, progress=True, refit=False).fit(*rows)  # so that rich is there
    with tempfile.TemporaryDirectory() as directory:
        logger = EpochLogger(f"{directory}/epochs.csv")
        for name, space, data in (("5,000 instant fits", instant, rows), ("300 lanes, 20 epochs", lanes, digits)):
            listeners_of = {"nobody": {"loggers": [SearchListener()]}, "progress": {"progress": True}}
            for what, options in (listeners_of | {"EpochLogger": {"loggers": [logger]}}).items():
                seconds, listeners = part_of(GridSearchCV(*space, cv=5, refit=False, **options), *data)
                print(f"{name}, {what}: {listeners:.3f} of {seconds:.1f} seconds, {listeners / seconds:.2%}")


if __name__ == "__main__":
    main()
