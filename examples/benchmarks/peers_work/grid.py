"""A small grid, the everyday case."""

from peers_work._data import digits
from peers_work._row import Row


def build(units):
    from keras import Input, Sequential
    from keras.layers import Dense

    hidden = [Dense(units, activation="relu"), Dense(units, activation="relu")]
    return Sequential([Input((64,)), *hidden, Dense(10, activation="softmax")])


def with_skhpt(X, y):
    from skhpt import GridSearchCV, KerasClassifier

    classifier = KerasClassifier(build, optimizer="adam", metrics=["accuracy"], epochs=10, batch_size=32)
    grid = {"units": [16, 64], "optimizer__learning_rate": [1e-4, 1e-3, 1e-2]}
    return GridSearchCV(classifier, grid, cv=5, random_state=0).fit(X, y)


def with_skhpt_per_trial(X, y):
    from skhpt import GridSearchCV, KerasClassifier

    classifier = KerasClassifier(build, optimizer="adam", metrics=["accuracy"], epochs=10, batch_size=32)
    grid = {"units": [16, 64], "optimizer__learning_rate": [1e-4, 1e-3, 1e-2]}
    return GridSearchCV(classifier, grid, cv=5, random_state=0, engine="per-trial", n_jobs=2).fit(X, y)


def with_scikit_learn(X, y):
    from scikeras.wrappers import KerasClassifier
    from sklearn.model_selection import GridSearchCV, StratifiedKFold

    options = {"loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"], "random_state": 0, "verbose": 0}
    classifier = KerasClassifier(build, optimizer="adam", epochs=10, batch_size=32, **options)
    grid = {"model__units": [16, 64], "optimizer__learning_rate": [1e-4, 1e-3, 1e-2]}
    return GridSearchCV(classifier, grid, cv=StratifiedKFold(5), n_jobs=2).fit(X, y)


def with_keras_tuner(X, y):
    import keras
    import keras_tuner

    def build_and_compile(hp):
        model = build(hp.Choice("units", [16, 64]))
        adam = keras.optimizers.Adam(hp.Choice("learning_rate", [1e-4, 1e-3, 1e-2]))
        model.compile(adam, "sparse_categorical_crossentropy", metrics=["accuracy"])
        return model

    tuner = keras_tuner.GridSearch(build_and_compile, "val_accuracy", max_trials=6, seed=0)
    tuner.search(X, y, validation_split=0.2, epochs=10, batch_size=32, verbose=0)
    model = build_and_compile(tuner.get_best_hyperparameters()[0])
    model.fit(X, y, epochs=10, batch_size=32, verbose=0)
    return model


ROW = Row(
    "digits, 6 candidates (2 widths x 3 learning rates), 5 folds, 10 epochs",
    digits,
    {
        "skhpt": with_skhpt,
        "skhpt-per-trial": with_skhpt_per_trial,
        "scikit-learn": with_scikit_learn,
        "keras-tuner": with_keras_tuner,
    },
)
