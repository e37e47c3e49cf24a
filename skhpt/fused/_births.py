"""The initial states of an architecture, of which only one model is built where that suffices."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from skhpt.estimators import ModelState, Rows, fresh_metric_names, seeded, variables_of
from skhpt.exceptions import CannotFuseError
from skhpt.fused._axis import Widths
from skhpt.fused._knobs import knobs_of
from skhpt.fused._signature import description_of, signature
from skhpt.fused._wide_model import widths_of

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

    key : callable
        Returns whatever the model depends on but for the seed; called once it is built.

    Attributes
    ----------
    model : keras.Model
        That model, in its initial state.
    signature : hashable
        What it has in common with others that one program can train.
    by_seed : bool
        Whether they serve no other seed than this.
    knobs, settings
        The numbers in which those may differ, and their values.
    family, widths
        What it has in common with others that may be of other widths, and its own.
    """

    def __init__(self, build: Callable[[], keras.Model], seed: int, key: Callable[[], Hashable]) -> None:
        self._build = build
        with seeded(seed) as layer_seeds:
            self.model = build()
            consumed = _Consumed.since(seed, layer_seeds)
        self.signature = signature(self.model, key())
        self.knobs = knobs_of(self.model)
        self.settings = [knob.value for knob in self.knobs]
        state = ModelState.of(variables_of(self.model))
        self._states = {seed: state}
        # An optimizer may begin with the weights, which are others under each seed.
        is_redrawn = all((value == value.ravel()[:1]).all() for value in state.optimizer)
        self._redraw = None if consumed is None or not is_redrawn else _Redraw.of(self.model, consumed)
        # Where not all that is drawn ends in a variable, a model of one seed is no model of another.
        self.by_seed = self._redraw is None and description_of(self.model) is None
        if self.by_seed:
            self.signature = signature(self.model, (key(), seed))
        self._meets_rows = False

    @cached_property
    def family(self) -> str | None:
        """What it has in common with models that may be of other widths; None if that can't be told."""
        return description_of(self.model, widths=False)

    @cached_property
    def widths(self) -> Widths:
        """Of the layers of the model."""
        return widths_of(self.model)

    def meet(self, rows: Rows) -> keras.Model:
        """The model, with what only follows from the rows that it is to be trained on: its metrics."""
        if not self._meets_rows:
            with fresh_metric_names():
                self.model._symbolic_build(data_batch=keras.tree.lists_to_tuples(rows.few().arrays))
            self._meets_rows = True
        return self.model

    def state(self, seed: int) -> ModelState:
        """The initial state under a seed."""
        if seed not in self._states:
            self._states[seed] = self._built(seed) if self._redraw is None else self._redrawn(self._redraw, seed)
        return self._states[seed]

    def _redrawn(self, redraw: _Redraw, seed: int) -> ModelState:
        some = next(iter(self._states.values()))
        weights, others = redraw.values(seed)
        return ModelState(weights, others, some.optimizer)

    def _built(self, seed: int) -> ModelState:
        with seeded(seed):
            model = self._build()
        settings = [knob.value for knob in knobs_of(model)]
        if settings != self.settings or description_of(model) != description_of(self.model):
            raise CannotFuseError("the builder makes another model under each seed")
        return ModelState.of(variables_of(model))


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
        seeds for initializers that they only hand on.) What holds but zeros and ones needs no explanation.
    """

    def __init__(self, model: keras.Model, seeds: Sequence[int]) -> None:
        self._places = {seed: place for place, seed in enumerate(seeds)}
        self._used: set[int] = set()
        self._explained: set[int] = set()
        self.sources: dict[int, _Source] = {}
        for variable in model.variables:
            self._try_generator(variable)
        for layer in model._flatten_layers():
            for initializer in vars(layer).values():
                if isinstance(initializer, keras.initializers.Initializer):
                    self._try_initializer(initializer, layer)
        weights, others, _ = variables_of(model)
        unexplained = [v for v in (*weights, *others) if id(v) not in self._explained]
        plain = all(np.isin(variable.numpy(), (0, 1)).all() for variable in unexplained)
        self.complete = plain and len(self._used) == len(seeds)

    def _try_generator(self, variable: keras.Variable) -> None:
        if variable.name == "seed_generator_state":
            self._explain(variable, int(variable.numpy()[0]), _generator_state(variable))

    def _try_initializer(self, initializer: Any, layer: keras.layers.Layer) -> None:
        seed = getattr(initializer, "seed", None)
        is_keras_own = type(layer).__module__.startswith("keras.")  # others may keep what it gives, as it is
        if is_keras_own and isinstance(seed, int) and seed in self._places:
            self._used.add(self._places[seed])
        for variable in (*layer._trainable_variables, *layer._non_trainable_variables):
            make = _initial_value(initializer, variable)
            if id(variable) not in self._explained and _gives(make, seed, variable):
                self._explain(variable, seed, make)

    def _explain(self, variable: keras.Variable, seed: Any, make: Callable[[int], npt.NDArray[Any]]) -> None:
        self._explained.add(id(variable))
        if isinstance(seed, int) and seed in self._places:
            self._used.add(self._places[seed])
            self.sources[id(variable)] = _Source(self._places[seed], make)


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
