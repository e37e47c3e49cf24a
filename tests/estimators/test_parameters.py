"""Names of parameters: what there is, who gets it, what is refused."""

import keras
import numpy as np
import pytest
from sklearn.base import clone

from skhpt import KerasClassifier
from skhpt.exceptions import ConflictingParametersError, ModelError, UnknownParameterError
from tests import builders


def names(estimator, **params):
    estimator._check_parameter_names(params)


def anything(meta, compile_kwargs, params, **kwargs):
    return builders.classifier(meta, **kwargs)


def test_a_builders_arguments_are_parameters():
    params = KerasClassifier(builders.classifier).get_params()
    assert (params["units"], params["dropout"]) == (8, 0.0)
    assert "meta" not in params


def test_setting_one_shows_and_survives_a_clone():
    estimator = clone(KerasClassifier(builders.classifier, dropout=0.5).set_params(units=16))
    params = estimator.get_params()
    assert (params["units"], params["dropout"]) == (16, 0.5)


def test_a_clone_does_not_take_one_builders_defaults_for_settings_of_the_next():
    estimator = clone(KerasClassifier(builders.classifier)).set_params(model=builders.regressor)
    names(estimator)
    assert "dropout" not in estimator.get_params()


def test_the_representation_shows_what_was_set():
    shown = repr(KerasClassifier(builders.classifier, units=16, optimizer__learning_rate=0.1))
    assert "units=16" in shown
    assert "optimizer__learning_rate=0.1" in shown
    assert "dropout" not in shown


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [
        ("unit", "units"),
        ("model__unit", "model__units"),
        ("optimizer__lerning_rate", "optimizer__learning_rate"),
        ("fit__class_weigth", "fit__class_weight"),
        ("compile__jit_compil", "compile__jit_compile"),
        ("predict__batchsize", "predict__batch_size"),
        ("epoch", "epochs"),
        ("meta", None),
    ],
)
def test_a_typo_is_refused_with_the_right_name(name, suggestion):
    estimator = KerasClassifier(builders.classifier, **{name: 1})  # not here: a builder to come may take it
    with pytest.raises(UnknownParameterError) as caught:
        estimator.fit([[0.0], [1.0]], [0, 1])
    assert suggestion is None or caught.value.suggestion == suggestion


@pytest.mark.parametrize(
    "params",
    [
        {"units": 4},
        {"model__units": 4},
        {"optimizer": "adam", "optimizer__beta_1": 0.8},
        {"optimizer": keras.optimizers.SGD, "optimizer__momentum": 0.9},
        {"optimizer__clipnorm": 1.0},
        {"compile__steps_per_execution": 2, "fit__validation_freq": 2, "predict__batch_size": 64},
    ],
)
def test_right_names_are_accepted(params):
    names(KerasClassifier(builders.classifier, **params))


def test_an_optimizers_arguments_are_those_of_that_optimizer():
    with pytest.raises(UnknownParameterError, match="optimizer__momentum"):
        names(KerasClassifier(builders.classifier, optimizer="adam"), optimizer__momentum=0.9)


def test_a_builder_with_kwargs_takes_any_name_but_no_unknown_route():
    estimator = KerasClassifier(anything)
    names(estimator, units=3, model__dropout=0.1)
    estimator.set_params(units=3, model__dropout=0.1, verbose=0).fit([[0.0], [1.0]], [0, 1])
    assert estimator.model_.layers[0].units == 3
    with pytest.raises(UnknownParameterError):
        names(estimator, optimzer__learning_rate=0.1)


@pytest.mark.parametrize(
    "params",
    [{"units": 4, "model__units": 8}, {"epochs": 3, "fit__epochs": 4}, {"batch_size": 8, "fit__batch_size": 9}],
)
def test_two_spellings_of_one_argument_are_an_error(params):
    with pytest.raises(ConflictingParametersError, match="Give one of them"):
        names(KerasClassifier(builders.classifier), **params)


def test_an_argument_with_the_name_of_one_of_ours_has_one_value():
    def build(meta, epochs=7, batch_size=11):
        return builders.classifier(meta)

    def settings(**params):
        return KerasClassifier(build, **params).get_params()

    assert (settings()["epochs"], settings()["batch_size"]) == (7, 11)
    assert settings(epochs=3)["epochs"] == 3
    estimator = KerasClassifier(build, verbose=0).fit([[0.0], [1.0]], [0, 1])
    assert len(estimator.history_["loss"]) == 7
    assert len(clone(estimator).set_params(epochs=2).fit([[0.0], [1.0]], [0, 1]).history_["loss"]) == 2


@pytest.mark.parametrize(
    ("name", "value", "suggestion"),
    [
        ("optimizer", "adm", "adam"),
        ("loss", "sparse_categorical_crosentropy", "sparse_categorical_crossentropy"),
        ("loss", "logcosh", "log_cosh"),
        ("metrics", ["acuracy"], "accuracy"),
        ("metrics", {"out": ["mse", "f1"]}, "F1Score"),
    ],
)
def test_a_misspelt_value_is_told_with_the_nearest_name(name, value, suggestion):
    with pytest.raises(ModelError, match=rf"'{name}' parameter of KerasClassifier .*Did you mean '{suggestion}'"):
        names(KerasClassifier(builders.classifier), **{name: value})


@pytest.mark.parametrize("parameter", ["optimizer", "loss"])
def test_what_is_suggested_for_a_name_is_a_name_itself(parameter):
    known = {"optimizer": keras.optimizers, "loss": keras.losses}[parameter]
    for name in dir(known):
        with pytest.raises(ModelError) as caught:
            names(KerasClassifier(builders.classifier), **{parameter: f"{name}{name[-1]}"})
        if "Did you mean" in str(caught.value):
            known.get(str(caught.value).split("'")[-2])


def test_metrics_that_the_builder_deals_with_have_names_of_its_own():
    def build(meta, metrics):
        raise AssertionError("nothing may be built")

    names(KerasClassifier(build), metrics="everything")


def test_an_argument_for_a_function_is_refused_with_the_way_out():
    with pytest.raises(UnknownParameterError, match="'loss' parameter has a function, which takes no arg") as caught:
        names(KerasClassifier(builders.classifier), loss=keras.losses.binary_crossentropy, loss__from_logits=True)
    assert caught.value.suggestion is None


def test_an_argument_that_another_entry_could_take_is_just_misspelt():
    callbacks = [keras.callbacks.EarlyStopping(), keras.callbacks.ReduceLROnPlateau]
    names(KerasClassifier(builders.classifier), callbacks=callbacks, callbacks__1__factor=0.1)
    with pytest.raises(UnknownParameterError, match="Did you mean 'callbacks__1__factor'"):
        names(KerasClassifier(builders.classifier), callbacks=callbacks, callbacks__1__facter=0.1)


def test_a_misspelt_argument_of_fit_is_told_by_the_name_that_it_has_there():
    with pytest.raises(UnknownParameterError, match=r"'epcohs' for KerasClassifier\.fit\. Did you mean 'epochs'"):
        KerasClassifier(builders.classifier).fit([[0.0], [1.0]], [0, 1], epcohs=3)


@pytest.mark.parametrize("model", [None, "build"])
def test_what_is_no_builder_is_refused(model):
    with pytest.raises(ModelError, match="must be a function that builds"):
        names(KerasClassifier(builders.classifier), model=model)


def test_a_new_builder_is_what_names_are_checked_against():
    estimator = KerasClassifier(builders.regressor)
    names(estimator, model=builders.classifier, dropout=0.5)
    with pytest.raises(UnknownParameterError):
        names(estimator, dropout=0.5)


def test_two_builders_are_one_too_many():
    with pytest.raises(ModelError, match="'model' and 'build_fn'"):
        names(KerasClassifier(builders.classifier, build_fn=builders.classifier))


def test_numbers_of_numpy_reach_a_builder_as_numbers_of_python():
    seen = {}

    def build(meta, units=1, rate=0.1):
        seen.update(units=type(units), rate=type(rate))
        return builders.classifier(meta, units)

    KerasClassifier(build, units=np.arange(2, 4)[0], rate=np.float32(0.5), verbose=0).fit([[0], [1]], [0, 1])
    assert seen == {"units": int, "rate": float}
