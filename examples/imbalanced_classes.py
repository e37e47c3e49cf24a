"""Imbalanced classes: weights by class, chosen by the area under the ROC curve, on scikit-learn's breast cancer data.

Most of the malignant rows are left out first, so that one class is rare.
"""

import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_breast_cancer
from sklearn.metrics import balanced_accuracy_score, roc_auc_score
from sklearn.model_selection import train_test_split
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


def load():
    data = load_breast_cancer()
    diagnosis = data.target_names[data.target]
    malignant = np.flatnonzero(diagnosis == "malignant")
    kept = np.sort(np.concatenate([malignant[:40], np.flatnonzero(diagnosis == "benign")]))
    return data.data[kept], diagnosis[kept]


def main():
    X, y = load()
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.4, random_state=0, stratify=y)
    classifier = KerasClassifier(build, optimizer="adam", optimizer__learning_rate=0.01, epochs=10, random_state=0)
    search = GridSearchCV(
        make_pipeline(StandardScaler(), classifier),
        {
            "kerasclassifier__class_weight": [None, "balanced", {"benign": 1.0, "malignant": 4.0}],
            "kerasclassifier__units": [8, 16],
        },
        scoring="roc_auc",
        cv=3,
    )
    search.fit(X_train, y_train)
    probability = search.predict_proba(X_test)[:, list(search.classes_).index("malignant")]
    print(f"Best: {search.best_params_}, cross-validated area under the curve {search.best_score_:.4f}")
    print(f"Test area under the curve: {roc_auc_score(y_test == 'malignant', probability):.4f}")
    print(f"Test balanced accuracy: {balanced_accuracy_score(y_test, search.predict(X_test)):.4f}")


if __name__ == "__main__":
    main()
