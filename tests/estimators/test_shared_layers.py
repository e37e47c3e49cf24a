"""Builders that use layers which they have not made: a base network of the caller's, a layer kept in a global."""

import functools
import pickle

import keras
import numpy as np
import pytest
from keras import layers
from sklearn.datasets import load_iris

from skhpt import KerasClassifier
from skhpt._compat.keras_builds import recording_build
from skhpt.exceptions import ModelError
from tests.backend import tensorflow_only

X, y = load_iris(return_X_y=True)
X = (X - X.mean(axis=0)) / X.std(axis=0)
PARAMS = {"loss": "sparse_categorical_crossentropy", "optimizer": "adam", "optimizer__learning_rate": 0.05}
PARAMS |= {"epochs": 2, "verbose": 0, "random_state": 0}


def hidden():
    return layers.Dense(8, activation="relu", kernel_initializer=keras.initializers.GlorotUniform(seed=1))


def sequential():
    return keras.Sequential([keras.Input((4,)), hidden(), layers.BatchNormalization()])


def functional():
    inputs = keras.Input((4,))
    return keras.Model(inputs, layers.Dropout(0.3, seed=2)(hidden()(inputs)))


def unbuilt():
    return keras.Sequential([hidden(), layers.BatchNormalization()])


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden, self.normalised = hidden(), layers.BatchNormalization()

    def call(self, inputs, training=False):
        return self.normalised(self.hidden(inputs), training=training)


BASES = [hidden, sequential, functional, unbuilt, Subclassed]


def on_top_of(get_base):
    """A builder of a model that ends in a layer of its own."""

    def build(meta, freeze=None):
        base = get_base()
        if freeze is not None:
            base.trainable = not freeze
        return keras.Sequential([keras.Input((4,)), base, layers.Dense(meta["n_classes_"], activation="softmax")])

    return build


def sharing(base):
    return on_top_of(lambda: base)


def fitted(build, **params):
    return KerasClassifier(build, **PARAMS | params).fit(X, y)


def weights(model):
    return [variable.numpy() for variable in model.variables]


def assert_equal(ours, theirs):
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("make", BASES)
def test_each_fit_begins_where_the_base_stood(make):
    anew = fitted(on_top_of(make))
    build = sharing(make())
    first = fitted(build)
    as_it_was = weights(first.model_)
    assert_equal(as_it_was, weights(anew.model_))
    second = fitted(build)
    assert first.history_ == second.history_ == anew.history_
    assert_equal(weights(first.model_), as_it_was)
    assert second.fit(X, y).history_ == first.history_


@pytest.mark.parametrize("make", BASES[1:3])
def test_the_callers_base_stays_as_it_is(make):
    base = make()
    before, calls, flags = (
        weights(base),
        len(base._inbound_nodes),
        [layer.trainable for layer in base._flatten_layers()],
    )
    for freeze in (True, False, None):
        fitted(sharing(base), freeze=freeze)
        assert_equal(weights(base), before)
        assert [layer.trainable for layer in base._flatten_layers()] == flags
        assert len(base._inbound_nodes) == calls
    assert not base.layers[-1]._outbound_nodes


def test_flags_that_a_builder_sets_hold_for_its_model_alone():
    base = sequential()
    base.trainable = False
    frozen, tuned = (fitted(sharing(base), freeze=freeze).model_ for freeze in (None, False))
    assert len(frozen.trainable_variables) == 2
    assert len(tuned.trainable_variables) == 6
    assert not base.trainable_variables
    assert_equal(weights(frozen.layers[0]), weights(base))
    assert not np.array_equal(tuned.layers[0].get_weights()[0], base.get_weights()[0])


def test_a_base_that_a_builder_has_frozen_before_it_failed_is_as_it_was():
    base = sequential()

    def build():
        base.trainable = False
        raise RuntimeError("no model")

    with pytest.raises(RuntimeError, match="no model"):
        fitted(build)
    assert len(base.trainable_variables) == 4


@pytest.mark.parametrize(
    "freeze",
    [None, pytest.param(True, marks=tensorflow_only("variables that hold the same numbers"))],
    ids=["by the caller", "by the builder"],
)
def test_frozen_weights_are_not_copied(freeze):
    base = sequential()
    if freeze is None:
        base.trainable = False
    models = [fitted(sharing(base), freeze=freeze).model_ for _ in range(2)]
    for model in models:
        for ours, theirs in zip(model.layers[0].variables, base.variables, strict=True):
            assert ours._value is theirs._value
    assert models[0].layers[-1].kernel._value is not models[1].layers[-1].kernel._value


def test_random_numbers_of_a_frozen_base_begin_anew():
    base = functional()
    base.trainable = False
    state = base.variables[-1].numpy()
    assert fitted(sharing(base)).history_ == fitted(sharing(base)).history_
    np.testing.assert_array_equal(base.variables[-1].numpy(), state)


def test_a_part_of_a_larger_network_does_not_bring_the_rest_along():
    whole = functional()
    top = layers.Dense(5)
    keras.Model(whole.inputs, top(whole.output))
    fitted(sharing(keras.Model(whole.input, whole.output)))
    model = fitted(on_top_of(lambda: keras.Model(whole.input, whole.output))).model_
    after = whole.layers[-1]._outbound_nodes
    assert [node.operation for node in after] == [top]
    copied = model.layers[0].layers[-1]._outbound_nodes
    assert [node.operation.kernel for node in copied] == [top.kernel]


def whole_network(*inputs):
    return keras.Sequential([*inputs, hidden(), layers.Dense(3, activation="softmax")])


@pytest.mark.parametrize("inputs", [[keras.Input((4,))], []], ids=["built", "unbuilt"])
def test_a_model_that_is_always_the_same_is_trained_from_its_own_weights(inputs):
    model = whole_network(*inputs)
    before = weights(model)
    first, second = (fitted(lambda: model) for _ in range(2))
    assert first.history_ == second.history_
    assert_equal(weights(model), before)
    assert not model.compiled
    assert model.built == bool(inputs)


def test_a_compiled_model_that_is_always_the_same_keeps_its_optimizer():
    model = whole_network(keras.Input((4,)))
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(X, y, epochs=1, verbose=0)
    steps, params = int(model.optimizer.iterations.numpy()), {**PARAMS, "optimizer": None}
    params.pop("optimizer__learning_rate")
    first, second = (KerasClassifier(lambda: model, **params).fit(X, y) for _ in range(2))
    assert first.history_ == second.history_
    assert int(first.model_.optimizer.iterations.numpy()) == 3 * steps
    assert int(model.optimizer.iterations.numpy()) == steps


def test_an_optimizer_and_a_metric_made_outside_are_not_used_up():
    optimizer, metric = keras.optimizers.Adam(0.05), keras.metrics.SparseCategoricalAccuracy()

    def build():
        model = whole_network(keras.Input((4,)))
        model.compile(optimizer, "sparse_categorical_crossentropy", metrics=[metric])
        return model

    first, second = (KerasClassifier(build, epochs=2, verbose=0, random_state=0).fit(X, y) for _ in range(2))
    assert first.history_ == second.history_
    assert not optimizer.built
    assert int(optimizer.iterations.numpy()) == 0
    assert float(metric.count.numpy()) == 0
    assert first.model_.optimizer is not second.model_.optimizer


def test_an_optimizer_that_has_trained_another_model_begins_anew():
    optimizer = keras.optimizers.Adam(0.05)
    other = keras.Sequential([keras.Input((2,)), layers.Dense(1)])
    optimizer.build(other.trainable_variables)

    def build():
        model = whole_network(keras.Input((4,)))
        model.compile(optimizer, "sparse_categorical_crossentropy")
        return model

    KerasClassifier(build, verbose=0).fit(X, y)
    assert optimizer._trainable_variables == other.trainable_variables


def test_a_variable_of_the_callers_in_a_layer_of_the_builders_is_shared_too():
    scale = keras.Variable(np.ones(8, "float32"))

    class Scaled(layers.Layer):
        def __init__(self):
            super().__init__()
            self.scale = scale

        def call(self, inputs):
            return inputs * self.scale

    def build():
        return keras.Sequential([keras.Input((4,)), hidden(), Scaled(), layers.Dense(3, activation="softmax")])

    first, second = fitted(build), fitted(build)
    assert first.history_ == second.history_
    np.testing.assert_array_equal(scale.numpy(), np.ones(8))
    assert not np.array_equal(first.model_.layers[1].scale.numpy(), np.ones(8))


@pytest.mark.parametrize("make", [sequential, functional])
def test_what_a_builder_keeps_from_an_earlier_call_must_not_be_trained(make):
    build = on_top_of(functools.cache(make))
    fitted(build)
    with pytest.raises(ModelError, match="'build' must make the layers that it trains anew in each call"):
        fitted(build)


def test_what_a_builder_keeps_from_a_model_that_was_not_trained_is_a_base_as_any_other():
    build = on_top_of(functools.cache(sequential))
    KerasClassifier(build, **PARAMS).initialize(X, y)
    assert fitted(build).history_ == fitted(build).history_


def test_what_a_builder_keeps_from_an_earlier_call_may_be_frozen():
    build = on_top_of(functools.cache(sequential))
    first, second = (fitted(build, freeze=True) for _ in range(2))
    assert first.history_ == second.history_


def test_the_network_of_a_fitted_estimator_may_be_the_base_of_another():
    encoder = fitted(on_top_of(sequential)).model_.layers[0]
    before = weights(encoder)
    first, second = (fitted(sharing(encoder)) for _ in range(2))
    assert first.history_ == second.history_
    assert_equal(weights(encoder), before)


def test_a_base_that_is_trained_and_cannot_be_copied_is_an_error_that_says_so():
    class Locked(layers.Dense):
        def __init__(self):
            super().__init__(8)
            self.generator = (number for number in range(3))

    base = Locked()
    base.build((None, 4))
    with pytest.raises(ModelError, match=r"'build' uses variables that it has not made .*kernel.*can't be copied"):
        fitted(sharing(base))
    base.trainable = False
    model = fitted(sharing(base)).model_
    assert model.layers[0] is base


def test_the_optimizer_that_a_base_was_trained_with_is_not_copied():
    base = sequential()
    base.compile("adam", "mse")
    base.fit(X, np.zeros((150, 8)), verbose=0)
    before = [variable.numpy() for variable in base.optimizer.variables]
    first, second = fitted(sharing(base)), fitted(sharing(base))
    assert first.history_ == second.history_
    assert_equal([variable.numpy() for variable in base.optimizer.variables], before)
    copied = first.model_.layers[0].optimizer.variables
    assert all(ours is theirs for ours, theirs in zip(copied, base.optimizer.variables, strict=True))


def test_a_model_that_its_builder_makes_is_not_copied():
    built = []

    def build():
        built.append(on_top_of(sequential)({"n_classes_": 3}))
        return built[-1]

    assert fitted(build).model_ is built[0]


def test_a_layer_given_as_a_parameter_is_copied_once():
    base = sequential()
    seen = []

    def build(base):
        seen.append(base)
        return sharing(base)({"n_classes_": 3})

    assert fitted(build, base=base).model_.layers[0] is seen[0]
    assert seen[0] is not base


def test_a_copy_is_stored_as_any_other_model(tmp_path):
    estimator = fitted(sharing(functional()))
    estimator.save(tmp_path / "stored")
    for read in (KerasClassifier.load(tmp_path / "stored"), pickle.loads(pickle.dumps(estimator))):
        np.testing.assert_array_equal(read.predict_proba(X), estimator.predict_proba(X))


def test_keras_makes_what_a_build_is_known_by_in_the_places_that_are_watched():
    before = layers.Dense(2)
    with recording_build() as record:
        model = keras.Sequential([keras.Input((3,)), before, layers.Dense(4), layers.Dropout(0.5)])
        model.compile("adam", "mse")
        before.trainable = False
    assert not record.made(before)
    assert all(map(record.made, (model, *model.layers[1:], *model.variables, *model.optimizer.variables)))
    assert before.trainable
    for owner in (keras.layers.Layer, keras.Variable):
        assert owner.trainable.fset.__module__.startswith("keras.")
    assert keras.Variable.assign.__module__.startswith("keras.")
    assert keras.Model.make_train_function.__module__.startswith("keras.")
    assert not record.made(layers.Dense(2))
    assert before._inbound_nodes
    record.remove_nodes()
    assert not before._inbound_nodes


def test_finding_out_what_a_builder_of_kerastuners_asks_for_leaves_the_base_as_it_was():
    pytest.importorskip("keras_tuner")
    base = sequential()
    base.trainable = False

    def build(hp):
        base.trainable = hp.Boolean("tuned", default=True)
        return keras.Sequential([keras.Input((4,)), base, layers.Dense(3, activation="softmax")])

    assert KerasClassifier(build).get_params()["tuned"]
    assert not base.trainable_variables
    assert not base._inbound_nodes
    assert len(fitted(build, tuned=True).model_.trainable_variables) == 6
