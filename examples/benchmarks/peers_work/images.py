"""Convolutions on small images."""

from peers_work._data import digit_images
from peers_work._row import Row


def build():
    from keras import Input, Sequential
    from keras.layers import Conv2D, Dense, Flatten, MaxPooling2D

    seen = [Conv2D(16, 3, padding="same", activation="relu"), MaxPooling2D(), Conv2D(32, 3, activation="relu")]
    return Sequential([Input((8, 8, 1)), *seen, Flatten(), Dense(10, activation="softmax")])


def with_skhpt(X, y):
    from skhpt import GridSearchCV, KerasClassifier

    classifier = KerasClassifier(build, optimizer="adam", metrics=["accuracy"], epochs=5, batch_size=32)
    grid = {"optimizer__learning_rate": [3e-4, 6e-4, 1e-3, 2e-3, 5e-3, 1e-2]}
    return GridSearchCV(classifier, grid, cv=3, random_state=0).fit(X, y)


def with_scikit_learn(X, y):
    from scikeras.wrappers import KerasClassifier
    from sklearn.model_selection import GridSearchCV, StratifiedKFold

    options = {"loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"], "random_state": 0, "verbose": 0}
    classifier = KerasClassifier(build, optimizer="adam", epochs=5, batch_size=32, **options)
    grid = {"optimizer__learning_rate": [3e-4, 6e-4, 1e-3, 2e-3, 5e-3, 1e-2]}
    return GridSearchCV(classifier, grid, cv=StratifiedKFold(3), n_jobs=2).fit(X, y)


ROW = Row(
    "digits as images, 2 convolutions, 6 learning rates, 3 folds, 5 epochs",
    digit_images,
    {"skhpt": with_skhpt, "scikit-learn": with_scikit_learn},
)
