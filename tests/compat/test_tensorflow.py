"""What we rely on in TensorFlow's private parts, so that a change there is told by name."""

import gc
from unittest.mock import patch

import keras
import tensorflow as tf
from sklearn.datasets import load_diabetes
from tensorflow.python.eager import context
from tensorflow.python.framework import ops
from tensorflow.python.ops import resource_variable_ops

from skhpt import KerasRegressor
from skhpt._compat.backend import leaving_nothing_behind
from tests.backend import tensorflow_only
from tests.builders import regressor

pytestmark = tensorflow_only("graphs and kernels that outlive their models")


def test_names_of_variables_stay_and_their_kernels_are_shared():
    made = []
    make = resource_variable_ops._variable_handle_from_shape_and_dtype
    with patch.object(
        resource_variable_ops,
        "_variable_handle_from_shape_and_dtype",
        lambda shape, dtype, shared_name, name, *rest: (
            made.append(name) or make(shape, dtype, shared_name, name, *rest)
        ),
    ):
        with leaving_nothing_behind(), tf.name_scope("layer"):
            inside = keras.Variable([1.0], name="weight")
        with tf.name_scope("layer"):
            outside = keras.Variable([1.0], name="weight")
    assert made == ["Variable", "layer/weight/"]
    assert inside.value.name == outside.value.name == "layer/weight:0"


@tf.custom_gradient
def _squared(x):
    return x * x, lambda upstream: 2 * x * upstream


def test_a_custom_gradient_works_for_as_long_as_its_function_is_there():
    known = set(ops.gradient_registry.list())
    square = tf.function(lambda x: _squared(x))
    with leaving_nothing_behind():
        square(tf.constant(3.0))
    gc.collect()
    x = tf.constant(3.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = square(x)
    assert tape.gradient(y, x).numpy() == 6
    new = set(ops.gradient_registry.list()) - known
    assert len(new) == 1
    del square, tape, y
    gc.collect()
    assert not new & set(ops.gradient_registry.list())


def test_a_function_that_is_traced_inside_another_keeps_its_custom_gradient():
    inner = tf.function(lambda x: _squared(x))
    outer = tf.function(lambda x: inner(x) + 1)
    with leaving_nothing_behind():
        outer(tf.constant(3.0))
    del outer
    gc.collect()
    x = tf.constant(3.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = inner(x)
    assert tape.gradient(y, x).numpy() == 6


def test_nothing_of_a_fit_is_left_in_tensorflow():
    rows = load_diabetes(return_X_y=True)

    def fit():
        KerasRegressor(regressor, optimizer="adam", verbose=0, random_state=0).fit(*rows).predict(rows[0])

    fit()
    gc.collect()
    functions, gradients = context.context().list_function_names(), set(ops.gradient_registry.list())
    fit()
    gc.collect()
    assert context.context().list_function_names() <= functions
    assert set(ops.gradient_registry.list()) <= gradients
