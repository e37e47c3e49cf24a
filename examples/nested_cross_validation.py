"""Nested cross-validation: how good the model that a search finds really is, on scikit-learn's wine data.

The best score of a search is the best of many, and so too good. Here each outer fold has a search of its own, whose
winner is scored on rows that this search never saw.
"""

import keras
from keras import layers
from sklearn.datasets import load_wine
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skhpt import GridSearchCV, KerasClassifier, nested_scores


def build(meta, units=8):
    return keras.Sequential(
        [
            keras.Input((meta["n_features_in_"],)),
            layers.Dense(units, activation="relu"),
            layers.Dense(meta["n_classes_"], activation="softmax"),
        ]
    )


def main():
    X, y = load_wine(return_X_y=True)
    network = KerasClassifier(build, optimizer="adam", optimizer__learning_rate=0.02, epochs=10)
    search = GridSearchCV(
        make_pipeline(StandardScaler(), network),
        {"kerasclassifier__units": [2, 16]},
        cv=3,
        random_state=0,
    )
    scores = nested_scores(search, X, y, cv=3)
    print(scores.to_string(index=False))
    print(
        f"Mean test score {scores['test_score'].mean():.4f}, best inner scores {scores['best_inner_score'].mean():.4f}"
    )


if __name__ == "__main__":
    main()
