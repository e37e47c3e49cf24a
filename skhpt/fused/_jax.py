"""The program of many lanes on JAX, and with the other files of that name all that the fused engine needs of it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import jax
import keras
import numpy as np
import numpy.typing as npt

from skhpt.estimators import ModelState, variables_of
from skhpt.exceptions import CannotFuseError
from skhpt.fused._data import Batches, Tables
from skhpt.fused._jax_functions import JaxFunctions, State
from skhpt.fused._jax_stack import JaxStack
from skhpt.fused._jax_steps import JaxSteps
from skhpt.fused._jax_tracer import JaxTracer, record
from skhpt.fused._lane_steps import fresh_metrics
from skhpt.fused._memory import lane_bytes
from skhpt.fused._program import building_or_tracing
from skhpt.fused._reasons import ANOTHER_TRACE, STRANGE_STATE, first_line
from skhpt.fused._shelf import Shelf
from skhpt.fused._sparse_tables import sparse_table
from skhpt.fused._stretches import on_first_axis, padded, stretches
from skhpt.fused._trace import AnotherTraceError, Trace, same_constant

_FEW_STEPS = 4  # that all lanes take and only some keep, rather than to compile for those alone
_IN_A_HURRY = {"xla_backend_optimization_level": 0}  # compiles in half the time what then takes twice its time
_LITTLE_WORK = 2**31  # bytes that steps go over: less than a second at any level
_MOST_COMPILED = 64  # of a program that is kept for later searches, over data of other sizes
_LIKELY_EPOCHS = 100  # of a training that callbacks may end at any time


class JaxProgram:
    """Trains, evaluates and asks for predictions the models of many lanes at once.

    Each lane's model is the same `keras.Model`, with other values for its variables: Keras runs it without touching
    them (`keras.StatelessScope`) for one lane and one batch, `jax.vmap` for all lanes, and a loop within the program
    for all batches of an epoch. XLA compiles anew for each shape of what it is given, which takes longer than many a
    training. So arrays have room for some more lanes and steps than there are, lanes that end leave theirs empty until
    half of it is, and how many of the steps are taken is part of no shape.

    Parameters
    ----------
    model : keras.Model
        Built and compiled. It is left as it is.
    tables : Tables
        Data of the kind that there will be: their structure, dtypes and shapes, but for the number of rows.
    trace : Trace
        The model's.
    inputs : sequence of int
        The numbers of its constants of which each lane has a value of its own.
    halts : bool, default=False
        Whether a lane stays as it is for the rest of an epoch in which its loss is not finite any more.

    Attributes
    ----------
    n_compiled : int
        What XLA has compiled so far: functions, and each of them for some shapes.
    """

    def __init__(
        self, model: keras.Model, tables: Tables, trace: Trace, inputs: Sequence[int] = (), *, halts: bool = False
    ) -> None:
        self._model, self._tables, self._trace = model, tables, trace
        self._checked: set[str] = set()
        tracer = JaxTracer(trace, inputs)
        self._constants = tracer.specs
        self._steps = JaxSteps(model, tables.structure, tracer, halts=halts)
        self._functions = JaxFunctions(self._steps)
        self._fresh_metrics = fresh_metrics(model)
        self._compiled: Shelf[Callable[..., Any]] = Shelf(_MOST_COMPILED)
        self.n_compiled = 0
        self._lane_bytes = functools.cache(functools.partial(lane_bytes, model))

    def check(self, *, evaluates: bool = False) -> None:
        """Trace what there will be to run.

        Parameters
        ----------
        evaluates : bool, default=False
            Whether there are rows to be evaluated after each epoch.

        Raises
        ------
        CannotFuseError
            If it can't be traced, or reads or changes what is not one lane's own.
        """
        names = {"train", "predict", *(["evaluate"] if evaluates else [])} - self._checked
        try:
            with building_or_tracing:
                effects = [self._effects_of(name) for name in sorted(names)]
            if any(effects):
                raise CannotFuseError("the model calls Python while it is trained")
            if not self._checked:
                self._check_trace()
        except CannotFuseError:
            raise
        except AnotherTraceError as error:
            raise CannotFuseError(ANOTHER_TRACE) from error
        except jax.errors.UnexpectedTracerError as error:  # what one of them has left, another one has met
            raise CannotFuseError(STRANGE_STATE) from error
        except Exception as error:
            raise CannotFuseError(f"JAX can't trace its training ({first_line(error)})") from error
        if not self._steps.knows_all_variables:
            raise CannotFuseError(STRANGE_STATE)
        self._checked |= names

    def _check_trace(self) -> None:
        """Raise if the model does not compute what was recorded of it any more."""
        again = Trace(dict(sorted(record(self._model, self._tables, lambda *section: None).items())), self._trace.names)
        same = again.structure == self._trace.structure
        if not (same and all(map(same_constant, again.constants, self._trace.constants))):
            raise CannotFuseError(ANOTHER_TRACE)

    def _effects_of(self, name: str) -> Any:
        """What a function does besides what it returns."""
        state = [[_any_lanes(v.shape, v.dtype) for v in part] for part in variables_of(self._model)]
        state.append([_any_lanes(value.shape, value.dtype) for value in self._constants])
        state.append([_any_lanes(value.shape, value.dtype) for value in self._fresh_metrics])
        tables = [[_spec(array.shape, array.dtype) for array in part] for part in self._tables.arrays]
        numbers = [_spec((1, 2, 2), np.int32)] * 3
        if name == "predict":
            state, tables, numbers = [*state[:2], state[3]], tables[:1], numbers[:1]
        function = getattr(self._functions, name)
        return jax.make_jaxpr(function)(state, tables, numbers, _any_lanes((), np.int32), _spec((), np.int32)).effects

    def put(self, arrays: Sequence[Any]) -> list[Any]:
        """Arrays where the program reads them."""
        return [jax.device_put(sparse_table(array) or np.asarray(array)) for array in arrays]  # also rows of a view

    def stack(self, states: Sequence[ModelState]) -> JaxStack:
        """Put the states of lanes beside each other."""
        return JaxStack.of(states)

    def read(self, stack: JaxStack) -> list[ModelState]:
        """The states of all lanes."""
        return stack.states

    def take(self, stack: JaxStack, lanes: Sequence[int]) -> JaxStack:
        """Some of the lanes."""
        return stack.take(lanes)

    def replace(self, stack: JaxStack, lanes: Sequence[int], states: Sequence[ModelState]) -> JaxStack:
        """Give some lanes another state."""
        return stack.replace(lanes, states)

    def train(
        self, stack: JaxStack, tables: Any, batches: Sequence[Batches], *, n_epochs: int = 1
    ) -> tuple[JaxStack, dict[str, npt.NDArray[Any]]]:
        """One epoch for all lanes.

        Parameters
        ----------
        stack : JaxStack
            The lanes.
        tables : list of list of jax.Array
            The data, by `put`.
        batches : sequence of Batches
            In the order in which they are trained on, each for a range of lanes.
        n_epochs : int, default=1
            How many there will be of just these lanes.

        Returns
        -------
        stack : JaxStack
            Afterwards.
        logs : dict of str to ndarray of shape (n_lanes, ...)
            The loss and the metrics of the epoch.
        """
        return self._over("train", n_epochs, stack, tables, batches)

    def evaluate(
        self, stack: JaxStack, tables: Any, batches: Sequence[Batches]
    ) -> tuple[JaxStack, dict[str, npt.NDArray[Any]]]:
        """The loss and the metrics of all lanes on rows to be evaluated. Arguments as of `train`."""
        return self._over("evaluate", 1, stack, tables, batches)

    def predict(self, stack: JaxStack, tables: Any, batches: Batches) -> Any:
        """What the models put out.

        Returns
        -------
        ndarray of shape (n_lanes, n_rows, ...), or list or dict of them
            One for each output.
        """
        n_lanes = len(batches.views)
        state = _of_lanes([*stack.parts[:2], stack.constants], batches.lanes, padded(n_lanes))
        outputs = []
        for stretch in stretches(batches, 0, padded(n_lanes)):
            rows = [tables[0]], stretch.numbers[:1], stretch.views, np.int32(stretch.n_steps)
            by_step = self._run("predict", 1, state, *rows)
            outputs.append([_by_lane(output, n_lanes, stretch.n_steps) for output in keras.tree.flatten(by_step)])
        joined = [np.concatenate(parts, axis=1) for parts in zip(*outputs, strict=True)]
        return keras.tree.pack_sequence_as(by_step, joined)

    def _over(
        self, name: str, n_epochs: int, stack: JaxStack, tables: Any, batches: Sequence[Batches]
    ) -> tuple[JaxStack, dict[str, npt.NDArray[Any]]]:
        metrics = [np.broadcast_to(value, (stack.room, *value.shape)) for value in self._fresh_metrics]
        # What is trained is a copy, which is changed in place: if Ctrl-C comes, checkpoints are kept of the stack.
        state: State = [*stack.parts, stack.constants, jax.device_put(metrics)]
        if name == "train":
            state = jax.device_put(state, may_alias=False)
        run = functools.partial(self._run, name, n_epochs)
        for part in batches:
            if part.lanes == slice(0, stack.n_lanes):
                state = self._steps_of(run, state, tables, part)
            elif part.X.shape[1] <= _FEW_STEPS * part.size:
                theirs = np.zeros(stack.room, bool)
                theirs[part.lanes] = True
                state = self._steps_of(run, state, tables, part, theirs)
            else:
                state = self._steps_apart(run, state, tables, part)
        *parts, _, metrics = state
        results = self._run("results", 1, metrics, stack.constants)
        logs = {name: np.asarray(result)[: stack.n_lanes] for name, result in results.items()}
        return JaxStack(stack.n_lanes, parts, stack.constants), logs

    @staticmethod
    def _steps_of(run: Callable[..., Any], state: State, tables: Any, part: Batches, theirs: Any = None) -> State:
        """All steps of a part, of which some lanes keep what comes of it."""
        first = 0 if theirs is None else part.lanes.start
        for stretch in stretches(part, first, len(state[0][0])):
            rows = tables, stretch.numbers, stretch.views, np.int32(stretch.n_steps)
            state = run(state, *rows, theirs)
        return state

    def _steps_apart(self, run: Callable[..., Any], state: State, tables: Any, part: Batches) -> State:
        """All steps of a part, by its lanes alone."""
        n_lanes = len(part.views)
        all_lanes = [[np.array(array) for array in arrays] for arrays in state]
        some = jax.device_put(_of_lanes(state, part.lanes, padded(n_lanes)), may_alias=False)
        for arrays, changed in zip(all_lanes, self._steps_of(run, some, tables, part), strict=True):
            for array, values in zip(arrays, changed, strict=True):
                array[part.lanes] = np.asarray(values)[:n_lanes]
        put: State = jax.device_put(all_lanes)
        return put

    def _run(self, name: str, n_epochs: int, *arguments: Any) -> Any:
        """Call one of the functions, which XLA compiles for the shapes that it has not yet met."""
        shapes = [(array.shape, array.dtype) for array in jax.tree.leaves(arguments)]
        is_little = name == "results" or self._bytes_of(*arguments) * max(n_epochs, _LIKELY_EPOCHS) <= _LITTLE_WORK
        compiled = self._compiled.get((name, is_little, *shapes), lambda: self._compile(name, is_little, arguments))
        return compiled(*arguments)

    def _compile(self, name: str, is_little: bool, arguments: Sequence[Any]) -> Callable[..., Any]:
        function = jax.jit(getattr(self._functions, name), donate_argnums=(0,) if name == "train" else ())
        with building_or_tracing:
            if name != "results":
                self._check_trace()  # to compile it is to call the model's Python code again
            lowered = function.lower(*arguments)
        self.n_compiled += 1
        compiled: Callable[..., Any] = lowered.compile(_IN_A_HURRY if is_little else None)
        return compiled

    def _bytes_of(self, state: State, tables: Any, numbers: Sequence[Any], *_: Any) -> int:
        """An estimate of what the steps of a stretch go over."""
        _, n_steps, n_rows = numbers[0].shape
        return int(len(state[0][0]) * n_steps * self._lane_bytes(n_rows))


def _any_lanes(shape: Sequence[int], dtype: Any) -> jax.ShapeDtypeStruct:
    return _spec((2, *shape), dtype)


def _spec(shape: Sequence[int], dtype: Any) -> jax.ShapeDtypeStruct:
    return jax.ShapeDtypeStruct(tuple(shape), jax.dtypes.canonicalize_dtype(dtype))


def _of_lanes(parts: Sequence[Sequence[Any]], lanes: slice, room: int) -> State:
    if lanes.start == 0 and len(parts[0][0]) == room:
        return [list(part) for part in parts]
    return [[on_first_axis(np.asarray(array)[lanes], room) for array in part] for part in parts]


def _by_lane(output: Any, n_lanes: int, n_steps: int) -> npt.NDArray[Any]:
    """Of shape (n_lanes, n_rows, ...), of what a program gives by step, lane and row."""
    lanes_first = np.asarray(output)[:n_steps, :n_lanes].swapaxes(0, 1)
    return lanes_first.reshape(n_lanes, -1, *lanes_first.shape[3:])
