"""The initial states of an architecture, of which only one model is built where that suffices."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any, cast

import keras
import numpy as np
import numpy.typing as npt

from skhpt._compat.keras_objects import layers_of, own_variables
from skhpt.estimators import ModelState, Rows, complete_compilation, fresh_metric_names, seeded, variables_of
from skhpt.exceptions import CannotFuseError
from skhpt.fused._architecture import Architecture, architecture_of
from skhpt.fused._data import shapes_of
from skhpt.fused._reasons import first_line
from skhpt.fused._trace import Trace
from skhpt.fused._tracing import trace_of

_MOST_DRAWS = 100_000


class Births:
    """Models of one architecture as they are before they are trained, by their seeds.

    Keras draws the seed of each initializer and of each source of dropout from one generator, one after the other.
    So the initial values under another seed can be drawn without building a model: where it can be told of each value
    of the one that was built, bit for bit, what it is made by. Otherwise a model is built for each seed.

    Parameters
    ----------
    build : callable
        Returns a built and compiled `keras.Model`; to be called under a seed.
    seed : int
        Under which the one model is built.

    Attributes
    ----------
    model : keras.Model
        That model, in its initial state.
    by_seed : bool
        Whether they serve no other seed than this.
    """

    def __init__(self, build: Callable[[], keras.Model], seed: int) -> None:
        self._build = build
        with seeded(seed) as layer_seeds:
            self.model = build()
            consumed = _Consumed.since(seed, layer_seeds)
        state = ModelState.of(variables_of(self.model))
        self._states = {seed: state}
        # An optimizer may begin with the weights, which are others under each seed.
        is_redrawn = all((value == value.ravel()[:1]).all() for value in state.optimizer)
        self._redraw = None if consumed is None or not is_redrawn else _Redraw.of(self.model, consumed)
        self.by_seed = self._redraw is None
        self._traces: dict[Hashable, Trace | CannotFuseError] = {}
        self._rows: Rows | None = None

    @cached_property
    def architecture(self) -> Architecture | None:
        """What it has in common with models that may be of other widths; None if that can't be told."""
        return architecture_of(self.model)

    def sample(self, rows: Rows, batch_size: int) -> Rows:
        """The rows to trace it on.

        JAX traces for a number of rows, which a user's code may look at; for TensorFlow it is unknown.
        """
        looks = keras.backend.backend() == "jax" and self.architecture is None
        return rows.few(batch_size) if looks else rows.few()

    def trace(self, rows: Rows) -> Trace:
        """What its training on such rows computes. They are those of a `sample`.

        Raises
        ------
        CannotFuseError
            If it can't be traced.
        """
        kind = shapes_of(rows), len(rows)
        if kind not in self._traces:
            self._rows = rows
            try:
                self._traces[kind] = trace_of(self.meet(rows), rows)
            except CannotFuseError as error:
                self._traces[kind] = error
            except Exception as error:  # noqa: BLE001 - the model does not take these rows, as a fit will say
                self._traces[kind] = CannotFuseError(f"Keras says: {first_line(error)}")
        trace = self._traces[kind]
        if isinstance(trace, CannotFuseError):
            raise trace
        return trace

    def meet(self, rows: Rows) -> keras.Model:
        """The model, with what only follows from the rows that it is to be trained on: its metrics."""
        with fresh_metric_names():
            complete_compilation(self.model, rows.few().arrays)
        return self.model

    def state(self, seed: int) -> ModelState:
        """The initial state under a seed."""
        if seed not in self._states:
            self._states[seed] = self._redrawn(cast(_Redraw, self._redraw), seed)
        return self._states[seed]

    @property
    def some_state(self) -> ModelState:
        """An initial state."""
        return next(iter(self._states.values()))

    def serves(self, seed: int, proven: set[str]) -> bool:
        """Whether the model under another seed differs in nothing but initial values that can be drawn again.

        Of a model with parts of the user's own, a number may follow from the seed that is in no variable: a copy of the
        initial weights in a loss, say. So one model is built under the second seed, and compared.

        Parameters
        ----------
        seed : int
            The other one.
        proven : set of str
            The structures of models of which this is known; added to. It tells nothing of a model that holds arrays.
        """
        if seed in self._states or self.by_seed or self.architecture is not None or self._rows is None:
            return seed in self._states or not self.by_seed
        trace = self.trace(self._rows)
        if trace.structure not in proven or trace.holds_arrays:
            self._states[seed], other = self._built(seed)
            expected = self._redrawn(cast(_Redraw, self._redraw), seed)
            pairs = zip(self._states[seed].parts, expected.parts, strict=True)
            same = all(np.array_equal(*both) for parts in pairs for both in zip(*parts, strict=True))
            self.by_seed = not same or (other.structure, other.digests) != (trace.structure, trace.digests)
            if self.by_seed:
                del self._states[seed]
                return False
            proven.add(trace.structure)
        return True

    def _built(self, seed: int) -> tuple[ModelState, Trace]:
        """A model under another seed: its state, and what it computes."""
        rows = cast(Rows, self._rows)
        with seeded(seed), fresh_metric_names():
            model = self._build()
            state = ModelState.of(variables_of(model))
            complete_compilation(model, rows.arrays)
            return state, trace_of(model, rows)

    def computes_the_same(self) -> bool:
        """Whether the model still computes what it did when it was traced, if it was."""
        if self._rows is None:
            return True
        before = self.trace(self._rows)
        try:
            now = trace_of(self.model, self._rows)
        except Exception:  # noqa: BLE001 - it did not fail before
            return False
        return (before.structure, before.digests) == (now.structure, now.digests)

    def _redrawn(self, redraw: _Redraw, seed: int) -> ModelState:
        weights, others = redraw.values(seed)
        return ModelState(weights, others, self.some_state.optimizer)


@dataclass(frozen=True)
class _Consumed:
    """How many seeds a builder has had drawn, and which."""

    seeds: tuple[int, ...]

    @classmethod
    def since(cls, seed: int, layer_seeds: random.Random) -> _Consumed | None:
        """None if something else was drawn as well."""
        reached, others = layer_seeds.getstate(), (random.getstate(), np.random.get_state())
        with seeded(seed) as fresh:
            if not all(map(_same, others, (random.getstate(), np.random.get_state()))):
                return None
            seeds: list[int] = []
            while fresh.getstate() != reached:
                if len(seeds) == _MOST_DRAWS:
                    return None
                seeds.append(_draw(fresh))
        return cls(tuple(seeds))


def _draw(layer_seeds: random.Random) -> int:
    """As `keras.random` draws a seed where none is given."""
    return layer_seeds.randint(1, int(1e9))


def _same(state: Any, other: Any) -> bool:
    return all(np.array_equal(part, theirs) for part, theirs in zip(state, other, strict=True))


@dataclass(frozen=True)
class _Source:
    """Where a variable's initial value comes from.

    Parameters
    ----------
    draw : int
        Which of the seeds that the builder had drawn.
    make : callable
        From that seed to the value.
    """

    draw: int
    make: Callable[[int], npt.NDArray[Any]]


class _Redraw:
    """Draws the initial values of a model's variables again."""

    def __init__(
        self, variables: Sequence[Sequence[keras.Variable]], sources: dict[int, _Source], n_draws: int
    ) -> None:
        self._fixed = [[(variable, variable.numpy()) for variable in part] for part in variables]
        self._sources = sources
        self._n_draws = n_draws

    @classmethod
    def of(cls, model: keras.Model, consumed: _Consumed) -> _Redraw | None:
        """None if it can't be told of each variable where its value is from, and of each draw what it was for."""
        found = _Origins(model, consumed.seeds)
        return cls(variables_of(model)[:2], found.sources, len(consumed.seeds)) if found.complete else None

    def values(self, seed: int) -> list[list[npt.NDArray[Any]]]:
        """Of the trainable and of the other variables, under a seed."""
        layer_seeds = random.Random(seed)  # noqa: S311 - not for secrets
        draws = [_draw(layer_seeds) for _ in range(self._n_draws)]
        return self._values(draws)

    def _values(self, draws: Sequence[int]) -> list[list[npt.NDArray[Any]]]:
        return [
            [
                self._sources[id(variable)].make(draws[self._sources[id(variable)].draw])
                if id(variable) in self._sources
                else value
                for variable, value in part
            ]
            for part in self._fixed
        ]


class _Origins:
    """Where the initial values of a model are from: which initializer gives just these values.

    Attributes
    ----------
    sources : dict of int to _Source
        By the id of a variable that depends on a drawn seed.
    complete : bool
        Whether every variable is explained and every draw was for a generator or an initializer. (Some layers draw
        seeds for initializers that they only hand on.) What holds the same 0 or 1 everywhere needs no explanation.
    """

    def __init__(self, model: keras.Model, seeds: Sequence[int]) -> None:
        self._places = {seed: place for place, seed in enumerate(seeds)}
        self._used: set[int] = set()
        self._explained: set[int] = set()
        self.sources: dict[int, _Source] = {}
        for variable in model.variables:
            self._try_generator(variable)
        for layer in layers_of(model):
            for initializer in vars(layer).values():
                if isinstance(initializer, keras.initializers.Initializer):
                    self._try_initializer(initializer, layer)
        weights, others, _ = variables_of(model)
        unexplained = [v for v in (*weights, *others) if id(v) not in self._explained]
        self.complete = all(map(_is_plain, unexplained)) and len(self._used) == len(seeds)

    def _try_generator(self, variable: keras.Variable) -> None:
        if variable.name == "seed_generator_state" and not variable.numpy()[1]:  # or it was drawn from already
            self._explain(variable, int(variable.numpy()[0]), _generator_state(variable))

    def _try_initializer(self, initializer: Any, layer: keras.layers.Layer) -> None:
        seed = getattr(initializer, "seed", None)
        is_keras_own = type(layer).__module__.startswith("keras.")  # others may keep what it gives, as it is
        if is_keras_own and isinstance(seed, int) and seed in self._places:
            self._used.add(self._places[seed])
        for variable in chain(*own_variables(layer)):
            make = _initial_value(initializer, variable)
            if id(variable) not in self._explained and _gives(make, seed, variable):
                self._explain(variable, seed, make)

    def _explain(self, variable: keras.Variable, seed: Any, make: Callable[[int], npt.NDArray[Any]]) -> None:
        self._explained.add(id(variable))
        if isinstance(seed, int) and seed in self._places:
            self._used.add(self._places[seed])
            self.sources[id(variable)] = _Source(self._places[seed], make)


def _is_plain(variable: keras.Variable) -> bool:
    """Whether a variable holds what no seed decides: 0 everywhere, or 1. A single one may as well be a draw."""
    value = variable.numpy()
    return value.size > 1 and bool((value == 0).all() or (value == 1).all())


def _gives(make: Callable[[Any], npt.NDArray[Any]], seed: Any, variable: keras.Variable) -> bool:
    try:
        return np.array_equal(make(seed), variable.numpy())
    except Exception:  # noqa: BLE001 - not every initializer can make every shape
        return False


def _generator_state(variable: keras.Variable) -> Callable[[int], npt.NDArray[Any]]:
    dtype = variable.numpy().dtype
    return lambda seed: np.array([seed, 0], dtype)


def _initial_value(initializer: Any, variable: keras.Variable) -> Callable[[int], npt.NDArray[Any]]:
    def make(seed: int) -> npt.NDArray[Any]:
        other = copy.copy(initializer)  # its own `clone` would draw a seed
        if hasattr(other, "seed"):
            other.seed = seed
        return np.asarray(other(tuple(variable.shape), dtype=variable.dtype))

    return make
