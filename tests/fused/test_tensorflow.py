"""What the program takes from the private parts of Keras and TensorFlow, and that it leaves them as they were."""

from dataclasses import replace

import keras
import numpy as np
import pytest
from keras import layers

from tests.backend import BACKEND

if BACKEND != "tensorflow":
    pytest.skip("the program of Keras on TensorFlow", allow_module_level=True)

import tensorflow as tf
from keras.src.backend.tensorflow.optimizer import TFOptimizer
from tensorflow.python.ops.parallel_for import pfor

from skhpt.estimators import ModelState, variables_of
from skhpt.exceptions import CannotFuseError
from skhpt.fused._data import Batches, Tables
from skhpt.fused._tensorflow import TensorFlowProgram
from skhpt.fused._trace import differing
from skhpt.fused._tracing import trace_of
from tests.fused.built import ROWS, built


def batches_of(tables, n_lanes, size=8):
    numbers = [part[None] for part in tables.numbers(ROWS, np.arange(len(ROWS)))]
    return Batches(slice(0, n_lanes), *numbers, np.zeros(n_lanes, np.int32), size)


def trained(model, n_lanes=2):
    tables = Tables([ROWS])
    program = TensorFlowProgram(model, tables, trace_of(model, ROWS))
    program.check()
    stack = program.stack([ModelState.of(variables_of(model))] * n_lanes)
    data = [program.put(arrays) for arrays in tables.arrays]
    stack, logs = program.train(stack, data, [batches_of(tables, n_lanes)])
    return program.read(stack), logs


@pytest.mark.parametrize("n_lanes", [1, 3])
def test_an_epoch_of_each_lane_is_an_epoch_of_keras(n_lanes):
    model = built(layers.Dense(5, activation="tanh"), layers.BatchNormalization())
    states, logs = trained(model, n_lanes)
    history = model.fit(tf.data.Dataset.from_tensor_slices(ROWS.arrays).batch(8), shuffle=False, verbose=0).history
    expected = ModelState.of(variables_of(model))
    for lane, state in enumerate(states):
        for part, their_part in zip(state.parts, expected.parts, strict=True):
            for values, theirs in zip(part, their_part, strict=True):
                np.testing.assert_allclose(values, theirs, rtol=1e-4, atol=1e-6)
        assert {name: values[lane] for name, values in logs.items()} == pytest.approx(
            {name: values[0] for name, values in history.items()}, rel=1e-4
        )


def test_neither_the_model_nor_the_libraries_are_changed():
    model = built(layers.Dropout(0.5))
    before = ModelState.of(variables_of(model))
    optimizer, converters = dict(vars(model.optimizer)), dict(pfor._pfor_converter_registry)
    trained(model)
    assert vars(model.optimizer) == optimizer
    assert pfor._pfor_converter_registry == converters
    for part, their_part in zip(ModelState.of(variables_of(model)).parts, before.parts, strict=True):
        for values, theirs in zip(part, their_part, strict=True):
            np.testing.assert_array_equal(values, theirs)


def test_lanes_with_the_same_seed_draw_the_same_and_others_do_not():
    model = built(layers.Dropout(0.5))
    tables = Tables([ROWS])
    program = TensorFlowProgram(model, tables, trace_of(model, ROWS))
    states = [ModelState.of(variables_of(model)) for _ in range(3)]
    states[2].others[0] = states[2].others[0] + 1
    data = [program.put(arrays) for arrays in tables.arrays]
    _, logs = program.train(program.stack(states), data, [batches_of(tables, 3)])
    assert logs["loss"][0] == logs["loss"][1] != logs["loss"][2]


def test_what_the_optimizer_of_tensorflow_overrides_is_known():
    overridden = {name for name in vars(TFOptimizer) if not name.startswith("__")}
    assert {"assign", "_backend_update_step", "_apply_weight_decay", "_var_key"} <= overridden


def test_a_state_that_keras_does_not_know_is_refused():
    class Counting(layers.Layer):
        def __init__(self):
            super().__init__()
            self.calls = tf.Variable(0.0, trainable=False)

        def call(self, inputs):
            self.calls.assign_add(1.0)
            return inputs

    model = built(Counting())
    with pytest.raises(CannotFuseError, match="a state that Keras does not know"):
        trace_of(model, ROWS)


def test_a_constant_that_is_an_input_trains_as_if_the_model_had_been_built_with_it():
    low, high = (built(layers.Dense(5, kernel_regularizer=keras.regularizers.L2(factor))) for factor in (0.1, 3.0))
    high.set_weights(low.get_weights())
    tables, traces = Tables([ROWS]), [trace_of(model, ROWS) for model in (low, high)]
    inputs = differing(traces)
    program = TensorFlowProgram(low, tables, traces[0], inputs)
    start = ModelState.of(variables_of(low))
    states = [replace(start, constants=[trace.constants[number] for number in inputs]) for trace in traces]
    data = [program.put(arrays) for arrays in tables.arrays]
    _, logs = program.train(program.stack(states), data, [batches_of(tables, 2)])
    expected = [trained(model, 1)[1]["loss"][0] for model in (low, high)]
    np.testing.assert_allclose(logs["loss"], expected, rtol=1e-5)


@pytest.mark.slow
def test_long_trainings_of_dense_layers_give_the_same_by_xla(monkeypatch):
    model = built(layers.Dense(5, activation="relu"))
    plain, _ = trained(model)
    monkeypatch.setattr("skhpt.fused._tensorflow._STEPS_WORTH_XLA", 1)
    by_xla, _ = trained(model)
    for values, theirs in zip(by_xla[1].weights, plain[1].weights, strict=True):
        np.testing.assert_allclose(values, theirs, rtol=1e-4, atol=1e-6)
