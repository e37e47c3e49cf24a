"""The program of many lanes on TensorFlow.

With `_lane_steps.py`, `_tensorflow_steps.py` and the seam `tensorflow_pfor`, it is all that the engine needs of it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from skhpt._compat.keras_objects import layers_of
from skhpt._compat.tensorflow_pfor import check_updates, for_each_lane, tracing
from skhpt.estimators import ModelState, variables_of
from skhpt.exceptions import CannotFuseError
from skhpt.fused._data import Batches, Tables
from skhpt.fused._lane_steps import fresh_metrics
from skhpt.fused._live import Live
from skhpt.fused._program import building_or_tracing
from skhpt.fused._reasons import ANOTHER_TRACE, STRANGE_STATE, first_line
from skhpt.fused._sparse_tables import is_sparse
from skhpt.fused._tensorflow_stack import Stack, put_back, select
from skhpt.fused._tensorflow_steps import TensorFlowSteps
from skhpt.fused._tensorflow_tables import gathered, put, rows_spec
from skhpt.fused._tensorflow_tracer import TensorFlowTracer
from skhpt.fused._trace import AnotherTraceError, Trace

_STEPS_WORTH_XLA = 4000  # compiling takes 1.2 s for each number of lanes, and saves 0.7 to 1 ms a step (2 cores)
_FASTER_BY_XLA = (
    keras.layers.Activation,
    keras.layers.Dense,
    keras.layers.Flatten,
    keras.layers.InputLayer,
    keras.layers.ReLU,
    keras.layers.Reshape,
    Live,
)
_ANY_ROWS = tf.TensorSpec((None, None), tf.int32)


class TensorFlowProgram:
    """Trains, evaluates and asks for predictions the models of many lanes at once.

    Each lane's model is the same `keras.Model`, with other values for its variables: Keras runs it without touching
    them (`keras.StatelessScope`) for one lane and one batch, TensorFlow's `pfor` for all lanes,
    and a loop within the program for all batches of an epoch. What is called is traced once, for any number of lanes,
    rows and batches, and for any batch size.

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
    """

    def __init__(
        self, model: keras.Model, tables: Tables, trace: Trace, inputs: Sequence[int] = (), *, halts: bool = False
    ) -> None:
        self._model, self._structure = model, tables.structure
        tracer = TensorFlowTracer(trace, inputs)
        self._steps = TensorFlowSteps(model, tables.structure, tracer, halts=halts)
        self._variables = list(variables_of(model))
        self._fresh_metrics = fresh_metrics(model)
        stack = [[_any_lanes(variable) for variable in part] for part in self._variables]
        constants = [tf.TensorSpec((None, *value.shape), value.dtype) for value in tracer.specs]
        stack.append(constants)
        tables_spec = [[rows_spec(array) for array in part] for part in tables.arrays]
        rows = [tables_spec, _ANY_ROWS, _ANY_ROWS, _ANY_ROWS, tf.TensorSpec((None,), tf.int32)]
        metrics = [_any_lanes(variable) for variable in model.metrics_variables]
        size = tf.TensorSpec((), tf.int32)
        inputs, everything = [rows[0][0], _ANY_ROWS, rows[-1]], [*stack, metrics]
        self._arguments_of_steps = [stack, metrics, *rows]
        self._functions: dict[Any, tuple[Any, list[Any]]] = {
            "train": (self._train_rows, [*self._arguments_of_steps, size]),
            "evaluate": (self._evaluate_rows, [*self._arguments_of_steps, size]),
            "predict": (self._predict_rows, [[*stack[:2], constants], *inputs, size]),
            "select": (select, [tf.TensorSpec((None,), tf.bool), everything, everything]),
            "results": (self._metric_results, [metrics, constants]),
        }
        self._traced: dict[Any, Callable[..., Any]] = {}

    def check(self, *, evaluates: bool = False) -> None:
        """Trace what there will be to run.

        Parameters
        ----------
        evaluates : bool, default=False
            Whether there are rows to be evaluated after each epoch.

        Raises
        ------
        CannotFuseError
            If it can't be vectorised, or reads or changes what is not one lane's own.
        """
        try:
            for name in ("train", "results", "predict", *(["evaluate"] if evaluates else [])):
                self._run(name)
        except CannotFuseError:
            raise
        except AnotherTraceError as error:
            raise CannotFuseError(ANOTHER_TRACE) from error
        except Exception as error:
            check_updates(self._model.optimizer, error)
            raise CannotFuseError(f"TensorFlow can't vectorise its training ({first_line(error)})") from error

    def _run(self, name: Any) -> Callable[..., Any]:
        """One of the functions, which is traced the first time: by one thread at a time."""
        if name in self._traced:
            return self._traced[name]
        with building_or_tracing:
            if name not in self._traced:
                with tracing(self._model.optimizer):
                    function, specs = self._functions[name]
                    by_xla = True if isinstance(name, int) else None
                    traced = tf.function(function, autograph=False, jit_compile=by_xla).get_concrete_function(*specs)
                if any(tensor.dtype == tf.resource for tensor in traced.captured_inputs):
                    raise CannotFuseError(STRANGE_STATE)
                self._traced[name] = traced
            return self._traced[name]

    def _over_tables(self, name: str, tables: Any) -> Callable[..., Any]:
        """One of the functions for tables of which some may be sparse, and were dense when it was checked."""
        of_sparse = tuple(map(is_sparse, chain.from_iterable(tables)))
        if not any(of_sparse):
            return self._run(name)
        function, specs = self._functions[name]
        place = 1 if name == "predict" else 2
        found = tf.nest.map_structure(rows_spec, tables[0] if name == "predict" else tables)
        self._functions.setdefault((name, of_sparse), (function, [*specs[:place], found, *specs[place + 1 :]]))
        return self._run((name, of_sparse))

    def put(self, arrays: Sequence[Any]) -> list[tf.Tensor]:
        """Arrays where the program reads them."""
        return [put(array) for array in arrays]

    def stack(self, states: Sequence[ModelState]) -> Stack:
        """Put the states of lanes beside each other."""
        return [
            [tf.constant(np.stack(values)) for values in zip(*parts, strict=True)]
            for parts in zip(*(state.parts for state in states), strict=True)
        ]

    def read(self, stack: Stack) -> list[ModelState]:
        """The states of all lanes."""
        arrays = [[tensor.numpy() for tensor in part] for part in stack]
        n_lanes = len(arrays[0][0])
        return [ModelState(*([array[lane] for array in part] for part in arrays)) for lane in range(n_lanes)]

    def take(self, stack: Stack, lanes: Sequence[int]) -> Stack:
        """Some of the lanes."""
        return [[tf.gather(tensor, list(lanes)) for tensor in part] for part in stack]

    def replace(self, stack: Stack, lanes: Sequence[int], states: Sequence[ModelState]) -> Stack:
        """Give some lanes another state."""
        places = [[lane] for lane in lanes]
        new = self.stack(states)
        return [
            [tf.tensor_scatter_nd_update(tensor, places, values) for tensor, values in zip(part, new_part, strict=True)]
            for part, new_part in zip(stack, new, strict=True)
        ]

    def train(
        self, stack: Stack, tables: Any, batches: Sequence[Batches], *, n_epochs: int = 1
    ) -> tuple[Stack, dict[str, npt.NDArray[Any]]]:
        """One epoch for all lanes.

        Parameters
        ----------
        stack : Stack
            The lanes.
        tables : list of list of tensor
            The data, by `put`.
        batches : sequence of Batches
            In the order in which they are trained on, each for a range of lanes.
        n_epochs : int, default=1
            How many epochs there will be with just these lanes in all.

        Returns
        -------
        stack : Stack
            Afterwards.
        logs : dict of str to ndarray of shape (n_lanes, ...)
            The loss and the metrics of the epoch.
        """
        if not self._suits_xla or any(map(is_sparse, chain.from_iterable(tables))):
            return self._over(self._over_tables("train", tables), stack, tables, batches)

        def train(stack: Any, metrics: Any, *rows_and_size: Any) -> Any:
            *rows, size = rows_and_size
            n_rows = int(rows[1].shape[1])
            full = n_rows // int(size) * int(size)
            by_xla = None if n_epochs * full // int(size) < _STEPS_WORTH_XLA else self._by_xla(int(size))
            if by_xla is None:
                return self._run("train")(stack, metrics, *rows_and_size)
            tables, *numbers, views = rows
            first, last = [each[:, :full] for each in numbers], [each[:, full:] for each in numbers]
            *stack, metrics = by_xla(stack, metrics, tables, *first, views)
            if full == n_rows:
                return [*stack, metrics]
            return self._run("train")(stack, metrics, tables, *last, views, size)

        return self._over(train, stack, tables, batches)

    @functools.cached_property
    def _suits_xla(self) -> bool:
        """Whether XLA makes the steps faster: half the time for dense layers on a CPU, none for others."""
        return all(isinstance(layer, _FASTER_BY_XLA) for layer in layers_of(self._model)[1:])

    def _by_xla(self, size: int) -> Callable[..., Any] | None:
        """The training on full batches, compiled anew for each number of lanes and rows.

        None if the constants of a model whose batches are of a known size are not those that were recorded.
        """
        if size not in self._functions:
            self._functions[size] = functools.partial(self._train_full_batches, size), self._arguments_of_steps
        try:
            return self._run(size)
        except AnotherTraceError:
            return None

    def _train_full_batches(self, size: int, stack: Stack, metrics: list[tf.Tensor], tables: Any, *rows: Any) -> Any:
        *numbers, views = rows

        def batch_at(start: tf.Tensor) -> list[list[tf.Tensor]]:
            # Slices of a length that is known: else XLA would compute on as many rows as there could be.
            batch = [tf.slice(each, [0, start], [tf.shape(each)[0], size]) for each in numbers]
            return gathered(tables, batch, views)

        return self._loop(self._steps.train, [*stack, metrics], batch_at, tf.shape(numbers[0])[1], size)

    def evaluate(
        self, stack: Stack, tables: Any, batches: Sequence[Batches]
    ) -> tuple[Stack, dict[str, npt.NDArray[Any]]]:
        """The loss and the metrics of all lanes on rows to be evaluated. Arguments as of `train`."""
        return self._over(self._over_tables("evaluate", tables), stack, tables, batches)

    def predict(self, stack: Stack, tables: Any, batches: Batches) -> Any:
        """What the models put out.

        Returns
        -------
        ndarray of shape (n_lanes, n_rows, ...), or list or dict of them
            One for each output.
        """
        numbers = (tf.constant(batches.X), tf.constant(batches.views), tf.constant(batches.size))
        some = [[tensor[batches.lanes] for tensor in part] for part in (stack[0], stack[1], stack[3])]
        outputs = self._over_tables("predict", tables[:1])(some, tables[0], *numbers)
        return keras.tree.map_structure(lambda tensor: np.swapaxes(tensor.numpy(), 0, 1), outputs)

    def _over(
        self, function: Callable[..., Any], stack: Stack, tables: Any, batches: Sequence[Batches]
    ) -> tuple[Stack, dict[str, npt.NDArray[Any]]]:
        n_lanes = len(stack[0][0])
        metrics = [tf.constant(np.broadcast_to(value, (n_lanes, *value.shape))) for value in self._fresh_metrics]
        for part in batches:
            if part.lanes == slice(0, n_lanes):
                changed = function(stack, metrics, *self._arguments(tables, part))
            elif part.X.shape[1] <= part.size:
                changed = self._one_step_of_some(function, [*stack, metrics], tables, part)
            else:
                changed = self._all_steps_of_some(function, [*stack, metrics], tables, part)
            *stack, metrics = changed
        results = self._run("results")(metrics, stack[3])
        return stack, {name: result.numpy() for name, result in results.items()}

    def _one_step_of_some(self, function: Callable[..., Any], everything: Stack, tables: Any, part: Batches) -> Stack:
        """A step of all lanes, of which only some keep it: faster than to take them out and put them back."""
        theirs = np.zeros(len(everything[0][0]), bool)
        theirs[part.lanes] = True
        views = np.zeros(len(theirs), np.int32)
        views[part.lanes] = part.views
        *stack, metrics = everything
        changed = function(stack, metrics, *self._arguments(tables, replace(part, views=views)))
        selected: Stack = self._run("select")(tf.constant(theirs), changed, everything)
        return selected

    @staticmethod
    def _all_steps_of_some(function: Callable[..., Any], everything: Stack, tables: Any, part: Batches) -> Stack:
        *stack, metrics = [[tensor[part.lanes] for tensor in tensors] for tensors in everything]
        done = function(stack, metrics, *TensorFlowProgram._arguments(tables, part))
        return [
            [put_back(tensor, part.lanes, new) for tensor, new in zip(tensors, news, strict=True)]
            for tensors, news in zip(everything, done, strict=True)
        ]

    @staticmethod
    def _arguments(tables: Any, batches: Batches) -> tuple[Any, ...]:
        rows = (tf.constant(each) for each in (batches.X, batches.y, batches.sample_weight, batches.views))
        return (tables, *rows, tf.constant(batches.size))

    def _train_rows(self, stack: Stack, metrics: list[tf.Tensor], *rows: Any) -> list[Any]:
        return self._over_rows(self._steps.train, [*stack, metrics], *rows)

    def _evaluate_rows(self, stack: Stack, metrics: list[tf.Tensor], *rows: Any) -> list[Any]:
        return self._over_rows(self._steps.evaluate, [*stack, metrics], *rows)

    def _over_rows(self, step: Callable[..., Any], state: list[Any], tables: Any, *rows_and_size: Any) -> list[Any]:
        *rows, size = rows_and_size
        n_rows = tf.shape(rows[0])[1]
        return self._loop(step, state, lambda start: self._batch(tables, rows, start, size), n_rows, size)

    def _loop(
        self,
        step: Callable[..., Any],
        state: list[Any],
        batch_at: Callable[[tf.Tensor], Any],
        n_rows: tf.Tensor,
        size: Any,
    ) -> list[Any]:
        """Run a step over all batches. The last one may be smaller."""
        flat = tf.nest.flatten(state)

        @tf.autograph.experimental.do_not_convert
        def body(start: tf.Tensor, *flat: tf.Tensor) -> tuple[tf.Tensor, ...]:
            parts = tf.nest.pack_sequence_as(state, flat)
            changed = for_each_lane(lambda lane: step(*lane), (*parts, batch_at(start)))
            return (start + size, *tf.nest.flatten(changed))

        shapes = tuple(tf.TensorShape([None, *tensor.shape[1:]]) for tensor in flat)
        _, *flat = tf.while_loop(
            lambda start, *_: start < n_rows,
            body,
            (0, *flat),
            shape_invariants=(tf.TensorShape([]), *shapes),
            parallel_iterations=2,  # the next batch is gathered meanwhile; TensorFlow's default of ten takes memory
        )
        packed: list[Any] = tf.nest.pack_sequence_as(state, flat)
        return packed

    def _predict_rows(
        self, stack: Stack, tables: list[tf.Tensor], rows: tf.Tensor, views: tf.Tensor, size: tf.Tensor
    ) -> Any:
        n_rows = tf.shape(rows)[1]

        @tf.autograph.experimental.do_not_convert
        def body(start: tf.Tensor, number: tf.Tensor, *arrays: tf.TensorArray) -> tuple[Any, ...]:
            (batch,) = self._batch([tables], [rows, views], start, size)
            outputs = keras.tree.flatten(for_each_lane(lambda lane: self._steps.predict(*lane), (*stack, batch)))
            written = [
                array.write(number, _swapped(output))  # by rows: they are joined at the first axis
                for array, output in zip(arrays, outputs, strict=True)
            ]
            return (start + size, number + 1, *written)

        example = self._model_outputs(tables)
        options = {"size": 0, "dynamic_size": True, "infer_shape": False}
        arrays = [
            tf.TensorArray(output.dtype, element_shape=(None, None, *output.shape[1:]), **options)
            for output in keras.tree.flatten(example)
        ]
        _, _, *arrays = tf.while_loop(lambda start, *_: start < n_rows, body, (0, 0, *arrays))
        return keras.tree.pack_sequence_as(example, [array.concat() for array in arrays])

    def _model_outputs(self, tables: list[tf.Tensor]) -> Any:
        """What the outputs look like."""
        like = [table[-1] if is_sparse(table) else table for table in tables]
        X = self._structure.inputs([keras.KerasTensor((None, *table.shape[1:]), table.dtype.name) for table in like])
        return self._model.compute_output_spec(X)

    def _batch(
        self, tables: Any, rows: Sequence[tf.Tensor], start: tf.Tensor, size: tf.Tensor
    ) -> list[list[tf.Tensor]]:
        """The rows of one batch, of each lane."""
        *numbers, views = rows
        return gathered(tables, [each[:, start : start + size] for each in numbers], views)

    def _metric_results(self, metrics: list[tf.Tensor], constants: list[tf.Tensor]) -> dict[str, tf.Tensor]:
        results: dict[str, tf.Tensor] = for_each_lane(
            lambda lane: self._steps.metric_results(*lane), (metrics, constants)
        )
        return results


def _any_lanes(variable: keras.Variable) -> tf.TensorSpec:
    return tf.TensorSpec((None, *variable.shape), variable.value.dtype)


def _swapped(tensor: tf.Tensor) -> tf.Tensor:
    """With the first two axes in the other order."""
    return tf.transpose(tensor, [1, 0, *range(2, tensor.shape.rank)])
