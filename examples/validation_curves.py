"""Validation curves: each fold's test rows are evaluated after every epoch, and the refit trains for the best number.

On scikit-learn's breast cancer data.
"""

import keras
from keras import layers
from sklearn.datasets import load_breast_cancer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skhpt import GridSearchCV, KerasClassifier


def build(meta, units=16):
    return keras.Sequential(
        [
            keras.Input((meta["n_features_in_"],)),
            layers.Dense(units, activation="relu"),
            layers.Dense(1, activation="sigmoid"),
        ]
    )


def main():
    X, y = load_breast_cancer(return_X_y=True)
    network = KerasClassifier(build, optimizer="adam", optimizer__learning_rate=0.01, metrics=["accuracy"], epochs=20)
    search = GridSearchCV(
        make_pipeline(StandardScaler(), network),
        {"kerasclassifier__units": [8, 32]},
        cv=3,
        scoring="accuracy",
        random_state=0,
        record_validation=True,
        refit_epochs="best",
    )
    search.fit(X, y)
    curves = search.histories_.groupby(["candidate", "epoch"])[["loss", "test_loss", "test_accuracy"]].mean()
    print(curves.loc[(slice(None), [1, 5, 10, 20]), :].round(4))
    print(f"Best: {search.best_params_}, refitted for {len(search.best_history_['loss'])} epochs")


if __name__ == "__main__":
    main()
