"""Tune a small network on handwritten digits: the scaler and the network are one pipeline, searched as one.

Prints the best setting, its accuracy on rows that the search never saw, and how its training went.
Takes about a minute on 2 cores.
"""

import keras
import pandas as pd
from scipy.stats import loguniform, randint
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from skhpt import KerasClassifier, RandomizedSearchCV


def build(meta, units=32, dropout=0.0):
    """A network with one hidden layer; `meta` says what the data look like."""
    return keras.Sequential(
        [
            keras.Input(meta["X_shape_"][1:]),
            keras.layers.Dense(units, activation="relu"),
            keras.layers.Dropout(dropout),
            keras.layers.Dense(meta["n_classes_"], activation="softmax"),
        ]
    )


def main():
    X, y = load_digits(return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)

    pipeline = Pipeline(
        [
            ("scale", StandardScaler()),
            ("net", KerasClassifier(build, optimizer="adam", metrics=["accuracy"], epochs=15)),
        ]
    )
    distributions = {
        "net__units": randint(16, 128),
        "net__dropout": [0.0, 0.2, 0.4],
        "net__optimizer__learning_rate": loguniform(1e-3, 1e-2),
    }
    search = RandomizedSearchCV(pipeline, distributions, n_iter=8, cv=5, n_jobs=2, random_state=0, verbose=1)
    search.fit(X_train, y_train)

    history = pd.DataFrame(search.best_history_)
    history.index = pd.RangeIndex(1, len(history) + 1, name="epoch")
    print("The best model's training on all training rows:", history.round(4), sep="\n")
    print("Best setting:", search.best_params_)
    print(f"Cross-validated accuracy: {search.best_score_:.4f}")
    print(f"Test accuracy: {search.score(X_test, y_test):.4f}")


if __name__ == "__main__":
    main()
