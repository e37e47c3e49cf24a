"""Successive halving on epochs: nine networks train a little, the best of them longer, on scikit-learn's digits.

Survivors go on where they were left off, so no epoch is trained twice.
"""

import keras
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from skhpt import HalvingGridSearchCV, KerasClassifier


def build(meta, units=16, dropout=0.0):
    return keras.Sequential(
        [
            keras.Input((meta["n_features_in_"],)),
            layers.Rescaling(1 / 16),
            layers.Dense(units, activation="relu"),
            layers.Dropout(dropout),
            layers.Dense(meta["n_classes_"], activation="softmax"),
        ]
    )


def main():
    X, y = load_digits(return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0, stratify=y)
    search = HalvingGridSearchCV(
        KerasClassifier(build, optimizer="adam", optimizer__learning_rate=0.005, epochs=18),
        {"units": [16, 32, 64], "dropout": [0.0, 0.2, 0.4]},
        resource="auto",  # the epochs, since they are not searched
        min_resources=2,
        factor=3,
        cv=3,
        random_state=0,
    )
    search.fit(X_train, y_train)
    for candidates, epochs in zip(search.n_candidates_, search.n_resources_, strict=True):
        print(f"{candidates} candidates trained up to epoch {epochs}")
    print(f"{len(search.histories_)} epochs in all")
    print(f"Best: {search.best_params_}, cross-validated accuracy {search.best_score_:.4f}")
    print(f"Test accuracy: {search.score(X_test, y_test):.4f}")


if __name__ == "__main__":
    main()
