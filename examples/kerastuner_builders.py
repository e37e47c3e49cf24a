"""A builder written for KerasTuner, as it is, in a cross-validated search: on scikit-learn's digits.

Needs the extra `keras-tuner`.
"""

import keras
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from skhpt import KerasClassifier, RandomizedSearchCV, space_of


def build_model(hp):
    model = keras.Sequential()
    for i in range(hp.Int("num_layers", 1, 2)):
        model.add(
            layers.Dense(
                units=hp.Int(f"units_{i}", min_value=32, max_value=128, step=32),
                activation=hp.Choice("activation", ["relu", "tanh"]),
            )
        )
    regularisation = hp.Choice("regularisation", ["none", "dropout"])
    with hp.conditional_scope("regularisation", ["dropout"]):
        if regularisation == "dropout":
            model.add(layers.Dropout(hp.Float("rate", 0.1, 0.3)))
    model.add(layers.Dense(10, activation="softmax"))
    model.compile(
        optimizer=keras.optimizers.Adam(hp.Float("lr", min_value=1e-3, max_value=1e-2, sampling="log")),
        loss="categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


def main():
    X, y = load_digits(return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(X / 16, y, stratify=y, random_state=0)

    # tuner = keras_tuner.RandomSearch(build_model, objective="val_accuracy", max_trials=12)
    # tuner.search(X_train, one_hot(y_train), epochs=15, validation_data=(X_val, one_hot(y_val)))
    for space in space_of(build_model):  # one without dropout, and one with it and its rate
        print({name: space[name] for name in space if name in ("num_layers", "units_1", "regularisation", "rate")})
    search = RandomizedSearchCV(
        KerasClassifier(build_model, epochs=15), space_of(build_model), n_iter=12, cv=3, random_state=0
    )
    search.fit(X_train, y_train)

    print(f"The best of {len(search.cv_results_['params'])} networks, {search.best_params_}")
    print(f"Cross-validated accuracy {search.best_score_:.3f}")
    print(f"Test accuracy: {search.score(X_test, y_test):.3f}")


if __name__ == "__main__":
    main()
