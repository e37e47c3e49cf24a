"""Where samplers search."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np

from skhpt.strategies._category import Category
from skhpt.strategies._number import Number
from skhpt.strategies._steps import Steps

Dimension = Number | Steps | Category


@dataclass(frozen=True)
class Point:
    """A setting as samplers know it.

    Parameters
    ----------
    part : int
        Which part of the space it is in.
    values : mapping of str to float
        Of each parameter of that part the number, or the place of the value or of the option.
    """

    part: int
    values: Mapping[str, float]

    @property
    def key(self) -> tuple[object, ...]:
        """What two points that are the same setting have in common."""
        return (self.part, *sorted(self.values.items()))


class ParameterSpace:
    """Parameters with what each may be, in one part or in several of which a setting is in one.

    Parameters
    ----------
    parts : sequence of mapping of str to Number, Steps or Category
        At least one.

    Examples
    --------
    >>> space = ParameterSpace([{"kernel": Category(("linear",))}, {"kernel": Category(("rbf",)), "C": Number(0, 9)}])
    >>> space.params(Point(1, {"kernel": 0, "C": 4.5}))
    {'kernel': 'rbf', 'C': 4.5}
    >>> space.size, ParameterSpace(space.parts[:1]).size
    (inf, 1)
    """

    def __init__(self, parts: Sequence[Mapping[str, Dimension]]) -> None:
        self.parts = [dict(part) for part in parts]

    @property
    def size(self) -> float:
        """How many settings there are; infinity if a number is no integer."""
        return sum(self._sizes)

    @property
    def _sizes(self) -> list[float]:
        return [math.prod(dimension.size for dimension in part.values()) for part in self.parts]

    def params(self, point: Point) -> dict[str, Any]:
        """The setting, as an estimator takes it."""
        dimensions = self.parts[point.part]
        return {name: _meant(dimensions[name], value) for name, value in point.values.items()}

    def examples(self) -> list[Point]:
        """A point of each part."""
        return [
            Point(part, {name: _drawn(dimension, 0.0) for name, dimension in dimensions.items()})
            for part, dimensions in enumerate(self.parts)
        ]

    def draw(self, rng: np.random.Generator) -> Point:
        """A point drawn at random: all parts, options and units are equally likely."""
        part = int(rng.integers(len(self.parts)))
        return Point(part, {name: _drawn(dimension, rng.random()) for name, dimension in self.parts[part].items()})

    def point(self, index: int) -> Point:
        """The point of a finite space under a number from 0 to `size`."""
        sizes = [int(size) for size in self._sizes]
        part = next(part for part, end in enumerate(accumulate(sizes)) if index < end)
        index -= sum(sizes[:part])
        values = {}
        for name, dimension in self.parts[part].items():
            index, place = divmod(index, int(dimension.size))
            values[name] = dimension.low + place if isinstance(dimension, Number) else place
        return Point(part, values)


def _meant(dimension: Dimension, value: float) -> Any:
    if isinstance(dimension, Number):
        return value
    return (dimension.values if isinstance(dimension, Steps) else dimension.options)[int(value)]


def _drawn(dimension: Dimension, unit: float) -> float:
    return dimension.value(unit) if isinstance(dimension, Number) else int(unit * dimension.size)
