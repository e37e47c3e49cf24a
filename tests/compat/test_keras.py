"""What we rely on in Keras' private parts, so that a change there is told by name."""

import sys
from contextlib import ExitStack

import keras
from keras.src.utils import module_utils

from skhpt._compat.keras import fresh_metric_names, without_loading_tensorflow
from skhpt._compat.keras_objects import compile_again
from skhpt.estimators._seeding import dropout_states, set_dropout_states


def test_metrics_names_start_afresh_and_the_old_count_goes_on():
    class Custom(keras.metrics.Metric):
        pass

    for cls in (keras.metrics.Precision, Custom):
        cls()
    before = keras.metrics.Precision().name
    with fresh_metric_names():
        assert [keras.metrics.Precision().name for _ in range(2)] == ["precision", "precision_1"]
        assert Custom().name == "custom"
        inside = keras.layers.Dense(1).name
    assert keras.layers.Dense(1).name != inside
    after = keras.metrics.Precision().name
    assert int(after.rpartition("_")[2]) == int(before.rpartition("_")[2]) + 1


def test_compiling_again_changes_what_was_asked_and_keeps_the_rest():
    def loss(y_true, y_pred):  # nothing that Keras could look up by its name
        return y_pred - y_true

    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    optimizer = keras.optimizers.SGD(0.5)
    model.compile(optimizer, loss, run_eagerly=True)
    compile_again(model, loss="mae")
    assert (model.loss, model.optimizer, model.run_eagerly) == ("mae", optimizer, True)


def test_the_states_of_dropout_are_found_by_their_name():
    layers = keras.layers
    model = keras.Sequential([keras.Input((2,)), layers.Dropout(0.1), keras.Sequential([layers.GaussianNoise(0.1)])])
    states = dropout_states(model)
    assert [state.shape for state in states] == [(2,), (2,)]
    model(keras.ops.ones((1, 2)), training=True)
    assert [state.tolist() for state in dropout_states(model)] != [state.tolist() for state in states]
    set_dropout_states(model, states)
    assert [state.tolist() for state in dropout_states(model)] == [state.tolist() for state in states]


def test_where_tensorflow_is_not_loaded_keras_is_told_that_there_is_none(monkeypatch):
    before = module_utils.tensorflow.available
    with without_loading_tensorflow():
        assert module_utils.tensorflow.available == before, "what is loaded is there"
    monkeypatch.delitem(sys.modules, "tensorflow", raising=False)
    with without_loading_tensorflow():
        assert not module_utils.tensorflow.available
    assert module_utils.tensorflow.available == before


def test_threads_that_hide_tensorflow_at_the_same_time_bring_it_back(monkeypatch):
    before = module_utils.tensorflow.available
    first, second = without_loading_tensorflow(), without_loading_tensorflow()
    monkeypatch.delitem(sys.modules, "tensorflow", raising=False)
    with ExitStack() as second_thread, first:
        second_thread.enter_context(second)
    monkeypatch.undo()
    assert module_utils.tensorflow.available == before
