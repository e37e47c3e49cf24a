"""Tracing a function of one lane for all lanes, on TensorFlow.

Here are the private parts of Keras' optimizers and of TensorFlow's `pfor`, which the fused engine alone uses;
`tests/fused/test_tensorflow.py` fails when they change.
"""

from __future__ import annotations

import logging
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import keras
import tensorflow as tf
from keras.src.backend.tensorflow.optimizer import TFOptimizer
from keras.src.optimizers.base_optimizer import BaseOptimizer
from tensorflow.python.ops.parallel_for import control_flow_ops, pfor

from skhpt.exceptions import CannotFuseError

_OF_LANE = "of_lane"


def for_each_lane(function: Callable[[Any], Any], arguments: Any) -> Any:
    """What `tf.vectorized_map` does, which spends a third of its operations on arguments of one row for all."""

    @tf.autograph.experimental.do_not_convert  # AutoGraph would try, and warn that it can't
    def of_one(lane: tf.Tensor) -> Any:
        with tf.name_scope(_OF_LANE):
            theirs = tf.nest.map_structure(lambda values: tf.gather(values, lane), arguments)
        return function(theirs)

    return control_flow_ops.pfor(of_one, tf.shape(tf.nest.flatten(arguments)[0])[0])


@contextmanager
def tracing(optimizer: keras.optimizers.Optimizer) -> Iterator[None]:
    """Trace in here: quietly, with an optimizer that keeps no state, and with random numbers drawn once for all."""
    logger = tf.get_logger()
    level = logger.level
    logger.setLevel(logging.CRITICAL)  # `pfor` tells at length of what it runs lane by lane
    try:
        with _stateless(optimizer), _more_converters():
            yield
    finally:
        logger.setLevel(level)


def _overridden() -> list[str]:
    """What TensorFlow's part of Keras' optimizer overrides."""
    names = [name for name in vars(TFOptimizer) if name[:2] != "__" and hasattr(BaseOptimizer, name)]
    names.remove("_clip_by_norm")  # knows gradients of embeddings
    return names


def check_updates(optimizer: keras.optimizers.Optimizer, error: Exception) -> None:
    """Say why an optimizer can't be traced, if its class has its own way of what `tracing` puts back."""
    if len(_to_put_back(optimizer)) < len(_overridden()):
        name = type(optimizer).__name__
        raise CannotFuseError(f"the optimizer {name} updates variables in a way of its own") from error


def _to_put_back(optimizer: keras.optimizers.Optimizer) -> list[str]:
    return [name for name in _overridden() if getattr(type(optimizer), name) is getattr(TFOptimizer, name)]


@contextmanager
def _stateless(optimizer: keras.optimizers.Optimizer) -> Iterator[None]:
    """Let a Keras optimizer update variables as the scope has them.

    TensorFlow's part of Keras' optimizer assigns to its own variables, for the sake of `tf.distribute`, and refuses
    `stateless_apply`. What it overrides in Keras' base class is put back for the while.
    """
    ours = _to_put_back(optimizer)
    indices = optimizer._trainable_variables_indices
    optimizer.__dict__.update({name: types.MethodType(getattr(BaseOptimizer, name), optimizer) for name in ours})
    optimizer.__dict__["_trainable_variables_indices"] = {
        optimizer._var_key(variable): index for index, variable in enumerate(optimizer._trainable_variables)
    }
    try:
        yield
    finally:
        for name in ours:
            del optimizer.__dict__[name]
        optimizer.__dict__["_trainable_variables_indices"] = indices


@contextmanager
def _more_converters() -> Iterator[None]:
    """Teach `pfor` what it lacks, which otherwise it runs lane by lane, and what it has wrong."""
    registry = pfor._pfor_converter_registry
    before = {name: registry.pop(name) for name in _CONVERTERS.keys() & registry.keys()}
    registry.update(_CONVERTERS)
    try:
        yield
    finally:
        for name in _CONVERTERS:
            del registry[name]
        registry.update(before)


def _bitcast(inputs: Any) -> Any:
    return pfor.wrap(tf.bitcast(inputs.stacked_input(0), inputs.get_attr("type")), True)


def _gather(inputs: Any) -> Any:
    """The arguments of all lanes are there already; TensorFlow's own would copy them in each step."""
    if f"/{_OF_LANE}/" in f"/{inputs.op.name}" and not inputs.input(0).is_stacked:
        return pfor.wrap(inputs.unstacked_input(0), True)
    return _TENSORFLOWS_GATHER(inputs)


def _squeeze(inputs: Any) -> Any:
    """TensorFlow's own, where no axes are named, also squeezes the axis of the lanes if there is but one."""
    named = list(inputs.get_attr("squeeze_dims"))
    of_one_lane = inputs.op.inputs[0].shape
    axes = named or [axis for axis, size in enumerate(of_one_lane.as_list()) if size == 1]
    return pfor.wrap(tf.squeeze(inputs.stacked_input(0), [a + 1 if a >= 0 else a for a in axes]), True)


def _roll(inputs: Any) -> Any:
    """TensorFlow's own takes the last axis, if it is called -1, for that of the lanes."""
    shift, shifts_differ, _ = inputs.input(1)
    if shifts_differ:
        return _TENSORFLOWS_ROLL(inputs)
    axis = inputs.unstacked_input(2)
    return pfor.wrap(tf.roll(inputs.stacked_input(0), shift, tf.where(axis >= 0, axis + 1, axis)), True)


def _draw_once(inputs: Any) -> Any:
    """Random numbers: lanes with the same seed draw the same, so they are drawn once for each of the seeds."""
    values = [inputs.input(place) for place in range(inputs.num_inputs)]
    seeds = [tf.reshape(_as_int64(value.t), [tf.shape(value.t)[0], -1]) for value in values if value.is_stacked]
    _, seed_of_lane = tf.raw_ops.UniqueV2(x=tf.concat(seeds, axis=1), axis=[0])
    n_lanes = tf.size(seed_of_lane)
    first_lanes = tf.math.unsorted_segment_min(tf.range(n_lanes), seed_of_lane, tf.reduce_max(seed_of_lane) + 1)
    dtypes = [output.dtype for output in inputs.op.outputs]

    def draw(lane: tf.Tensor) -> list[tf.Tensor]:
        theirs = [value.t[lane] if value.is_stacked else value.t for value in values]
        return list(pfor._create_op(inputs.op_type, theirs, dtypes, attrs=inputs.op.node_def.attr).outputs)

    drawn = tf.map_fn(draw, first_lanes, dtypes)
    return [pfor.wrap(tf.gather(numbers, seed_of_lane), True) for numbers in drawn]


def _as_int64(seed: tf.Tensor) -> tf.Tensor:
    return tf.bitcast(seed, tf.int64) if seed.dtype == tf.uint64 else tf.cast(seed, tf.int64)


_TENSORFLOWS_GATHER = pfor._pfor_converter_registry["GatherV2"]
_TENSORFLOWS_ROLL = pfor._pfor_converter_registry["Roll"]
_CONVERTERS: dict[str, Callable[[Any], Any]] = {
    "Bitcast": _bitcast,  # in the accuracy of classes
    "GatherV2": _gather,
    "Roll": _roll,
    "Squeeze": _squeeze,
    "StatelessRandomGetKeyCounter": _draw_once,
    "StatelessRandomNormalV2": _draw_once,
    "StatelessRandomUniformIntV2": _draw_once,
    "StatelessRandomUniformV2": _draw_once,  # in dropout
    "StatelessTruncatedNormalV2": _draw_once,
}
