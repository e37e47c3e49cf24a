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


def test_an_optimizer_and_metrics_of_the_caller_stay_as_they_are():
    optimizer = keras.optimizers.Adam(0.25)
    metric = keras.metrics.SparseCategoricalAccuracy()

    def takes_both(meta, optimizer="adam", metrics=None):
        model = dense(3, "softmax")(meta)
        model.compile(optimizer, "sparse_categorical_crossentropy", metrics=metrics)
        return model

    for build in (dense(3), takes_both):
        estimator = KerasClassifier(build, optimizer=optimizer, metrics=[metric], verbose=0).fit(*IRIS).fit(*IRIS)
        assert estimator.model_.optimizer is not optimizer
        assert float(estimator.model_.optimizer.learning_rate.numpy()) == 0.25
    assert int(optimizer.iterations.numpy()) == 0
    assert float(metric.count.numpy()) == 0


def test_a_learning_rate_schedule_of_the_users_own_need_not_be_registered():
    class Constant(keras.optimizers.schedules.LearningRateSchedule):
        def __call__(self, step):
            return 0.25

        def get_config(self):
            return {}

    estimator = KerasClassifier(dense(3), optimizer=keras.optimizers.SGD(Constant()), verbose=0).fit(*IRIS)
    assert estimator.model_.optimizer.learning_rate == 0.25


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


LAYOUTS = {
    "sequential": lambda units, last: keras.Sequential([keras.Input((4,)), layers.Dense(units, activation=last)]),
    "activation layer": lambda units, last: keras.Sequential(
        [keras.Input((4,)), layers.Dense(units), layers.Activation(last or "linear")]
    ),
    "nested": lambda units, last: keras.Sequential(
        [keras.Input((4,)), layers.Dense(8), keras.Sequential([layers.Dense(units, activation=last)])]
    ),
    "flattened": lambda units, last: keras.Sequential(
        [keras.Input((4,)), layers.Dense(units, activation=last), layers.Flatten(), layers.Dropout(0.1)]
    ),
    "functional": lambda units, last: _functional(units, last),
}


def _functional(units, last):
    inputs = keras.Input((4,))
    outputs = layers.Dense(units)(inputs)
    return keras.Model(inputs, getattr(keras.ops, last)(outputs) if last else outputs)


ENDS = [(1, "probabilities"), (2, "logits"), (1, "logits"), (2, "probabilities")]


@pytest.mark.parametrize(
    ("layout", "units", "last"),
    [
        (layout, *end)
        for layout in LAYOUTS
        for end in (ENDS if layout in ("sequential", "functional") else ENDS[:2])  # the others differ in where to look
    ],
)
def test_probabilities_come_from_whatever_the_model_puts_out(layout, units, last):
    activation = {"probabilities": {1: "sigmoid", 2: "softmax"}[units], "logits": None}[last]
    X, y = CANCER[0][:, :4], CANCER[1]
    params = {"optimizer": "adam", "optimizer__learning_rate": 0.05, "epochs": 5, "verbose": 0, "random_state": 0}
    estimator = KerasClassifier(lambda: LAYOUTS[layout](units, activation), **params).fit(X, y)
    assert estimator.model_.loss.get_config()["from_logits"] is (last == "logits")
    outputs = estimator.model_.predict(X, verbose=0)
    if last == "logits":
        outputs = keras.ops.convert_to_numpy((keras.ops.sigmoid if units == 1 else keras.ops.softmax)(outputs))
    np.testing.assert_allclose(estimator.predict_proba(X)[:, -1], outputs[:, -1], atol=1e-6)
    assert estimator.score(X, y) > 0.85


def test_a_last_layer_that_tells_nothing_asks_for_a_loss():
    def build():
        inputs = keras.Input((4,))
        return keras.Model(inputs, layers.Dense(3)(inputs) + layers.Dense(3)(inputs))

    for unclear in (build, lambda meta: Subclassed(3)):
        with pytest.raises(ModelError, match="Give a `loss`"):
            KerasClassifier(unclear).fit(*IRIS)
    for activation in ("tanh", "log_softmax"):
        with pytest.raises(ModelError, match="Give a `loss`"):
            KerasClassifier(dense(3, activation)).fit(*IRIS)


def test_what_is_routed_reaches_a_builder_that_takes_the_loss_itself():
    def build(meta, loss="sparse_categorical_crossentropy", metrics=None):
        model = dense(3)(meta)
        model.compile("adam", loss, metrics=metrics)
        return model

    params = {"metrics": ["sparse_top_k_categorical_accuracy"], "metrics__0__k": 3, "verbose": 0}
    estimator = KerasClassifier(build, loss__from_logits=True, **params).fit(*IRIS)
    assert estimator.model_.loss.get_config()["from_logits"] is True
    assert estimator.history_["sparse_top_k_categorical_accuracy"] == [1.0]


COLUMNS = ["categorical_focal_crossentropy", "mse", "kl_divergence", "categorical_hinge", losses.MeanSquaredError()]
ON_IRIS, ON_CANCER = [(loss, IRIS, 3) for loss in COLUMNS], [(loss, CANCER, 2) for loss in COLUMNS[-2:]]


@pytest.mark.parametrize(("loss", "data", "n_classes"), [*ON_IRIS, *ON_CANCER])
def test_a_loss_with_a_column_for_each_class_gets_one(loss, data, n_classes):
    params = {"optimizer": "adam", "optimizer__learning_rate": 0.02, "epochs": 40, "verbose": 0, "random_state": 0}
    estimator = KerasClassifier(dense(n_classes, "softmax"), loss=loss, **params).fit(scale(data[0]), data[1])
    assert estimator.score(scale(data[0]), data[1]) > 0.8


def test_a_loss_of_the_users_own_gets_the_numbers_of_the_classes():
    shapes = []

    def loss(y_true, y_pred):
        shapes.append(y_true.shape[-1])
        return keras.losses.sparse_categorical_crossentropy(y_true, y_pred)

    KerasClassifier(dense(3, "softmax"), loss=loss, verbose=0).fit(*IRIS)
    assert set(shapes) == {1}


def test_outputs_that_are_no_probabilities_are_not_passed_off_as_such():
    def hidden_logits(y_true, y_pred):
        return keras.losses.sparse_categorical_crossentropy(y_true, y_pred, from_logits=True)

    estimator = KerasClassifier(dense(3), loss=hidden_logits, verbose=0, random_state=0).fit(*IRIS)
    assert estimator.predict(IRIS[0]).shape == (150,)
    with pytest.raises(ModelError, match="are no probabilities"):
        estimator.predict_proba(IRIS[0])


@pytest.mark.parametrize(("wrapper", "y"), [(KerasClassifier, IRIS[1]), (KerasRegressor, IRIS[0][:, 0])])
def test_an_output_with_a_time_axis_is_refused(wrapper, y):
    def build():
        return keras.Sequential([keras.Input((4, 1)), layers.LSTM(3, return_sequences=True), layers.Dense(1)])

    with pytest.raises(ModelError, match=r"must have shape \(n_samples, n_units\)\. Got \(None, 4, 1\)"):
        wrapper(build).fit(IRIS[0][:, :, None], y)


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
        lambda meta: keras.Sequential([layers.Dense(8, activation="relu"), layers.Dense(3, activation="softmax")]),
        lambda meta: Subclassed(meta["n_classes_"]),
    ],
    ids=["sequential", "subclassed"],
)
def test_models_that_are_not_told_their_input_are_trained_and_seeded(build):
    params = {"optimizer": "adam", "optimizer__learning_rate": 0.05, "epochs": 20, "verbose": 0, "random_state": 1}
    params["loss"] = "sparse_categorical_crossentropy"
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
        {"loss": losses.SparseCategoricalCrossentropy(from_logits=False)},
        {"metrics": ["accuracy"]},
        {"compile__run_eagerly": True},
    ],
    ids=lambda params: next(iter(params)),
)
def test_a_parameter_that_a_self_compiled_model_would_ignore_is_refused(params):
    with pytest.raises(ModelError, match=f"'{next(iter(params))}' parameter of KerasClassifier has no effect"):
        KerasClassifier(builders.self_compiled, **params).fit(*IRIS)


def test_an_optimizer_that_is_offered_and_not_taken_is_refused():
    def build(meta, compile_kwargs):
        model = dense(3, "softmax")(meta)
        model.compile("sgd", compile_kwargs["loss"])
        return model

    KerasClassifier(build, verbose=0).fit(*IRIS)
    with pytest.raises(ModelError, match="'optimizer' parameter of KerasClassifier has no effect"):
        KerasClassifier(build, optimizer="adam").fit(*IRIS)


def test_an_optimizer_that_scales_the_loss_counts_as_taken():
    policy = keras.mixed_precision.dtype_policy()
    keras.mixed_precision.set_global_policy("mixed_float16")
    try:
        estimator = KerasClassifier(builders.with_compile_kwargs, optimizer="adam", verbose=0).fit(*IRIS)
    finally:
        keras.mixed_precision.set_global_policy(policy)
    assert type(estimator.model_.optimizer).__name__ == "LossScaleOptimizer"
    np.testing.assert_allclose(estimator.predict_proba(IRIS[0]).sum(axis=1), 1, atol=1e-3)


def test_a_parameter_that_says_what_the_model_does_anyway_is_fine():
    params = {"optimizer": "adam", "loss": "sparse_categorical_crossentropy"}
    KerasClassifier(builders.self_compiled, **params, verbose=0).fit(*IRIS)


def test_metrics_have_the_same_names_in_every_fit():
    def build(meta):
        model = dense(1, "sigmoid")(meta)
        model.compile("adam", "binary_crossentropy", metrics=[keras.metrics.Precision(), "recall"])
        return model

    first, second = (KerasClassifier(build, verbose=0).fit(*CANCER) for _ in range(2))
    assert set(first.history_) == set(second.history_) == {"loss", "precision", "recall"}


def test_a_builder_may_add_to_the_layers_of_a_model_that_was_there_before():
    base = keras.Sequential([keras.Input((4,)), layers.Dense(8, name=None)])

    def build():
        return keras.Model(base.inputs, layers.Dense(3)(base.outputs[0]))

    assert KerasClassifier(build, verbose=0).fit(*IRIS).predict(IRIS[0]).shape == (150,)
