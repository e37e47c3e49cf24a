"""Private parts of TensorFlow's graphs, by which the fused engine watches what is put into one.

`tests/fused/test_traces.py` fails when they change.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf
from tensorflow.python.framework.func_graph import FuncGraph

CUSTOM_GRADIENT = "_gradient_op_type"
"""The attribute of an operation whose gradient is a function of Python."""
NO_CONTENT = {"_class", "_output_shapes", "container", "output_shapes", "shared_name", CUSTOM_GRADIENT}
"""Attributes of operations that tell nothing of what they compute."""

_create, _capture = FuncGraph._create_op_internal, FuncGraph.capture
_watching = threading.local()  # who is told of what this thread makes


class Watcher:
    """Is told of each operation that is made in a graph: the one that is the default as the watcher is made."""

    def __init__(self) -> None:
        self.graph = tf.compat.v1.get_default_graph()

    def constant(self, value: npt.NDArray[Any], make: Callable[[], Any]) -> Any:
        """A tensor for a floating-point constant, which `make` makes as it stands in the model."""
        raise NotImplementedError

    def array(self, value: npt.NDArray[Any]) -> None:
        """Told of another array that the model holds."""
        raise NotImplementedError

    def made(self, operation: tf.Operation, attributes: Mapping[str, Any]) -> None:
        """Told of any other operation."""
        raise NotImplementedError


def new_graph(name: str) -> tf.Graph:
    """A graph of a function, whose operations can be watched."""
    return FuncGraph(name)


def function_definition(graph: tf.Graph, name: str) -> Any:
    """The definition of a function that a loop or a branch in a graph runs, as a protocol buffer."""
    return graph._get_function(name).cached_definition


@contextmanager
def watched_by(watcher: Watcher) -> Iterator[None]:
    """Tell a watcher of all operations that this thread makes in its graph."""
    before = getattr(_watching, "watcher", None)
    _watching.watcher = watcher
    FuncGraph._create_op_internal, FuncGraph.capture = _watched_create, _watched_capture
    try:
        yield
    finally:
        _watching.watcher = before
        if before is None:
            FuncGraph._create_op_internal, FuncGraph.capture = _create, _capture


@contextmanager
def _unwatched() -> Iterator[None]:
    before, _watching.watcher = _watching.watcher, None
    try:
        yield
    finally:
        _watching.watcher = before


def _watched_create(
    self: FuncGraph,
    op_type: str,
    inputs: Any,
    dtypes: Any = None,
    input_types: Any = None,
    name: Any = None,
    attrs: Any = None,
    op_def: Any = None,
    compute_device: bool = True,
) -> tf.Operation:
    def make() -> tf.Operation:
        return _create(self, op_type, inputs, dtypes, input_types, name, attrs, op_def, compute_device)

    watcher: Watcher | None = getattr(_watching, "watcher", None)
    if watcher is None or watcher.graph is not self:  # what is in a loop is looked at with the loop
        return make()
    if op_type == "Const" and tf.as_dtype(attrs["dtype"].type).is_floating:
        return watcher.constant(tf.make_ndarray(attrs["value"].tensor), lambda: make().outputs[0]).op
    operation = make()
    watcher.made(operation, attrs or {})
    return operation


def _watched_capture(self: FuncGraph, tensor: Any, name: str | None = None, shape: Any = None) -> Any:
    """Arrays that the model has in memory are constants too."""

    def make() -> Any:
        with _unwatched():
            return _capture(self, tensor, name, shape)

    watcher: Watcher | None = getattr(_watching, "watcher", None)
    is_array = isinstance(tensor, tf.__internal__.EagerTensor)
    if watcher is None or watcher.graph is not self or not is_array or tensor.dtype == tf.resource:
        return _capture(self, tensor, name, shape)
    if tensor.dtype.is_floating:
        return watcher.constant(tensor.numpy(), make)
    captured = make()
    watcher.array(np.asarray(tensor))
    return captured
