"""Arguments that find their way into optimizers, losses, metrics and callbacks."""

import keras
import pytest
from keras import callbacks, losses, metrics, optimizers
from sklearn.datasets import load_iris

from skhpt import KerasClassifier
from skhpt.estimators._routing import make
from skhpt.exceptions import ModelError, UnknownParameterError
from tests import builders

IRIS = load_iris(return_X_y=True)


def fitted(model=builders.classifier, **params):
    return KerasClassifier(model, verbose=0, **params).fit(*IRIS)


@pytest.mark.parametrize(
    "loss",
    ["sparse_categorical_crossentropy", "SparseCategoricalCrossentropy", losses.SparseCategoricalCrossentropy],
    ids=["name", "class's name", "class"],
)
def test_a_loss_takes_arguments(loss):
    assert fitted(loss=loss, loss__from_logits=True).model_.loss.get_config()["from_logits"] is True


def test_an_alias_is_the_loss_that_it_stands_for():
    assert isinstance(make("loss", "mse", {"reduction": "sum"}), losses.MeanSquaredError)


def test_a_name_without_arguments_stays_a_name():
    assert make("loss", "mse", {}) == "mse"
    assert make("metrics", ["accuracy"], {}) == ["accuracy"]


def test_an_entry_of_a_list_takes_its_own_arguments_and_those_of_all():
    made = make(
        "metrics", ["accuracy", metrics.TopKCategoricalAccuracy, "TopKCategoricalAccuracy"], {"1__k": 2, "2__k": 3}
    )
    assert [made[0], made[1].k, made[2].k] == ["accuracy", 2, 3]
    smooth = losses.BinaryCrossentropy
    first, second = make("loss", [smooth, smooth], {"label_smoothing": 0.2, "1__label_smoothing": 0.3})
    assert (first.label_smoothing, second.label_smoothing) == (0.2, 0.3)


def test_a_loss_for_each_output_takes_its_own_arguments():
    made = make("loss", {"out1": "binary_crossentropy", "out2": "mse"}, {"out1__label_smoothing": 0.1})
    assert (made["out1"].label_smoothing, made["out2"]) == (0.1, "mse")


def test_an_argument_may_be_a_class_with_arguments_of_its_own():
    schedule = optimizers.schedules.ExponentialDecay
    params = {
        "optimizer": "sgd",
        "optimizer__learning_rate": schedule,
        "optimizer__learning_rate__initial_learning_rate": 0.5,
        "optimizer__learning_rate__decay_steps": 10,
        "optimizer__learning_rate__decay_rate": 0.9,
    }
    made = fitted(**params).model_.optimizer
    assert made._learning_rate.get_config()["initial_learning_rate"] == 0.5


@pytest.mark.parametrize(
    ("given", "prefix"),
    [
        (callbacks.EarlyStopping, "callbacks"),
        ([callbacks.EarlyStopping], "callbacks__0"),
        ({"stop": callbacks.EarlyStopping}, "callbacks__stop"),
        (lambda **arguments: callbacks.EarlyStopping(**arguments), "callbacks"),
    ],
    ids=["class", "list", "dict", "factory"],
)
def test_callbacks_take_arguments(given, prefix):
    if not isinstance(given, type) and callable(given):

        def given(monitor, patience):
            return callbacks.EarlyStopping(monitor, patience=patience)

    arguments = {f"{prefix}__monitor": "loss", f"{prefix}__patience": 0}
    estimator = fitted(callbacks=given, **arguments, optimizer__learning_rate=50.0, epochs=50)
    assert len(estimator.history_["loss"]) < 50


@pytest.mark.parametrize(
    ("params", "typo", "right"),
    [
        ({"loss": "mse"}, "loss__reducton", "loss__reduction"),
        ({"metrics": [metrics.AUC]}, "metrics__0__curv", "metrics__0__curve"),
        ({"callbacks": {"stop": callbacks.EarlyStopping}}, "callbacks__stop__patiense", "callbacks__stop__patience"),
        ({"callbacks": {"stop": callbacks.EarlyStopping}}, "callbacks__halt__patience", "callbacks__stop__patience"),
    ],
)
def test_a_typo_is_refused_with_the_right_name(params, typo, right):
    with pytest.raises(UnknownParameterError) as caught:
        KerasClassifier(builders.classifier, **params)._check_parameter_names({typo: 1})
    assert caught.value.suggestion == right


def test_a_function_takes_nothing():
    with pytest.raises(ModelError, match="'loss' parameter can't take from_logits"):
        make("loss", losses.binary_crossentropy, {"from_logits": True})


def test_a_routed_argument_that_a_self_compiled_model_would_ignore_is_refused():
    params = {"loss": "sparse_categorical_crossentropy", "loss__from_logits": False}
    with pytest.raises(ModelError, match=r"'loss.*' parameter of KerasClassifier has no effect"):
        fitted(builders.self_compiled, **params)
    fitted(builders.self_compiled, **params | {"loss__from_logits": True})


def test_each_fit_makes_its_own():
    estimator = KerasClassifier(builders.classifier, metrics=[metrics.SparseCategoricalAccuracy], verbose=0)
    first = estimator.fit(*IRIS).model_
    assert estimator.fit(*IRIS).model_.metrics[-1] is not first.metrics[-1]
    assert isinstance(first, keras.Model)


def test_a_function_is_handed_on_and_not_called():
    made = make("callbacks", [callbacks.LearningRateScheduler], {"0__schedule": lambda epoch: 0.25})
    assert made[0].schedule(0) == 0.25
