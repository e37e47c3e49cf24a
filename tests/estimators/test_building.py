"""What a builder is called with, and what becomes of the model that it returns."""

import keras
import numpy as np
import pytest
from keras import layers, losses
from sklearn.datasets import load_breast_cancer, load_iris

from skhpt import KerasClassifier
from skhpt.exceptions import ModelError
from tests import builders
from tests.builders import Subclassed, dense

IRIS = load_iris(return_X_y=True)
CANCER = load_breast_cancer(return_X_y=True)


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
    with pytest.raises(ModelError, match=r"must return a keras\.Model\. Got None instead\. Is there a `return`"):
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


def test_what_is_routed_reaches_a_builder_that_takes_the_loss_itself():
    def build(meta, loss="sparse_categorical_crossentropy", metrics=None):
        model = dense(3)(meta)
        model.compile("adam", loss, metrics=metrics)
        return model

    params = {"metrics": ["sparse_top_k_categorical_accuracy"], "metrics__0__k": 3, "verbose": 0}
    estimator = KerasClassifier(build, loss__from_logits=True, **params).fit(*IRIS)
    assert estimator.model_.loss.get_config()["from_logits"] is True
    assert estimator.history_["sparse_top_k_categorical_accuracy"] == [1.0]


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
        return keras.Model(base.inputs[0], layers.Dense(3)(base.outputs[0]))

    assert KerasClassifier(build, verbose=0).fit(*IRIS).predict(IRIS[0]).shape == (150,)
