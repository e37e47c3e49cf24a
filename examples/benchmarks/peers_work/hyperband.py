"""Hyperband: skhpt's tries 46 candidates on each fold (1,026 epochs), KerasTuner's 49 on one split (375 epochs)."""

from peers_work._data import digits
from peers_work._row import Row
from peers_work.grid import build


def with_skhpt(X, y):
    from scipy.stats import loguniform

    from skhpt import HyperbandSearchCV, KerasClassifier

    classifier = KerasClassifier(build, optimizer="adam", metrics=["accuracy"], epochs=27, batch_size=32)
    distributions = {"units": [16, 32, 48, 64], "optimizer__learning_rate": loguniform(1e-4, 3e-2)}
    return HyperbandSearchCV(classifier, distributions, cv=3, random_state=0).fit(X, y)


def with_keras_tuner(X, y):
    import keras
    import keras_tuner

    def build_and_compile(hp):
        model = build(hp.Choice("units", [16, 32, 48, 64]))
        adam = keras.optimizers.Adam(hp.Float("learning_rate", 1e-4, 3e-2, sampling="log"))
        model.compile(adam, "sparse_categorical_crossentropy", metrics=["accuracy"])
        return model

    tuner = keras_tuner.Hyperband(build_and_compile, "val_accuracy", max_epochs=27, seed=0)
    tuner.search(X, y, validation_split=0.2, batch_size=32, verbose=0)
    model = build_and_compile(tuner.get_best_hyperparameters()[0])
    model.fit(X, y, epochs=27, batch_size=32, verbose=0)
    return model


ROW = Row(
    "digits, Hyperband up to 27 epochs, 3 folds",
    digits,
    {"skhpt": with_skhpt, "keras-tuner": with_keras_tuner},
)
