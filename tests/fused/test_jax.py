"""What is JAX's own: what a program takes from Keras and JAX, and how often XLA has to compile."""

from dataclasses import replace

import keras
import numpy as np
import pytest
from keras import layers

from tests.backend import BACKEND

if BACKEND != "jax":
    pytest.skip("the program of Keras on JAX", allow_module_level=True)

import jax.numpy as jnp

from skhpt.estimators import ModelState, variables_of
from skhpt.exceptions import CannotFuseError
from skhpt.fused._data import Batches, Tables
from skhpt.fused._jax import JaxProgram
from skhpt.fused._trace import differing
from skhpt.fused._tracing import trace_of
from tests.fused import architectures as nets
from tests.fused.architectures import DIGIT, DIGITS
from tests.fused.built import ROWS, built
from tests.fused.comparison import assert_engines_agree, classifier


class Training:
    """Lanes of one model on all rows."""

    def __init__(self, model, *, states=None, n_lanes=2, inputs=()):
        self.tables = Tables([ROWS])
        self.program = JaxProgram(model, self.tables, trace_of(model, ROWS), inputs)
        self.program.check(evaluates=True)
        self.data = [self.program.put(arrays) for arrays in self.tables.arrays]
        self.stack = self.program.stack(states or [ModelState.of(variables_of(model))] * n_lanes)

    def batches(self, lanes, n_rows=20, size=8):
        numbers = [part[None] for part in self.tables.numbers(ROWS, np.arange(n_rows))]
        return Batches(lanes, *numbers, np.zeros(lanes.stop - lanes.start, np.int32), size)

    def epoch(self, *parts):
        parts = parts or [self.batches(slice(0, self.stack.n_lanes))]
        self.stack, logs = self.program.train(self.stack, self.data, parts)
        return logs

    @property
    def states(self):
        return self.program.read(self.stack)


def assert_same_state(state, expected, **tolerances):
    for part, their_part in zip(state.parts, expected.parts, strict=True):
        for values, theirs in zip(part, their_part, strict=True):
            np.testing.assert_allclose(values, theirs, **tolerances)


@pytest.mark.parametrize("n_lanes", [1, 3])
def test_an_epoch_of_each_lane_is_an_epoch_of_keras(n_lanes):
    model = built(layers.Dense(5, activation="tanh"), layers.BatchNormalization(), layers.Dropout(0.3))
    training = Training(model, n_lanes=n_lanes)
    logs = training.epoch()
    history = model.fit(*ROWS.arrays, batch_size=8, shuffle=False, verbose=0).history
    expected = ModelState.of(variables_of(model))
    for lane, state in enumerate(training.states):
        assert_same_state(state, expected, rtol=1e-4, atol=1e-6)
        assert {name: values[lane] for name, values in logs.items()} == pytest.approx(
            {name: values[0] for name, values in history.items()}, rel=1e-4
        )


def test_the_model_is_left_as_it_is():
    model = built(layers.Dropout(0.5))
    before, optimizer = ModelState.of(variables_of(model)), dict(vars(model.optimizer))
    Training(model).epoch()
    assert vars(model.optimizer) == optimizer
    assert_same_state(ModelState.of(variables_of(model)), before, rtol=0)


def test_lanes_that_end_leave_their_places_empty_until_half_of_them_are():
    training = Training(built(), n_lanes=8)
    training.epoch()
    before = training.program.n_compiled
    for n_lanes, n_new in ((7, 0), (5, 0), (4, 3)):  # full batches, the last one, and what metrics have come to
        training.stack = training.program.take(training.stack, range(n_lanes))
        training.epoch()
        assert training.program.n_compiled - before == n_new
        assert len(training.states) == n_lanes


def test_what_is_compiled_serves_any_number_of_full_batches_that_has_room():
    training = Training(built(), n_lanes=2)
    everyone = slice(0, 2)
    training.epoch(training.batches(everyone, n_rows=20, size=2))  # 10 steps, with room for 16
    before = training.program.n_compiled
    for n_rows in (18, 20):
        training.epoch(training.batches(everyone, n_rows=n_rows, size=2))
    assert training.program.n_compiled == before


@pytest.mark.parametrize("n_rows", [8, 20], ids=["one step", "many steps"])
def test_steps_of_some_lanes_leave_the_others_as_they_are(n_rows):
    training, alone = Training(built(), n_lanes=3), Training(built(), n_lanes=3)
    before = training.states
    alone.stack = alone.program.stack(before)
    logs = training.epoch(training.batches(slice(1, 3), n_rows=n_rows, size=2 if n_rows == 20 else 8))
    expected = alone.epoch(alone.batches(slice(0, 3), n_rows=n_rows, size=2 if n_rows == 20 else 8))
    assert_same_state(training.states[0], before[0], rtol=0)
    for lane in (1, 2):
        assert_same_state(training.states[lane], alone.states[lane], rtol=1e-5, atol=1e-7)
        assert logs["loss"][lane] == pytest.approx(expected["loss"][lane])


def test_lanes_with_the_same_seed_draw_the_same_and_others_do_not():
    model = built(layers.Dropout(0.5))
    states = [ModelState.of(variables_of(model)) for _ in range(3)]
    states[2].others[0] = states[2].others[0] + 1
    logs = Training(model, states=states).epoch()
    assert logs["loss"][0] == logs["loss"][1] != logs["loss"][2]


def test_a_lane_that_is_replaced_goes_on_from_there():
    training = Training(built(), n_lanes=2)
    start = training.states[0]
    training.epoch()
    once = training.states[0]
    training.stack = training.program.replace(training.stack, [1], [start])
    training.epoch()
    assert_same_state(training.states[1], once, rtol=1e-6)


@pytest.mark.parametrize("n_rows", [12, 20], ids=["a step and a rest", "steps and a rest"])
def test_a_stack_outlives_the_training_that_it_goes_into(n_rows):
    training = Training(built())
    everyone = slice(0, 2)
    stack, before = training.stack, ModelState(*([array.copy() for array in part] for part in training.states[0].parts))
    training.epoch(training.batches(everyone, n_rows))
    assert_same_state(training.program.read(stack)[0], before, rtol=0)


def test_a_variable_that_keras_does_not_know_is_refused():
    class Scaling(layers.Layer):
        def __init__(self):
            super().__init__()
            self.hidden = (lambda variable: lambda: variable)(keras.Variable(2.0))

        def call(self, inputs):
            return inputs * self.hidden()

    with pytest.raises(CannotFuseError, match="a state that Keras does not know"):
        Training(built(Scaling()))


def test_a_state_that_is_no_variable_is_refused():
    class Counting(layers.Layer):
        def __init__(self):
            super().__init__()
            self.calls = jnp.zeros(())

        def call(self, inputs, training=False):
            self.calls = self.calls + jnp.sum(inputs)
            return inputs

    model = built()
    model.layers[0].call = Counting().call  # to build a model with it would be the first trace already
    with pytest.raises(CannotFuseError, match="a state that Keras does not know"):
        Training(model)


def test_a_layer_that_calls_python_is_refused():
    import jax

    class Printing(layers.Layer):
        def call(self, inputs):
            jax.debug.callback(lambda: None)
            return inputs

    with pytest.raises(CannotFuseError, match="calls Python"):
        Training(built(Printing()))


@pytest.mark.parametrize(("name", "low", "high"), [("beta_1", 0.5, 0.9), ("beta_2", 0.9, 0.999), ("rate", 0.1, 0.6)])
def test_a_constant_that_is_an_input_trains_as_if_the_model_had_been_built_with_it(name, low, high):
    def with_constant(value):
        options = {} if name == "rate" else {name: value}
        dropout = layers.Dropout(value if name == "rate" else 0.2, seed=1)
        return built(layers.Dense(5), dropout, optimizer=keras.optimizers.Adam(0.01, **options))

    models = [with_constant(low), with_constant(high)]
    traces = [trace_of(model, ROWS) for model in models]
    inputs = differing(traces)
    start = ModelState.of(variables_of(models[0]))
    states = [replace(start, constants=[trace.constants[number] for number in inputs]) for trace in traces]
    training = Training(models[0], states=states, inputs=inputs)
    training.epoch()
    for lane, value in enumerate((low, high)):
        alone = Training(with_constant(value), states=[start])
        alone.epoch()
        ours, theirs = training.states[lane], alone.states[0]
        assert_same_state(ModelState(*ours.parts[:3]), theirs, rtol=1e-5, atol=1e-7)


def remembering(meta):
    return nets.stacked(meta, layers.Embedding(20, 4), layers.LSTM(4))


@pytest.mark.slow
def test_what_tensorflow_can_not_vectorise_is_fused():
    grid = [{"model": [nets.convolutional], "optimizer": ["nadam"]}, {"model": [nets.spectral]}]
    assert_engines_agree(classifier(), grid, DIGITS, DIGIT)
    assert_engines_agree(classifier(remembering), {"batch_size": [16]}, nets.words(), np.arange(120) % 3)
