"""Private parts of TensorFlow by which fits leave no memory behind, and which tell what a model's training changes.

`tests/compat/test_tensorflow.py` fails when TensorFlow changes them. Where one is missing, memory of models that are
gone is kept, and a step counts as changing what Keras does not know.
"""

from __future__ import annotations

import inspect
import logging
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import keras
import tensorflow as tf

from skhpt._compat._parts import private_part
from skhpt._quiet import is_quiet

_POLYMORPHIC = "tensorflow.python.eager.polymorphic_function.polymorphic_function"
_Function = private_part(_POLYMORPHIC, "Function", instead=())
_gradients = private_part(
    "tensorflow.python.framework.ops", "gradient_registry", loses="The memory of models that are gone is not freed."
)
_variables = private_part("tensorflow.python.ops", "resource_variable_ops")


@contextmanager
def leaving_nothing_behind() -> Iterator[None]:
    """Let what is built, trained and asked for predictions here be freed once nobody has the model any more.

    TensorFlow would keep megabytes of it for as long as the process lives.
    """
    known = _registry().copy()
    with sharing_kernels():
        try:
            yield
        finally:
            for name in _registry().copy().keys() - known.keys():
                _register_weakly(name)


def _registry() -> dict[str, Any]:
    """The custom gradients of the process, by their names; none where TensorFlow keeps them elsewhere."""
    return getattr(_gradients, "_registry", {})


def _register_weakly(name: str) -> None:
    """Let a custom gradient live as long as the graphs that it is for.

    TensorFlow registers those of a traced function for ever, and with them its graph and all that hangs on that. Keras
    makes one as it traces a train step: where the gradients of replicas are summed, even if there is but one.
    """
    entry = _registry().get(name, {})
    gradient = entry.get("type")
    graphs = _graphs_of(gradient)
    if not graphs:
        return  # no custom gradient, or not as we know them; what is registered stays
    for graph in graphs:
        graph._skhpt_gradients = [*getattr(graph, "_skhpt_gradients", ()), gradient]
    reference: Callable[[], Any] = weakref.ref(gradient)
    entry["type"] = lambda *arguments: reference()(*arguments)
    weakref.finalize(gradient, _registry().pop, name, None).atexit = False


def _graphs_of(gradient: Any) -> list[tf.Graph]:
    """The graph that a custom gradient was registered in, and those that this one is part of."""
    try:
        on_tape = inspect.getclosurevars(gradient).nonlocals["tape_grad_fn"]
        result = inspect.getclosurevars(on_tape).nonlocals["result"]
    except (TypeError, KeyError):
        return []
    graph: Any = next((tensor.graph for tensor in tf.nest.flatten(result) if tf.is_symbolic_tensor(tensor)), None)
    graphs = []
    while getattr(graph, "building_function", False):  # ends at the process' own graph
        graphs.append(graph)
        graph = graph.outer_graph
    return graphs


def has_hidden_state(model: keras.Model) -> bool:
    """Whether training a model has changed, or may have, what is in none of the variables that Keras knows."""
    resources = _captured_resources(model.train_function)
    known = (*model.variables, *model.metrics_variables, *model.optimizer.variables)
    handles = {id(variable.value.handle) for variable in known}
    return resources is None or any(id(resource) not in handles for resource in resources)


def _captured_resources(step: Any) -> list[Any] | None:
    """The variables, by their handles, that a step reads or changes which Keras has made of a model.

    Parameters
    ----------
    step : callable or None
        A model's `train_function`.

    Returns
    -------
    list of tensor, or None
        None if it can't be told, as of a step that was never run or that is run eagerly.
    """
    nonlocals = inspect.getclosurevars(step).nonlocals if inspect.isfunction(step) else {}
    traced = [trace for trace in map(_traces, nonlocals.values()) if trace]
    if not traced:
        return None
    captured = (tensor for traces in traced for trace in traces for tensor in trace.captured_inputs)
    return [tensor for tensor in captured if tensor.dtype == tf.resource]


def _traces(function: Any) -> list[Any]:
    traces: list[Any] = getattr(function, "_list_all_concrete_functions", list)()
    return traces


_kernels_are_shared = ContextVar("_kernels_are_shared", default=False)


@contextmanager
def sharing_kernels() -> Iterator[None]:
    """Let all variables be made by the same few of TensorFlow's kernels.

    TensorFlow keeps a kernel of 36 kB for every name that a variable was made under, and those of Keras' layers are
    new in every model. This is the name in messages about the handle; the variable's own is not touched.
    """
    token = _kernels_are_shared.set(True)
    try:
        yield
    finally:
        _kernels_are_shared.reset(token)


def _sharing(make_handle: Callable[..., Any]) -> Callable[..., Any]:
    def make(initial_value: Any, shape: Any, shared_name: Any, name: str, graph_mode: bool) -> Any:
        if _kernels_are_shared.get() and not graph_mode:
            name = "Variable"
        return make_handle(
            initial_value=initial_value, shape=shape, shared_name=shared_name, name=name, graph_mode=graph_mode
        )

    return make


# Once and for all, as threads could not take turns in replacing it; without effect outside of `sharing_kernels`.
if hasattr(_variables, "eager_safe_variable_handle"):
    _variables.eager_safe_variable_handle = _sharing(_variables.eager_safe_variable_handle)


def _is_worth_telling(record: logging.LogRecord) -> bool:
    """Whether a log line of TensorFlow's says something of use.

    It warns of functions that are traced often. Each fit has a model of its own, and so a trace of its own.
    """
    is_of_tracing = "triggered tf.function retracing" in str(record.msg)
    return not (is_of_tracing and _kernels_are_shared.get() and is_quiet())


logging.getLogger("tensorflow").addFilter(_is_worth_telling)


def variable_key(variable: keras.Variable) -> Any:
    """What optimizers know a variable by."""
    return getattr(to_share(variable), "_unique_id", None)


def to_share(variable: keras.Variable) -> Any:
    """What another variable of Keras' may have in common with this one, to hold the same numbers."""
    return getattr(variable, "_value", variable)


def is_shared(value: Any) -> bool:
    """Whether this stands for devices, which a copy of a model has in common with it."""
    return issubclass(type(value), (tf.distribute.Strategy, tf.distribute.StrategyExtended))


def made_again(value: Any) -> tuple[Any, ...] | None:
    """For what can't be pickled as it is, what `__reduce__` would return: how it is made again.

    That is a function that TensorFlow has traced, whose traces are left out, and what each process has one of.
    """
    if isinstance(value, _Function):
        names = ("input_signature", "_autograph", "_jit_compile", "_reduce_retracing")
        return _untraced, (value.python_function, *(getattr(value, name, None) for name in names))
    default = None if tf.distribute.has_strategy() else tf.distribute.get_strategy()
    if default is None or (value is not default and value is not default.extended):
        return None
    return (tf.distribute.get_strategy, ()) if value is default else (getattr, (default, "extended"))


def _untraced(
    function: Callable[..., Any], signature: Any, autograph: bool, jit_compile: bool | None, reduce_retracing: bool
) -> Any:
    options = {"autograph": autograph, "jit_compile": jit_compile, "reduce_retracing": reduce_retracing}
    return tf.function(function, input_signature=signature, **options)
