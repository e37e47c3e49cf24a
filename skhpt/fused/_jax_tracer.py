"""Recording what JAX computes in a function, and replacing its constants.

Here are the parts of JAX that take expressions (jaxprs) to pieces; `tests/fused/test_traces.py` fails when they change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import jax
import jax.extend as jex
import jax.numpy as jnp
import keras
import numpy as np

from skhpt.estimators import variables_of
from skhpt.exceptions import CannotFuseError
from skhpt.fused._data import Structure, Tables
from skhpt.fused._jax_steps import JaxSteps
from skhpt.fused._program import building_or_tracing
from skhpt.fused._reasons import CHANGING_INFERENCE, STRANGE_STATE
from skhpt.fused._trace import AnotherTraceError, Constant, Section, Tracer, digest

_CALLS = {"jit", "pjit", "closed_call", "core_call"}  # an expression within another, which may as well stand in it


class JaxTracer(Tracer):
    """As of `Tracer`."""

    expression: Any  # what was recorded last

    def _record(self, function: Callable[..., Any], arguments: Sequence[Any]) -> tuple[Any, Section]:
        expression, outputs = jax.make_jaxpr(function, return_shape=True)(*arguments)
        self.expression = expression
        writer = _Writer()
        writer.write(expression)
        return outputs, Section.of(writer.lines, writer.constants)

    def _replay(
        self,
        function: Callable[..., Any],
        arguments: Sequence[Any],
        section: Section,
        theirs: dict[int, Any],
        *,
        is_part: bool,
    ) -> Any:
        if not theirs:
            return function(*arguments)
        expression, outputs = jax.make_jaxpr(function, return_shape=True)(*arguments)
        evaluation = _Evaluation(section.constants, theirs)
        results = evaluation.of(expression, jax.tree.leaves(arguments))
        if not is_part and evaluation.n_met != len(section.constants):
            raise AnotherTraceError
        return jax.tree.unflatten(jax.tree.structure(outputs), results)


def _is_constant(value: Any) -> bool:
    return bool(jnp.issubdtype(jnp.result_type(value), np.floating))


class _Writer:
    """Writes an expression down without the names of its variables, its constants apart."""

    def __init__(self) -> None:
        self.lines: list[Any] = []
        self.constants: list[Constant] = []
        self._numbers: dict[Any, str] = {}

    def write(self, expression: Any) -> None:
        """A whole expression, whose arguments are numbered first."""
        for variable in expression.jaxpr.invars:
            self._numbers[variable] = f"v{len(self._numbers)}"
            self.lines.append(variable.aval.str_short())
        self._write(expression)
        self.lines.append([self._read(variable) for variable in expression.jaxpr.outvars])

    def _write(self, expression: Any) -> None:
        for variable, value in zip(expression.jaxpr.constvars, expression.consts, strict=True):
            self._numbers[variable] = self._constant(value)
        for equation in expression.jaxpr.eqns:
            inputs = [self._read(variable) for variable in equation.invars]
            if (inner := _called(equation)) is not None:
                self._numbers.update(zip(inner.jaxpr.invars, inputs, strict=True))
                self._write(inner)
                results = [self._read(variable) for variable in inner.jaxpr.outvars]
                self._numbers.update(zip(equation.outvars, results, strict=True))
                continue
            for variable in equation.outvars:
                self._numbers[variable] = f"v{len(self._numbers)}"
            shapes = [variable.aval.str_short() for variable in equation.outvars]
            name = equation.primitive.name
            # A function of Python's is the same only as itself.
            parameters = repr(equation.params) if "callback" in name else _written(equation.params)
            self.lines.append((name, inputs, shapes, parameters))

    def _read(self, variable: Any) -> str:
        return self._constant(variable.val) if isinstance(variable, jex.core.Literal) else self._numbers[variable]

    def _constant(self, value: Any) -> str:
        array = np.asarray(value)
        if not _is_constant(value):
            return f"{array.dtype} {array.tolist() if array.size < 9 else digest([array.tobytes()])}"
        self.constants.append(array)
        return f"constant {array.dtype} {array.shape}"


class _Evaluation:
    """Computes an expression with other values for some of its constants."""

    def __init__(self, expected: Sequence[Constant], theirs: Mapping[int, Any]) -> None:
        self._expected, self._theirs = expected, theirs
        self.n_met = 0
        self._values: dict[Any, Any] = {}

    def of(self, expression: Any, arguments: Sequence[Any]) -> list[Any]:
        """What it comes to."""
        self._values.update(zip(expression.jaxpr.invars, arguments, strict=True))
        for variable, value in zip(expression.jaxpr.constvars, expression.consts, strict=True):
            self._values[variable] = self._constant(value)
        for equation in expression.jaxpr.eqns:
            inputs = [self._read(variable) for variable in equation.invars]
            if (inner := _called(equation)) is not None:
                results = self.of(inner, inputs)
            else:
                results = equation.primitive.bind(*inputs, **equation.primitive.get_bind_params(equation.params))
                results = results if equation.primitive.multiple_results else [results]
            self._values.update(zip(equation.outvars, results, strict=True))
        return [self._read(variable) for variable in expression.jaxpr.outvars]

    def _read(self, variable: Any) -> Any:
        return self._constant(variable.val) if isinstance(variable, jex.core.Literal) else self._values[variable]

    def _constant(self, value: Any) -> Any:
        if not _is_constant(value):
            return value
        number, self.n_met = self.n_met, self.n_met + 1
        if number not in self._theirs:
            return value  # some follow from how many rows there are, and the trace has few
        if np.asarray(value).tobytes() != self._expected[number].tobytes():
            raise AnotherTraceError
        return self._theirs[number]


def _called(equation: Any) -> Any:
    """The expression that an equation only calls; None if it is not of that kind."""
    return equation.params["jaxpr"] if equation.primitive.name in _CALLS and "jaxpr" in equation.params else None


def _written(parameters: Mapping[str, Any]) -> list[Any]:
    return [(name, _plain(value)) for name, value in sorted(parameters.items())]


def _plain(value: Any) -> Any:
    """A parameter of an equation in words; what is computed in loops and branches with all of its constants."""
    if isinstance(value, jex.core.ClosedJaxpr):
        writer = _Writer()
        writer.write(value)
        return digest([*writer.lines, *(constant.tobytes() for constant in writer.constants)])
    if isinstance(value, jex.core.Jaxpr):
        return _plain(jex.core.ClosedJaxpr(value, ()))
    if isinstance(value, (list, tuple)):
        return [_plain(entry) for entry in value]
    return type(value).__name__ if callable(value) and not isinstance(value, type) else repr(value)


def record(model: keras.Model, tables: Tables, known: Callable[[str, str], Section | None]) -> dict[str, Section]:
    """The sections of a model's training. Parameters as on TensorFlow."""
    tracer = JaxTracer()
    steps = JaxSteps(model, tables.structure, tracer)
    with building_or_tracing:
        batch = tables.structure.pack([[_spec(array) for array in part] for part in tables.arrays])
        parts = [*variables_of(model), model.metrics_variables]
        values = [[_spec(variable.value) for variable in part] for part in parts]
        try:
            return dict(_sections(tracer, steps, values, batch, known))
        except (jax.errors.UnexpectedTracerError, jax.errors.TracerArrayConversionError) as error:
            raise CannotFuseError(STRANGE_STATE) from error


def _sections(
    tracer: JaxTracer, steps: JaxSteps, values: Any, batch: Any, known: Callable[[str, str], Section | None]
) -> Iterator[tuple[str, Section]]:
    X, y, sample_weight = batch
    loss, y_pred, gradients, _ = tracer.run("train", steps._forward_and_back, values, *batch)
    train = tracer.recorded["train"]
    yield "train", train
    others = {
        "optimizer": (steps._updated, values, gradients),
        "metrics": (steps._tracked, values, loss, X, y, y_pred, sample_weight),
        "results": (steps._results, values[3]),
    }
    for name, (function, *arguments) in others.items():
        section = known(name, train.structure)
        if section is None:
            tracer.run(name, function, *arguments)
            section = tracer.recorded[name]
        yield name, section
    tracer.run("test", steps._tested, values, *batch)
    if _output_follows_from_changes(tracer.expression.jaxpr, [len(part) for part in values]):
        raise CannotFuseError(CHANGING_INFERENCE)
    yield "test", tracer.recorded["test"]


def _output_follows_from_changes(expression: Any, sizes: Sequence[int]) -> bool:
    """Whether what `_tested` returns is computed from variables that it changes, but for the metrics."""
    n_results, n_held = len(expression.outvars) - sum(sizes), sum(sizes[:-1])
    results, after = expression.outvars[:n_results], expression.outvars[n_results:][:n_held]
    pairs = zip(expression.invars[:n_held], after, strict=True)
    changed = _variables(one for pair in pairs if pair[0] is not pair[1] for one in pair)
    needed = _variables(results)
    for equation in reversed(expression.eqns):
        if not needed.isdisjoint(equation.outvars):
            needed |= _variables(equation.invars)
    return not needed.isdisjoint(changed)


def _variables(atoms: Iterable[Any]) -> set[Any]:
    return {atom for atom in atoms if not isinstance(atom, jex.core.Literal)}


def _spec(array: Any) -> jax.ShapeDtypeStruct:
    return jax.ShapeDtypeStruct(tuple(array.shape), jax.dtypes.canonicalize_dtype(array.dtype))


def steps(model: keras.Model, structure: Structure) -> JaxSteps:
    """The steps of a model by itself."""
    return JaxSteps(model, structure, JaxTracer())
