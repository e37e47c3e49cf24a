"""More rows than in the others, and batch sizes among what is searched."""

from peers_work._data import photographs
from peers_work._row import Row


def build(units):
    from keras import Input, Sequential
    from keras.layers import Dense

    return Sequential([Input((192,)), Dense(units, activation="relu"), Dense(2, activation="softmax")])


def with_skhpt(X, y):
    from skhpt import GridSearchCV, KerasClassifier

    classifier = KerasClassifier(build, optimizer="adam", metrics=["accuracy"], epochs=2)
    grid = {"units": [16, 32, 64], "batch_size": [64, 256]}
    return GridSearchCV(classifier, grid, cv=3, random_state=0).fit(X, y)


def with_scikit_learn(X, y):
    from scikeras.wrappers import KerasClassifier
    from sklearn.model_selection import GridSearchCV, StratifiedKFold

    options = {"loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"], "random_state": 0, "verbose": 0}
    classifier = KerasClassifier(build, optimizer="adam", epochs=2, **options)
    grid = {"model__units": [16, 32, 64], "batch_size": [64, 256]}
    return GridSearchCV(classifier, grid, cv=StratifiedKFold(3), n_jobs=2).fit(X, y)


ROW = Row(
    "47,320 squares of photographs, 6 candidates (3 widths x 2 batch sizes), 3 folds, 2 epochs",
    photographs,
    {"skhpt": with_skhpt, "scikit-learn": with_scikit_learn},
)
