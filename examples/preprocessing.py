"""Preprocessing tuned together with the network: which scaler, how many components, and how wide a network, on wine."""

import keras
from keras import layers
from sklearn.datasets import load_wine
from sklearn.decomposition import PCA
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from skhpt import KerasClassifier, RandomizedSearchCV


def build(meta, units=16):
    """The input is as wide as whatever comes before it in the pipeline puts out."""
    return keras.Sequential(
        [
            keras.Input((meta["n_features_in_"],)),
            layers.Dense(units, activation="relu"),
            layers.Dense(meta["n_classes_"], activation="softmax"),
        ]
    )


def main():
    X, y = load_wine(return_X_y=True, as_frame=True)
    X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0, stratify=y)
    network = KerasClassifier(build, optimizer="adam", optimizer__learning_rate=0.02, epochs=15, random_state=0)
    pipeline = Pipeline([("scale", StandardScaler()), ("reduce", PCA()), ("network", network)])
    search = RandomizedSearchCV(
        pipeline,
        {
            "scale": [StandardScaler(), MinMaxScaler()],
            "reduce": [PCA(4), PCA(8), "passthrough"],
            "network__units": [8, 16, 32],
        },
        n_iter=6,
        cv=3,
        random_state=0,
    )
    search.fit(X_train, y_train)
    print(f"Best: {search.best_params_}, cross-validated accuracy {search.best_score_:.4f}")
    print(f"Test accuracy: {search.score(X_test, y_test):.4f}")


if __name__ == "__main__":
    main()
