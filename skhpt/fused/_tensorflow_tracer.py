"""Recording what TensorFlow's operations a function makes, and replacing its constants.

`_compat.tensorflow_graphs` has the private parts of TensorFlow's graphs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import keras
import tensorflow as tf

from skhpt._compat.tensorflow_graphs import (
    CUSTOM_GRADIENT,
    NO_CONTENT,
    Watcher,
    function_definition,
    new_graph,
    watched_by,
)
from skhpt._compat.tensorflow_pfor import check_updates, tracing
from skhpt.estimators import variables_of
from skhpt.exceptions import CannotFuseError
from skhpt.fused._data import Structure, Tables
from skhpt.fused._program import building_or_tracing
from skhpt.fused._reasons import CHANGING_INFERENCE, STRANGE_STATE
from skhpt.fused._tensorflow_steps import TensorFlowSteps
from skhpt.fused._trace import AnotherTraceError, Constant, Section, Tracer, digest, same_constant


class TensorFlowTracer(Tracer):
    """As of `Tracer`."""

    _numbers: _Numbers
    has_custom_gradients = False

    def _record(self, function: Callable[..., Any], arguments: Sequence[Any]) -> tuple[Any, Section]:
        tensors = [tensor for tensor in tf.nest.flatten(arguments) if tensor is not None]
        if tensors:  # the gradient has none: it goes on with what it finds
            self._numbers = _Numbers()
        recording = _Recording(self._numbers)
        for tensor in tensors:
            self._numbers.add(tensor)
            recording.lines.append((tensor.dtype.name, str(tensor.shape)))
        with watched_by(recording):
            result = function(*arguments)
        self.has_custom_gradients |= recording.has_custom_gradients
        return result, Section.of(recording.lines, recording.constants, recording.outline)

    def _replay(
        self,
        function: Callable[..., Any],
        arguments: Sequence[Any],
        section: Section,
        theirs: dict[int, Any],
        *,
        is_part: bool,
    ) -> Any:
        replaying = _Replaying(section, theirs)
        with watched_by(replaying):
            result = function(*arguments)
        if not is_part and replaying.n_made != len(section.outline):
            raise AnotherTraceError
        return result


class _Section(Watcher):
    def __init__(self) -> None:
        super().__init__()
        self.has_custom_gradients = False

    def _written(self, operation: tf.Operation, attributes: Mapping[str, Any]) -> tuple[Any, Any]:
        """An operation without what goes into it: in full, and without the functions that it runs. In these, TensorFlow
        makes other operations where it knows less of the shapes.
        """
        with suppress(ValueError):
            self.has_custom_gradients |= bool(operation.get_attr(CUSTOM_GRADIENT))
        writer = _Attributes(operation.graph)
        kept = sorted((name, value) for name, value in attributes.items() if name not in NO_CONTENT)
        plain = [(name, writer.of(value)) for name, value in kept]
        self.has_custom_gradients |= writer.has_custom_gradients
        line = operation.type, plain
        return line, operation.type if writer.runs_functions else line


class _Numbers:
    """What tensors are called in a trace: by the order in which they come."""

    def __init__(self) -> None:
        self._numbers: dict[int, str] = {}
        self._kept: list[Any] = []  # so that no other object gets its id

    def add(self, thing: Any, name: str | None = None) -> None:
        """Give something the next number."""
        if id(thing) not in self._numbers:
            self._numbers[id(thing)] = str(len(self._kept)) if name is None else name
            self._kept.append(thing)

    def of(self, thing: Any) -> str:
        """The number of something, its first if it has none."""
        self.add(thing)
        return self._numbers[id(thing)]


class _Recording(_Section):
    def __init__(self, numbers: _Numbers) -> None:
        super().__init__()
        self._numbers = numbers
        self.lines: list[Any] = []
        self.outline: list[str] = []
        self.constants: list[Constant] = []

    def constant(self, value: Constant, make: Callable[[], Any]) -> Any:
        tensor = make()
        self._note(("constant", value.dtype.name, value.shape))
        self.constants.append(value)
        self._numbers.add(tensor)
        return tensor

    def array(self, value: Constant) -> None:
        self._note(_line_of(value))

    def made(self, operation: tf.Operation, attributes: Mapping[str, Any]) -> None:
        inputs = [self._numbers.of(tensor) for tensor in operation.inputs]
        line, rough = self._written(operation, attributes)
        self.outline.append(digest([rough]))
        self.lines.append((line, inputs))
        for tensor in operation.outputs:
            self._numbers.add(tensor)

    def _note(self, line: Any) -> None:
        self.outline.append(digest([line]))
        self.lines.append(line)


class _Replaying(_Section):
    def __init__(self, section: Section, theirs: Mapping[int, Any]) -> None:
        super().__init__()
        self._expected, self._outline = section.constants, section.outline
        self._theirs = {number: tf.identity(value) for number, value in theirs.items()}
        self._n_constants = self.n_made = 0

    def constant(self, value: Constant, make: Callable[[], Any]) -> Any:
        self._hold(("constant", value.dtype.name, value.shape))
        number, self._n_constants = self._n_constants, self._n_constants + 1
        if not same_constant(value, self._expected[number]):
            raise AnotherTraceError
        return self._theirs[number] if number in self._theirs else make()

    def array(self, value: Constant) -> None:
        self._hold(_line_of(value))

    def made(self, operation: tf.Operation, attributes: Mapping[str, Any]) -> None:
        _, rough = self._written(operation, attributes)
        self._hold(rough)

    def _hold(self, line: Any) -> None:
        """Raise if the next operation is another one than was recorded."""
        number, self.n_made = self.n_made, self.n_made + 1
        if number >= len(self._outline) or digest([line]) != self._outline[number]:
            raise AnotherTraceError


def _line_of(array: Constant) -> Any:
    return "array", array.dtype.name, digest([array.tobytes()])


class _Attributes:
    """Writes attributes of operations in words that do not depend on names."""

    def __init__(self, graph: tf.Graph) -> None:
        self._graph = graph
        self.has_custom_gradients = False
        self.runs_functions = False

    def of(self, attribute: Any) -> Any:
        """One of them."""
        kind = attribute.WhichOneof("value")
        if kind == "func":
            return self._function(attribute.func.name)
        if kind == "list" and attribute.list.func:
            return [self._function(function.name) for function in attribute.list.func]
        return attribute.SerializeToString(deterministic=True)

    def _function(self, name: str) -> str:
        """A digest of a function that a loop or a branch runs, all of its constants included."""
        self.runs_functions = True
        definition = function_definition(self._graph, name)
        numbers = {argument.name: str(number) for number, argument in enumerate(definition.signature.input_arg)}
        numbers |= {node.name: f"n{number}" for number, node in enumerate(definition.node_def)}

        def renamed(reference: str) -> str:
            start, _, rest = reference.lstrip("^").partition(":")
            return f"{'^' if reference[:1] == '^' else ''}{numbers.get(start, start)}:{rest}"

        lines: list[Any] = []
        for node in definition.node_def:
            self.has_custom_gradients |= CUSTOM_GRADIENT in node.attr
            attributes = sorted((key, self.of(value)) for key, value in node.attr.items() if key not in NO_CONTENT)
            lines.append((node.op, list(map(renamed, node.input)), attributes))
        return digest([*lines, [renamed(definition.ret[output.name]) for output in definition.signature.output_arg]])


def record(model: keras.Model, tables: Tables, known: Callable[[str, str], Section | None]) -> dict[str, Section]:
    """The sections of a model's training.

    Parameters
    ----------
    model : keras.Model
        Built and compiled, with all variables of its losses and metrics.
    tables : Tables
        Some rows.
    known : callable
        From the name of a section and the structure of ``train`` to a section that need not be traced; or None.
    """
    tracer = TensorFlowTracer()
    own = TensorFlowSteps(model, tables.structure, tracer)
    graph = new_graph("trace")
    with building_or_tracing, graph.as_default(), tracing(model.optimizer):
        batch = tables.structure.pack([[_placeholder(array) for array in part] for part in tables.arrays])
        parts = [*variables_of(model), model.metrics_variables]
        values = [[_placeholder_of(variable) for variable in part] for part in parts]
        with tf.GradientTape() as tape:
            tape.watch(values[0])
            loss, scaled, y_pred, new = tracer.run("train", own._forward, values, *batch)
        found = tracer.recorded
        structure = found["train"].structure
        optimizer, metrics, results = (known(name, structure) for name in ("optimizer", "metrics", "results"))
        gradients = None
        if tracer.has_custom_gradients:
            gradients = tracer.run("gradient", lambda: tape.gradient(scaled, values[0]))
        if optimizer is None:
            gradients = tape.gradient(scaled, values[0]) if gradients is None else gradients
            try:
                tracer.run("optimizer", own._updated, new, gradients)
            except Exception as error:
                check_updates(model.optimizer, error)
                raise
        if metrics is None or results is None:
            X, y, sample_weight = batch
            tracer.run("metrics", own._tracked, values, loss, X, y, y_pred, sample_weight)
            tracer.run("results", own._results, values[3])
        *outputs, new = tracer.run("test", own._tested, values, *batch)
    # Losses of several outputs change their metrics.
    pairs = zip(tf.nest.flatten(values[:3]), tf.nest.flatten(new[:3]), strict=True)
    changed = [pair for pair in pairs if pair[0] is not pair[1]]
    if _follow_from(outputs, tf.nest.flatten(changed)):
        raise CannotFuseError(CHANGING_INFERENCE)
    if any(tensor.dtype == tf.resource for tensor, _ in graph.captures):
        raise CannotFuseError(STRANGE_STATE)
    given = {"optimizer": optimizer, "metrics": metrics, "results": results}
    return found | {name: section for name, section in given.items() if section is not None}


def _follow_from(results: Any, tensors: Sequence[tf.Tensor]) -> bool:
    """Whether any of some results is computed from one of some tensors."""
    sought, seen = {tensor.ref() for tensor in tensors}, set()
    left = [tensor.ref() for tensor in tf.nest.flatten(results) if tf.is_tensor(tensor)]
    while left:
        reference = left.pop()
        if reference not in seen:
            seen.add(reference)
            left.extend(tensor.ref() for tensor in reference.deref().op.inputs)
    return not sought.isdisjoint(seen)


def _placeholder(array: Any) -> tf.Tensor:
    return tf.compat.v1.placeholder(tf.as_dtype(array.dtype), (None, *array.shape[1:]))


def _placeholder_of(variable: keras.Variable) -> tf.Tensor:
    return tf.compat.v1.placeholder(variable.value.dtype, variable.shape)


def steps(model: keras.Model, structure: Structure) -> TensorFlowSteps:
    """The steps of a model by itself."""
    return TensorFlowSteps(model, structure, TensorFlowTracer())
