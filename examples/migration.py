"""Code that was written for others, and what becomes of it: on scikit-learn's iris data.

Each function is what is left of code for SciKeras, for Keras' own wrappers, or for scikit-learn's searches; the lines
that change stand above it.
"""

import keras
from keras import layers
from sklearn.datasets import load_iris
from sklearn.preprocessing import scale
from sklearn.utils import shuffle

X, y = shuffle(*load_iris(return_X_y=True), random_state=0)
X = scale(X)


def from_scikeras():
    # from scikeras.wrappers import KerasClassifier
    from skhpt import KerasClassifier

    def build(hidden_layer_sizes, meta, compile_kwargs):
        model = keras.Sequential([keras.Input((meta["n_features_in_"],))])
        for size in hidden_layer_sizes:
            model.add(layers.Dense(size, activation="relu"))
        model.add(layers.Dense(meta["n_classes_"], activation="softmax"))
        model.compile(loss="sparse_categorical_crossentropy", optimizer=compile_kwargs["optimizer"])
        return model

    classifier = KerasClassifier(
        model=build,
        hidden_layer_sizes=(16,),
        optimizer="adam",
        optimizer__learning_rate=0.02,
        epochs=15,
        verbose=0,
        random_state=0,
    )
    return classifier.fit(X, y).score(X, y)


def from_kerass_wrappers():
    # from keras.wrappers import SKLearnClassifier
    from skhpt import KerasClassifier

    def build(X, y, units):  # as before: the rows and the target are there for a builder that asks for them
        n_classes = len(set(y))
        model = keras.Sequential(
            [keras.Input(X.shape[1:]), layers.Dense(units, "relu"), layers.Dense(n_classes, "softmax")]
        )
        model.compile("adam", "categorical_crossentropy")
        return model

    # SKLearnClassifier(build, model_kwargs={"units": 16}, fit_kwargs={"epochs": 60, "verbose": 0})
    classifier = KerasClassifier(build, units=16, epochs=60, verbose=0, random_state=0)
    return classifier.fit(X, y).score(X, y)


def from_scikit_learns_searches():
    # from sklearn.experimental import enable_halving_search_cv
    # from sklearn.model_selection import HalvingGridSearchCV
    from skhpt import HalvingGridSearchCV, KerasClassifier

    def build(meta, units=4):
        return keras.Sequential([layers.Dense(units, "relu"), layers.Dense(meta["n_classes_"])])

    search = HalvingGridSearchCV(
        KerasClassifier(build, optimizer="adam", optimizer__learning_rate=0.02),
        {"units": [4, 8, 16]},
        resource="epochs",  # which now go on from rung to rung
        max_resources=18,
        cv=3,
        random_state=0,
    )
    return search.fit(X, y).score(X, y)


def main():
    for migrate in (from_scikeras, from_kerass_wrappers, from_scikit_learns_searches):
        print(f"{migrate.__name__.replace('_', ' ')}: accuracy {migrate():.3f}")


if __name__ == "__main__":
    main()
