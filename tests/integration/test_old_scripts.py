"""Scripts for tensorflow.keras.wrappers.scikit_learn and for KerasTuner, with the fewest edits."""

import keras
import numpy as np
import pytest
from keras import layers
from sklearn.datasets import load_iris
from sklearn.preprocessing import scale

from skhpt import GridSearchCV, KerasClassifier, KerasRegressor
from skhpt.exceptions import UnknownParameterError

X, KIND = load_iris(return_X_y=True)
X = scale(X)
ORDER = np.random.default_rng(0).permutation(150)
TRAIN, VALIDATION = ORDER[:100], ORDER[100:]


def create_model(optimizer="rmsprop", init="glorot_uniform", neurons=4):
    model = keras.Sequential()
    model.add(layers.Dense(neurons, kernel_initializer=init, activation="relu"))
    model.add(layers.Dense(3, kernel_initializer=init, activation="softmax"))
    model.compile(loss="categorical_crossentropy", optimizer=optimizer, metrics=["accuracy"])
    return model


def test_a_grid_search_of_keras_own_wrapper_runs_as_it_stands():
    model = KerasClassifier(build_fn=create_model, verbose=0)
    param_grid = dict(optimizer=["rmsprop", "adam"], epochs=[1, 2], batch_size=[50], init=["uniform"])  # noqa: C408
    grid = GridSearchCV(estimator=model, param_grid=param_grid, n_jobs=1, cv=3, engine="fused")
    grid_result = grid.fit(X, keras.utils.to_categorical(KIND))
    assert len(grid_result.cv_results_["params"]) == 4
    epochs = grid_result.best_params_["epochs"]
    assert len(grid_result.best_estimator_.history_["accuracy"]) == epochs  # was best_estimator_.model.history.history
    assert grid_result.best_estimator_.model_ is grid_result.best_model_  # was best_estimator_.model


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("nb_epoch", "epochs"),
        ("show_accuracy", r"metrics=\['accuracy'\]"),
        ("samples_per_epoch", "batch_size"),
        ("nb_worker", "PyDataset"),
        ("lr", "optimizer__learning_rate"),
        ("class_mode", "loss='categorical_crossentropy'"),
    ],
)
def test_old_parameters_are_told_by_their_new_names(name, word):
    with pytest.raises(
        UnknownParameterError, match=f"Invalid parameter '{name}' for estimator KerasClassifier: .*{word}"
    ):
        KerasClassifier(create_model, **{name: 1}).fit(X, KIND)
    with pytest.raises(UnknownParameterError, match=f"'{name}' for KerasClassifier.fit: .*{word}"):
        KerasClassifier(create_model).fit(X, KIND, **{name: 1})
    with pytest.raises(UnknownParameterError, match=f"'{name}' for estimator KerasClassifier: .*{word}"):
        GridSearchCV(KerasClassifier(create_model), {name: [1]}, cv=2).fit(X, KIND)


def test_an_old_name_may_be_a_builders_own_argument():
    def build(lr=0.1, decay=0.0):
        model = keras.Sequential([layers.Dense(1)])
        model.compile(keras.optimizers.SGD(lr), "mse")
        return model

    regressor = KerasRegressor(build, lr=0.5, decay=1.0, verbose=0).fit(X, KIND)
    assert float(regressor.model_.optimizer.learning_rate) == 0.5


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("predict_classes", "predict"),
        ("sk_params", "get_params"),
        ("filter_sk_params", "get_params"),
        ("check_params", "fit"),
        ("history", "history_"),
    ],
)
def test_old_attributes_are_told_by_their_new_names(name, word):
    with pytest.raises(AttributeError, match=f"'KerasClassifier' object has no attribute '{name}'. .*`{word}"):
        getattr(KerasClassifier(create_model), name)


def test_validation_data_of_kerastuner_are_a_single_fold():
    def network(units=4):
        return keras.Sequential([layers.Dense(units, activation="relu"), layers.Dense(3, activation="softmax")])

    # was: tuner.search(X[TRAIN], KIND[TRAIN], validation_data=(X[VALIDATION], KIND[VALIDATION]))
    joined_X, joined_y = np.concatenate([X[TRAIN], X[VALIDATION]]), np.concatenate([KIND[TRAIN], KIND[VALIDATION]])
    fold = np.split(np.arange(150), [100])
    classifier = KerasClassifier(network, epochs=2, verbose=0, random_state=0)
    search = GridSearchCV(classifier, {"units": [2, 4]}, cv=[fold], refit=False, engine="fused").fit(joined_X, joined_y)
    alone = classifier.set_params(units=4).fit(X[TRAIN], KIND[TRAIN])
    assert search.cv_results_["mean_test_score"][1] == alone.score(X[VALIDATION], KIND[VALIDATION])
