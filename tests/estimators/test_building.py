"""What a builder is called with, and what becomes of the model that it returns."""

import keras
import numpy as np
import pytest
from keras import layers, losses
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.preprocessing import scale

from skhpt import KerasClassifier, KerasRegressor
from skhpt.exceptions import ModelError
from tests import builders

IRIS = load_iris(return_X_y=True)
CANCER = load_breast_cancer(return_X_y=True)
CANCER = scale(CANCER[0]), CANCER[1]


def dense(n_units, activation=None):
    """A builder of one layer."""

    def build(meta):
        return keras.Sequential([keras.Input(meta["X_shape_"][1:]), layers.Dense(n_units, activation=activation)])

    return build


def compiled(n_units, activation, loss):
    def build(meta):
        model = dense(n_units, activation)(meta)
        model.compile("adam", loss)
        return model

    return build


def test_a_builder_gets_what_it_asks_for():
    seen = {}

    def build(meta, compile_kwargs, params, units, depth=1):
        seen.update(meta=meta, compile_kwargs=compile_kwargs, params=params, units=units, depth=depth)
        return dense(3)(meta)

    KerasClassifier(build, units=4, optimizer="sgd", verbose=0).fit(*IRIS)
    assert (seen["units"], seen["depth"]) == (4, 1)
    assert (seen["meta"]["n_classes_"], seen["meta"]["X_shape_"], seen["meta"]["target_type_"]) == (
        3,
        (150, 4),
        "multiclass",
    )
    assert isinstance(seen["compile_kwargs"]["optimizer"], keras.optimizers.SGD)
    assert seen["params"]["units"] == 4


def test_meta_knows_nothing_of_an_earlier_fit():
    seen = []

    def build(meta):
        seen.append(set(meta))
        return dense(3)(meta)

    estimator = KerasClassifier(build, verbose=0)
    estimator.fit(*IRIS).fit(*IRIS)
    assert seen[0] == seen[1]


def test_a_missing_argument_is_told_by_name():
    def build(meta, units):
        raise AssertionError("must not be called")

    with pytest.raises(ModelError, match="'build' needs a value for 'units'"):
        KerasClassifier(build).fit(*IRIS)


def test_something_else_than_a_model_is_refused():
    with pytest.raises(ModelError, match=r"must return a keras\.Model\. Got NoneType"):
        KerasClassifier(lambda: None).fit(*IRIS)


def test_a_builders_own_default_optimizer_is_the_estimators():
    def build(meta, optimizer="adam"):
        model = dense(3, "softmax")(meta)
        model.compile(optimizer, "sparse_categorical_crossentropy")
        return model

    def optimizer_of(**params):
        return KerasClassifier(build, verbose=0, **params).fit(*IRIS).model_.optimizer

    assert isinstance(optimizer_of(), keras.optimizers.Adam)
    assert isinstance(optimizer_of(optimizer="sgd"), keras.optimizers.SGD)
    routed = optimizer_of(optimizer__learning_rate=0.25)
    assert isinstance(routed, keras.optimizers.Adam)
    assert float(routed.learning_rate.numpy()) == 0.25


@pytest.mark.parametrize("optimizer", ["sgd", keras.optimizers.SGD, None], ids=["name", "class", "default"])
def test_optimizer_arguments_are_routed(optimizer):
    estimator = KerasClassifier(dense(3), optimizer=optimizer, optimizer__learning_rate=0.25, verbose=0).fit(*IRIS)
    assert float(estimator.model_.optimizer.learning_rate.numpy()) == 0.25


def test_an_optimizer_of_the_caller_stays_as_it_is():
    optimizer = keras.optimizers.Adam(0.25)
    estimator = KerasClassifier(dense(3), optimizer=optimizer, verbose=0).fit(*IRIS)
    assert estimator.model_.optimizer is not optimizer
    assert float(estimator.model_.optimizer.learning_rate.numpy()) == 0.25
    assert int(optimizer.iterations.numpy()) == 0


def test_compile_arguments_are_routed():
    estimator = KerasClassifier(dense(3), compile__run_eagerly=True, metrics=["accuracy"], verbose=0).fit(*IRIS)
    assert estimator.model_.run_eagerly
    assert set(estimator.history_) == {"loss", "accuracy"}


@pytest.mark.parametrize(
    ("data", "n_units", "activation", "expected"),
    [
        (CANCER, 1, "sigmoid", losses.BinaryCrossentropy()),
        (CANCER, 1, None, losses.BinaryCrossentropy(from_logits=True)),
        (CANCER, 2, "softmax", losses.SparseCategoricalCrossentropy()),
        (IRIS, 3, "softmax", losses.SparseCategoricalCrossentropy()),
        (IRIS, 3, None, losses.SparseCategoricalCrossentropy(from_logits=True)),
    ],
)
@pytest.mark.parametrize("who_compiles", ["estimator", "builder"])
def test_the_default_loss_fits_the_target_and_the_output(data, n_units, activation, expected, who_compiles):
    def build(meta, compile_kwargs):
        model = dense(n_units, activation)(meta)
        if who_compiles == "builder":
            model.compile(**compile_kwargs)
        return model

    estimator = KerasClassifier(
        build, optimizer="adam", optimizer__learning_rate=0.05, epochs=20, verbose=0, random_state=0
    )
    estimator.fit(*data)
    assert type(estimator.model_.loss) is type(expected)
    assert estimator.model_.loss.get_config() == expected.get_config()
    probabilities = estimator.predict_proba(data[0])
    assert probabilities.shape == (len(data[0]), len(np.unique(data[1])))
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)
    assert estimator.score(*data) > 0.8


def test_the_default_loss_of_a_regressor_is_the_mean_squared_error():
    X, y = load_diabetes(return_X_y=True)
    estimator = KerasRegressor(builders.regressor, verbose=0, random_state=0).fit(X, y)
    error = float(np.mean((estimator.predict(X) - y) ** 2))
    assert estimator.model_.evaluate(X, y, verbose=0) == pytest.approx(error, rel=1e-4)


@pytest.mark.parametrize(
    "loss", ["categorical_crossentropy", losses.CategoricalCrossentropy()], ids=["name", "instance"]
)
@pytest.mark.parametrize(("data", "n_classes"), [(IRIS, 3), (CANCER, 2)], ids=["iris", "cancer"])
def test_classes_are_one_hot_for_the_categorical_crossentropy_wherever_it_was_given(loss, data, n_classes):
    for estimator in (
        KerasClassifier(dense(n_classes, "softmax"), loss=loss, epochs=15, verbose=0),
        KerasClassifier(compiled(n_classes, "softmax", loss), epochs=15, verbose=0),
    ):
        estimator.set_params(random_state=0).fit(*data)
        assert estimator.history_["loss"][-1] < estimator.history_["loss"][0]
        assert set(estimator.predict(data[0])) <= set(data[1])


@pytest.mark.parametrize("data", [CANCER, IRIS], ids=["cancer", "iris"])
def test_an_output_that_does_not_fit_the_classes_is_told(data):
    with pytest.raises(ModelError, match=f"must have {len(np.unique(data[1]))} units"):
        KerasClassifier(dense(4)).fit(*data)


def test_an_output_that_does_not_fit_the_targets_is_told():
    with pytest.raises(ModelError, match=r"must have 2 units, one for each target\. Got 1"):
        KerasRegressor(dense(1)).fit(IRIS[0], IRIS[0][:, :2])


def test_several_outputs_are_refused():
    def build(meta):
        inputs = keras.Input(meta["X_shape_"][1:])
        return keras.Model(inputs, [layers.Dense(3)(inputs), layers.Dense(3)(inputs)])

    with pytest.raises(ModelError, match=r"must have one output\. Got 2"):
        KerasClassifier(build).fit(*IRIS)


class Subclassed(keras.Model):
    def __init__(self, n_classes):
        super().__init__()
        self.hidden = layers.Dense(8, activation="relu")
        self.out = layers.Dense(n_classes, activation="softmax")

    def call(self, inputs):
        return self.out(self.hidden(inputs))


@pytest.mark.parametrize(
    "build",
    [
        lambda meta: keras.Sequential([layers.Dense(8, activation="relu"), layers.Dense(3)]),
        lambda meta: Subclassed(meta["n_classes_"]),
    ],
    ids=["sequential", "subclassed"],
)
def test_models_that_are_not_told_their_input_are_trained_and_seeded(build):
    params = {"optimizer": "adam", "optimizer__learning_rate": 0.05, "epochs": 20, "verbose": 0, "random_state": 1}
    first, again = (KerasClassifier(build, **params).fit(*IRIS) for _ in range(2))
    assert first.history_ == again.history_
    assert first.score(*IRIS) > 0.9


@pytest.mark.parametrize(
    "params",
    [
        {"optimizer": "sgd"},
        {"optimizer": keras.optimizers.Adam(0.1)},
        {"optimizer__learning_rate": 0.1},
        {"loss": "categorical_crossentropy"},
        {"metrics": ["accuracy"]},
        {"compile__run_eagerly": True},
    ],
    ids=lambda params: next(iter(params)),
)
def test_a_parameter_that_a_self_compiled_model_would_ignore_is_refused(params):
    with pytest.raises(ModelError, match=f"'{next(iter(params))}' parameter of KerasClassifier has no effect"):
        KerasClassifier(builders.self_compiled, **params).fit(*IRIS)


def test_a_parameter_that_says_what_the_model_does_anyway_is_fine():
    params = {"optimizer": "adam", "loss": "sparse_categorical_crossentropy"}
    KerasClassifier(builders.self_compiled, **params, verbose=0).fit(*IRIS)


def test_names_that_keras_makes_up_are_the_same_in_every_fit():
    def build(meta):
        model = dense(1, "sigmoid")(meta)
        model.compile("adam", "binary_crossentropy", metrics=[keras.metrics.Precision(), "recall"])
        return model

    first, second = (KerasClassifier(build, verbose=0).fit(*CANCER) for _ in range(2))
    assert set(first.history_) == set(second.history_) == {"loss", "precision", "recall"}
    assert [layer.name for layer in second.model_.layers] == ["dense"]
