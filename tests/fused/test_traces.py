"""Traces are the same for models that compute the same, and tell apart all others."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from skhpt.exceptions import CannotFuseError
from skhpt.fused._trace import differing
from skhpt.fused._tracing import trace_of
from tests.backend import tensorflow_only
from tests.fused.built import ROWS


def model(*inner, loss="mse", optimizer=None, metrics=None):
    built = keras.Sequential([keras.Input((4,)), *inner, layers.Dense(1)])
    built.compile(optimizer or keras.optimizers.Adam(0.01), loss, metrics=metrics)
    built.optimizer.build(built.trainable_variables)
    return built


def traces(*models):
    return [trace_of(each, ROWS) for each in models]


def assert_same(*models):
    first, second = traces(*models)
    assert first.structure == second.structure
    assert differing([first, second]) == ()


def assert_differ_in_constants(*models):
    first, second = traces(*models)
    assert first.structure == second.structure
    assert differing([first, second])


def assert_apart(*models):
    first, second = traces(*models)
    assert first.structure != second.structure


def test_two_models_of_one_builder_have_one_trace():
    assert_same(*(model(layers.Dense(5, "relu"), layers.Dropout(0.2)) for _ in range(2)))


def test_names_make_no_difference():
    assert_same(model(layers.Dense(5, name="one")), model(layers.Dense(5, name="another")))


def test_names_of_logs_make_a_difference():
    assert_apart(model(metrics=["mae"]), model(metrics=[keras.metrics.MeanAbsoluteError(name="error")]))


def test_what_a_trace_leaves_of_the_model_is_nothing():
    one = model(layers.Dense(5), layers.Dropout(0.5), layers.BatchNormalization(), metrics=["mae"])
    before = [variable.numpy() for variable in one.variables]
    trace_of(one, ROWS)
    for variable, value in zip(one.variables, before, strict=True):
        np.testing.assert_array_equal(variable.numpy(), value)


def multiplied_by(table):
    return model(layers.Lambda(lambda x: x @ table))


@pytest.mark.parametrize(
    "pair",
    [
        lambda n: model(layers.Dropout(n)),
        lambda n: model(layers.Dense(3, kernel_regularizer=keras.regularizers.L2(n))),
        lambda n: model(loss=keras.losses.Huber(delta=n)),
        lambda n: model(loss=lambda y, q: ops.mean(ops.abs(y - q) * n)),
        lambda n: model(layers.Dense(3, activation=lambda x: x * n)),
        lambda n: model(optimizer=keras.optimizers.SGD(0.1, momentum=n)),
        lambda n: model(metrics=[lambda y, q: ops.mean(q) * n]),
        lambda n: model(layers.Lambda(lambda x: x + n * np.arange(4, dtype="float32"))),
        lambda n: multiplied_by(ops.full((4, 100), n)),
        lambda n: model(layers.LayerNormalization(epsilon=n)),
    ],
    ids=["dropout", "L2", "Huber", "loss", "activation", "momentum", "metric", "array", "tensor", "epsilon"],
)
def test_numbers_and_arrays_are_constants_of_one_structure(pair):
    assert_differ_in_constants(pair(0.25), pair(0.5))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (lambda: model(layers.Dense(3, "relu")), lambda: model(layers.Dense(3, "tanh"))),
        (lambda: model(layers.Dense(3)), lambda: model(layers.Dense(4))),
        (lambda: model(layers.Dropout(0.0)), lambda: model(layers.Dropout(0.5))),
        (lambda: model(optimizer="adam"), lambda: model(optimizer="adamax")),
        (
            lambda: model(loss=keras.losses.CosineSimilarity(axis=0)),
            lambda: model(loss=keras.losses.CosineSimilarity()),
        ),
        (lambda: model(metrics=["mae"]), lambda: model(metrics=["mse"])),
        (lambda: model(optimizer=excluding("bias")), lambda: model(optimizer=excluding("kernel"))),
    ],
    ids=["activation", "width", "no dropout", "optimizer", "axis", "metric", "decay"],
)
def test_what_is_computed_otherwise_is_another_structure(one, other):
    assert_apart(one(), other())


def along(axis):
    return keras.losses.CosineSimilarity(axis=axis)


def excluding(name):
    optimizer = keras.optimizers.AdamW(0.01)
    optimizer.exclude_from_weight_decay(var_names=[name])
    return optimizer


def test_which_of_two_equal_weights_is_trained_is_part_of_the_structure():
    def frozen(which):
        one = keras.Sequential([keras.Input((4,)), layers.Dense(4), layers.Dense(4), layers.Dense(1)])
        one.layers[which].kernel.trainable = False
        one.compile("sgd", "mse")
        one.optimizer.build(one.trainable_variables)
        return one

    assert_apart(frozen(0), frozen(1))


def test_a_constraint_that_was_set_on_a_variable_is_seen():
    def constrained(most):
        one = model(layers.Dense(4))
        one.layers[0].kernel.constraint = keras.constraints.MaxNorm(most)
        return one

    assert_differ_in_constants(constrained(0.5), constrained(2.0))
    assert_apart(constrained(0.5), model(layers.Dense(4)))


def test_what_a_loop_computes_is_part_of_the_structure():
    def looping(factor):
        def call(x):
            return ops.fori_loop(0, 3, lambda step, value: value * factor, x)

        return model(layers.Lambda(call, output_shape=(4,)))

    assert_same(looping(0.5), looping(0.5))
    assert_apart(looping(0.5), looping(0.25))


def test_models_that_draw_in_inference_are_refused():
    class Drawing(layers.Layer):
        def __init__(self):
            super().__init__()
            self.draws = keras.random.SeedGenerator(1)

        def call(self, inputs):
            return inputs + keras.random.normal(ops.shape(inputs), seed=self.draws)

    with pytest.raises(CannotFuseError, match="in inference"):
        trace_of(model(Drawing()), ROWS)


def test_a_state_that_no_output_in_inference_follows_from_is_no_reason():
    """Recurrent layers draw masks in inference, which they do not use."""
    dropped = model(layers.Reshape((4, 1)), layers.GRU(3, dropout=0.2, recurrent_dropout=0.2))
    assert "test" in trace_of(dropped, ROWS).sections


@pytest.mark.parametrize("before", [True, False])
def test_a_state_that_an_output_in_inference_follows_from_is_a_reason(before):
    class Counting(layers.Layer):
        def build(self, shape):
            self.count = self.add_weight(shape=(), initializer="zeros", trainable=False)

        def call(self, inputs):
            if before:
                outputs = inputs * self.count
                self.count.assign_add(1.0)
                return outputs
            self.count.assign(ops.mean(inputs))
            return inputs * self.count

    with pytest.raises(CannotFuseError, match="in inference"):
        trace_of(model(Counting()), ROWS)


@tensorflow_only("the graphs that are watched")
def test_tensorflow_is_left_as_it_was():
    from tensorflow.python.framework.func_graph import FuncGraph

    before = FuncGraph._create_op_internal, FuncGraph.capture
    trace_of(model(layers.Dense(5)), ROWS)
    assert (FuncGraph._create_op_internal, FuncGraph.capture) == before


def test_another_backend_has_no_fused_engine(monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "numpy")
    with pytest.raises(CannotFuseError, match="no fused engine for Keras on numpy"):
        trace_of(model(layers.Dense(5)), ROWS)
