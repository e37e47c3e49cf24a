"""Finding out what a builder of KerasTuner's may ask for."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import suppress
from numbers import Number
from typing import Any

from skhpt._compat.keras_builds import recording_build
from skhpt.estimators._values import with_values

_MOST_BUILDS = 300  # for builders that make up new names for ever
_NEARLY_ONE = 1 - 1e-9


class Discovery:
    """Builds models until nothing new is asked for.

    As KerasTuner's tuners do, it sees to it that every conditional scope is entered. Besides, it tries the ends of
    every range and every option that is no number, each by itself with all others at their defaults: so it finds what
    depends on a value by an ``if`` or a loop, such as ``units_2`` of a third layer, which KerasTuner finds as it
    searches.

    Parameters
    ----------
    build : callable
        Takes a `keras_tuner.HyperParameters`.
    space : keras_tuner.HyperParameters
        Empty.

    Attributes
    ----------
    space : keras_tuner.HyperParameters
        All that was asked for, each after what it depends on.
    """

    def __init__(self, build: Callable[..., Any], space: Any) -> None:
        self.space = space
        self._build = build
        self._bases: dict[Hashable, dict[str, Any]] = {}  # the values under which each was active first
        self._named: dict[str, set[Any]] = {}  # the values that conditions name
        self._tried: set[tuple[Hashable, Any]] = set()

    def begin(self) -> None:
        """Build with the defaults. Raises what the builder raises."""
        self._visit({})

    def explore(self) -> None:
        """Build with other values."""
        while len(self._tried) < _MOST_BUILDS and (untried := next(self._untried(), None)):
            self._tried.add(untried)
            key, value = untried
            with suppress(Exception):  # values that don't go together fail their own trial, if they are drawn
                self._visit(self._bases[key] | {key[0]: value})

    def _visit(self, values: Mapping[str, Any]) -> None:
        hp = with_values(self.space, values)
        try:
            with recording_build() as record:
                self._build(hp)
                record.remove_nodes()  # layers that the builder has not made stay as they are
        finally:
            self.space.merge(hp.space, overwrite=False)
            for each in filter(hp.is_active, hp.space):
                self._bases.setdefault(_key(each), dict(hp.values))
            for condition in (condition for scope in hp.inactive_scopes for condition in scope):
                self._named.setdefault(condition.name, set()).update(condition.values)

    def _untried(self) -> Iterator[tuple[Any, Any]]:
        for each in self.space.space:
            key = _key(each)
            if key not in self._bases:
                continue  # its conditions never held so far
            for value in (*_alternatives(each), *self._named.get(each.name, ())):
                if value != self._bases[key][each.name] and (key, value) not in self._tried:
                    yield key, value


def _key(each: Any) -> tuple[Any, ...]:
    """KerasTuner knows hyper-parameters by their names and conditions."""
    return (each.name, *((condition.name, *condition.values) for condition in each.conditions))


def _alternatives(each: Any) -> list[Any]:
    """The values to be tried: of numbers the ends, of what is none all."""
    if hasattr(each, "min_value"):
        return [each.prob_to_value(0.0), each.prob_to_value(_NEARLY_ONE)]
    values = list(each.values)
    is_numeric = isinstance(values[0], Number) and not isinstance(values[0], bool)
    return [min(values), max(values)] if is_numeric else values
