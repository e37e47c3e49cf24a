"""KerasTuner's builders as those of an estimator: what they ask for is found out without training."""

import copy
import functools
import pickle
import random
import sys

import cloudpickle
import keras
import numpy as np
import pytest
from keras import layers
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skhpt import KerasClassifier, KerasRegressor
from skhpt.exceptions import MissingExtraError, ModelError, UnknownParameterError
from tests import kerastuner_builders as documented


def widths(estimator):
    return [layer.units for layer in estimator.model_.layers if isinstance(layer, layers.Dense)]


def fitted(build, rows, **params):
    X, y = rows
    return KerasClassifier(build, epochs=1, verbose=0, random_state=0, **params).fit(X, y > 0)


def perceptron(hp, n_classes=2):
    model = keras.Sequential()
    for i in range(hp.Int("depth", 1, 2)):
        model.add(layers.Dense(hp.Int(f"units_{i}", 4, 8)))
    model.add(layers.Dense(n_classes))
    return model


def counting(build):
    """A builder that knows how often it was called. (Without `functools.wraps`, which would hide its own signature.)"""

    def count(hp):
        count.calls += 1
        return build(hp)

    count.calls = 0
    return count


def test_what_a_builder_asks_for_are_parameters_with_its_defaults():
    params = KerasClassifier(documented.tune_depth).get_params()
    shown = {name: params[name] for name in ("num_layers", "units_0", "units_2", "activation", "dropout", "lr")}
    assert shown == {
        "num_layers": 1, "units_0": 32, "units_2": 32, "activation": "relu", "dropout": False, "lr": 1e-4,
    }  # fmt: skip


def test_they_can_be_given_set_and_cloned():
    estimator = clone(KerasClassifier(perceptron, units_0=5).set_params(depth=2))
    params = estimator.get_params()
    assert (params["units_0"], params["depth"], params["units_1"]) == (5, 2, 4)


def test_the_builder_gets_them(rows):
    assert widths(fitted(perceptron, rows, depth=2, units_0=5, units_1=np.int64(6))) == [5, 6, 2]
    assert widths(fitted(perceptron, rows)) == [4, 2]


def test_its_other_keyword_arguments_are_parameters_too(rows):
    assert widths(fitted(perceptron, rows, n_classes=1)) == [4, 1]


def test_a_model_that_the_builder_compiles_is_trained_as_compiled(rows):
    def build(hp):
        model = perceptron(hp)
        rate = hp.Float("lr", 1e-4, 1e-2, sampling="log")
        model.compile(keras.optimizers.SGD(rate), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
        return model

    assert fitted(build, rows, lr=0.005).model_.optimizer.learning_rate.numpy() == pytest.approx(0.005)


def test_a_regressor_takes_one_as_well(rows):
    def build(hp):
        return keras.Sequential([layers.Dense(hp.Int("units", 2, 4), activation="relu"), layers.Dense(1)])

    estimator = KerasRegressor(build, units=3, verbose=0).fit(*rows)
    assert widths(estimator) == [3, 1]


@pytest.mark.parametrize(("name", "meant"), [("unit_0", "units_0"), ("dept", "depth"), ("model__unit_1", None)])
def test_a_typo_is_refused_with_the_right_name(name, meant, rows):
    with pytest.raises(UnknownParameterError) as caught:
        fitted(perceptron, rows, **{name: 1})
    assert meant is None or caught.value.suggestion == meant


def test_a_parameter_with_two_underscores_or_a_scope_in_its_name_reaches_the_builder(rows):
    def build(hp):
        with hp.name_scope("top"):
            units = hp.Int("units", 2, 4)
        return keras.Sequential([layers.Dense(units), layers.Dense(hp.Int("next__units", 2, 4)), layers.Dense(2)])

    assert widths(fitted(build, rows, **{"top/units": 3, "next__units": 4})) == [3, 4, 2]


def test_within_a_pipeline_they_have_its_prefix(rows):
    X, y = rows
    pipeline = make_pipeline(StandardScaler(), KerasClassifier(perceptron, verbose=0))
    pipeline.set_params(kerasclassifier__units_0=7).fit(X, y > 0)
    assert widths(pipeline[-1]) == [7, 2]


def conditional(hp):
    kind = hp.Choice("kind", ["narrow", "wide"])
    with hp.conditional_scope("kind", ["wide"]):
        units = hp.Int("units", 64, 128)
        deep = hp.Boolean("deep")
        if deep:
            hp.Int("units_below", 2, 4)
        assert (units is None) == (kind == "narrow")
    width = hp.Int("width", 4, 8, parent_name="kind", parent_values=["narrow"])
    assert (width is None) == (kind == "wide")
    depth = hp.Fixed("depth", 1)
    assert hp.get("depth") == depth
    assert ("units" in hp) == (kind == "wide")
    return keras.Sequential([*(layers.Dense(units or width) for _ in range(depth)), layers.Dense(2)])


def test_a_parameter_whose_condition_does_not_hold_can_be_set_and_has_no_effect(rows):
    assert widths(fitted(conditional, rows, units=100)) == [4, 2]
    assert widths(fitted(conditional, rows, units=100, kind="wide")) == [100, 2]
    assert widths(fitted(conditional, rows, kind="wide", width=8)) == [64, 2]


def test_what_is_asked_for_within_a_scope_by_an_if_is_found():
    assert "units_below" in KerasClassifier(conditional).get_params()


def test_one_name_under_two_conditions_has_the_value_of_the_one_that_holds(rows):
    def build(hp):
        kind = hp.Choice("kind", ["a", "b"])
        a = hp.Int("units", 2, 4, parent_name="kind", parent_values=["a"])
        b = hp.Int("units", 20, 40, parent_name="kind", parent_values=["b"])
        assert (a is None) == (kind == "b")
        return keras.Sequential([layers.Dense(a or b), layers.Dense(2)])

    assert widths(fitted(build, rows)) == [2, 2]
    assert widths(fitted(build, rows, kind="b")) == [20, 2]
    assert widths(fitted(build, rows, kind="b", units=30)) == [30, 2]


def test_a_scope_below_a_value_in_the_middle_of_a_range_is_found():
    def build(hp):
        n = hp.Int("n", 1, 9)
        with hp.conditional_scope("n", [5]):
            if n == 5:
                hp.Float("only_there", 0, 1)
        return perceptron(hp)

    assert "only_there" in KerasClassifier(build).get_params()


def test_an_optimizer_that_is_asked_for_is_the_estimators_own(rows):
    def build(hp):
        model = perceptron(hp)
        model.compile(hp.Choice("optimizer", ["adam", "sgd"]), keras.losses.SparseCategoricalCrossentropy(True))
        return model

    assert KerasClassifier(build).get_params()["optimizer"] == "adam"
    assert isinstance(fitted(build, rows, optimizer="sgd").model_.optimizer, keras.optimizers.SGD)


def test_a_hyper_model_is_a_builder(rows):
    hyper_model = documented.HyperDense(num_classes=2)
    assert KerasClassifier(hyper_model).get_params()["units"] == 32
    assert widths(fitted(hyper_model, rows, units=8)) == [8, 2]
    assert widths(fitted(hyper_model.build, rows, units=8)) == [8, 2]


def test_a_hyper_model_that_overrides_fit_is_refused_and_its_builder_is_not(rows):
    with pytest.raises(ModelError, match=r"'HyperFit' overrides `fit`.*Give the builder alone: HyperFit\(\)\.build"):
        fitted(documented.HyperFit(), rows)
    assert "HyperFit" in repr(KerasClassifier(documented.HyperFit()))
    assert KerasClassifier(documented.HyperFit().build).get_params()["units"] == 32


def test_a_builder_is_asked_once():
    build = counting(perceptron)
    KerasClassifier(build).get_params()
    calls = build.calls
    clone(KerasClassifier(build, depth=2)).get_params()
    KerasClassifier(build).set_params(units_0=5).get_params()
    assert build.calls == calls > 0


class Counting(documented.HyperDense):
    calls = 0

    def build(self, hp):
        type(self).calls += 1
        return super().build(hp)


def test_copies_of_a_hyper_model_are_not_asked_again():
    estimator = KerasClassifier(Counting(2))
    estimator.get_params()
    calls = Counting.calls
    for other in (clone(estimator), copy.deepcopy(estimator), pickle.loads(pickle.dumps(estimator))):
        assert other.get_params()["units"] == 32
    assert Counting.calls == calls


def test_what_is_known_of_a_function_goes_with_it_to_a_worker():
    build = counting(perceptron)
    KerasClassifier(build).get_params()
    other = cloudpickle.loads(cloudpickle.dumps(build))
    calls = other.calls
    assert KerasClassifier(other).get_params()["units_1"] == 4
    assert other.calls == calls


def test_a_function_around_another_is_asked_by_itself():
    KerasClassifier(perceptron).get_params()

    @functools.wraps(perceptron)
    def more(hp, n_classes=2):
        hp.Int("more", 1, 2)
        return perceptron(hp, n_classes)

    assert "more" in KerasClassifier(more).get_params()


def test_a_decorator_used_twice_is_asked_twice():
    def adding(name):
        def decorate(build):
            @functools.wraps(build)
            def added(hp):
                hp.Int(name, 1, 2)
                return build(hp)

            return added

        return decorate

    once = adding("once")(perceptron)
    assert "once" in KerasClassifier(once).get_params()
    assert "twice" in KerasClassifier(adding("twice")(once)).get_params()


def test_asking_leaves_random_states_alone():
    random.seed(1)
    np.random.seed(1)
    expected = random.random(), np.random.random()  # noqa: S311 - what Keras and NumPy draw from
    random.seed(1)
    np.random.seed(1)
    KerasClassifier(counting(documented.tune_several)).get_params()
    assert (random.random(), np.random.random()) == expected  # noqa: S311 - what Keras and NumPy draw from


def failing(hp):
    raise RuntimeError(f"no model of {hp.Int('units', 1, 2)} units")


def test_a_builder_that_fails_says_so_in_fit_and_get_params_but_not_in_its_looks(rows):
    message = "'failing' can't build a model with the defaults .*RuntimeError: no model of 1 units"
    estimator = KerasClassifier(failing, epochs=2)
    with pytest.raises(ModelError, match=message):
        estimator.get_params()
    with pytest.raises(ModelError, match=message):
        estimator.fit(*rows)
    assert "epochs=2" in repr(estimator)
    assert "failing" in estimator._repr_html_()
    assert clone(estimator).get_params(deep=False)["epochs"] == 2


def test_values_with_which_no_model_can_be_built_do_no_harm_unless_they_are_set(rows):
    def build(hp):
        if hp.Int("n_poolings", 0, 9) > 3:
            raise ValueError("too small to be pooled")
        return perceptron(hp)

    assert widths(fitted(build, rows, n_poolings=2)) == [4, 2]
    with pytest.raises(ValueError, match="too small to be pooled"):
        fitted(build, rows, n_poolings=9)


def test_a_builder_that_makes_up_new_names_for_ever_is_asked_no_longer_than_is_reasonable():
    names = iter(range(10**9))

    def build(hp):
        hp.Boolean(f"name_{next(names)}")
        return perceptron(hp)

    KerasClassifier(build).get_params()
    assert 100 < next(names) < 1000


@pytest.mark.parametrize("name", ["model", "meta", "X"])
def test_a_name_that_means_something_else_to_the_estimator_is_refused(name, rows):
    def build(hp):
        hp.Boolean(name)
        return perceptron(hp)

    with pytest.raises(ModelError, match=f"can't be called '{name}'.*Rename it"):
        fitted(build, rows)


def test_without_kerastuner_the_error_names_the_extra(monkeypatch, rows):
    monkeypatch.setitem(sys.modules, "keras_tuner", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'skhpt\[keras-tuner\]'"):
        fitted(counting(perceptron), rows)


def test_a_builder_with_more_required_arguments_is_an_ordinary_one(rows):
    def build(hp, units):
        return keras.Sequential([layers.Dense(units), layers.Dense(hp)])

    assert widths(fitted(build, rows, hp=2, units=3)) == [3, 2]
