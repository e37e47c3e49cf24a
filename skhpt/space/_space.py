"""The space that a search draws its candidates from."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
from sklearn.model_selection import ParameterGrid, ParameterSampler

from skhpt.space._dimension import Dimension
from skhpt.space._distinct import DistinctSampler
from skhpt.space._tensorboard import as_dimension, by_names, is_hparam


class SearchSpace:
    """The settings that candidates may have.

    Parameters
    ----------
    space : dict, list of dict, list of HParam, or SearchSpace
        Names of parameters and, for each, what it may be: a list, a tuple or a one-dimensional array; an `Int`, a
        `Float` or a `Choice`; anything with a method `rvs`, such as a distribution of `scipy.stats`; a `HParam` or a
        domain of TensorBoard's. Each dict of a list is a space by itself: for parameters that make sense together only.
        `HParam` objects in a list have their names along; as a key of a dict, one stands for its name.

    Attributes
    ----------
    parts : tuple of dict
        The dicts, with `Int`, `Float` and `Choice` for what is TensorBoard's.

    Raises
    ------
    TypeError
        If `space`, or what a parameter may be, is none of the above.
    ValueError
        If there is nothing that a parameter may be.

    See Also
    --------
    RandomizedSearchCV : Draws from one.

    Examples
    --------
    >>> from skhpt import Choice, Float, Int, SearchSpace
    >>> space = SearchSpace({"units": Int(8, 64, step=8), "activation": Choice(["relu", "tanh"])})
    >>> space.size
    16
    >>> len(space.sample(0.15, random_state=0))
    3

    A second convolution only where there are two layers of them:

    >>> space = SearchSpace([{"layers": [1]}, {"layers": [2], "filters": Int(4, 8)}])
    >>> space.size, sorted(space.names)
    (6, ['filters', 'layers'])
    >>> SearchSpace({"optimizer__learning_rate": Float(1e-4, 1e-1, log=True)}).size
    inf
    """

    def __init__(self, space: Any) -> None:
        self.parts: tuple[dict[str, Any], ...] = tuple(
            {_checked_name(name): _checked_values(name, as_dimension(values)) for name, values in part.items()}
            for part in _parts(space)
        )

    @property
    def names(self) -> frozenset[str]:
        """The parameters that any candidate sets."""
        return frozenset(name for part in self.parts for name in part)

    @property
    def infinite(self) -> dict[str, Any]:
        """The parameters that have infinitely many values, and what these are drawn from.

        What has nothing but a method `rvs` counts as infinite, as for scikit-learn.
        """
        return {name: values for part in self.parts for name, values in part.items() if not _is_finite(values)}

    @property
    def is_finite(self) -> bool:
        """Whether the space can be listed."""
        return not self.infinite

    @property
    def size(self) -> int | float:
        """How many settings there are; `math.inf` if they can't be listed."""
        return sum(map(len_of_part, self.parts)) if self.is_finite else math.inf

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Every setting of a finite space, in the order of scikit-learn's `ParameterGrid`."""
        return iter(self.grid())

    def grid(self) -> ParameterGrid:
        """A finite space as scikit-learn's `ParameterGrid`.

        Raises
        ------
        ValueError
            If it is infinite.
        """
        if not self.is_finite:
            raise ValueError(f"Only a finite space can be listed, but {self.why_infinite}.")
        return ParameterGrid(list(self._listed))

    @property
    def why_infinite(self) -> str:
        """A clause that says it of the first parameter with infinitely many values."""
        name, values = next(iter(self.infinite.items()))
        shown = repr(values) if isinstance(values, Dimension) else f"a {type(values).__name__}"
        return f"{name!r} is {shown}, which has infinitely many values"

    def sample(self, n: Any, random_state: int | np.random.RandomState | None = None) -> list[dict[str, Any]]:
        """Draw settings at random; from a finite space, none of them twice.

        Parameters
        ----------
        n : int or float
            How many; or, as a float in (0, 1], which part of a finite space, rounded up.
        random_state : int, RandomState instance or None, default=None
            Draws. None is NumPy's global state.

        Returns
        -------
        list of dict
            Where the space holds nothing that scikit-learn does not know: those that its `ParameterSampler` draws.

        Raises
        ------
        ValueError
            If `n` is out of its range, or a part of an infinite space.
        """
        return list(self.sampler(n, random_state))

    def sampler(self, n: Any, random_state: Any = None) -> ParameterSampler | DistinctSampler:
        """What `sample` draws from, which draws anew each time that it is iterated over."""
        n_settings = self._count(n)
        if not self.is_finite:
            return ParameterSampler(list(self.parts), n_settings, random_state=random_state)
        dimensions = [v for part in self.parts for v in part.values() if isinstance(v, Dimension)]
        if (
            not all(dimension.is_even for dimension in dimensions) or self.size > sys.maxsize
        ):  # scikit-learn draws by the number of a setting, an integer of C
            return DistinctSampler(self.parts, self._listed, n_settings, random_state)
        return ParameterSampler(list(self._listed), n_settings, random_state=random_state)

    def _count(self, n: Any) -> int:
        if isinstance(n, (int, np.integer)) and n >= 1:
            return int(n)
        if not (isinstance(n, (float, np.floating)) and 0 < n <= 1):
            raise ValueError(
                f"A sample of a space must be an int of at least 1 or a float in (0, 1]. Got {n!r} instead."
            )
        if not self.is_finite:
            raise ValueError(
                f"A fraction ({n}) can be drawn from a finite space only, but {self.why_infinite}. Say how many "
                "candidates to draw, or give it a step or a list of values."
            )
        # In decimals: 0.07 * 100 is above 7 in floats.
        return math.ceil(Decimal(repr(float(n))) * int(self.size))

    @property
    def _listed(self) -> tuple[dict[str, Sequence[Any]], ...]:
        """The parts of a finite space with all values of each parameter."""
        return tuple(
            {name: v.values() if isinstance(v, Dimension) else v for name, v in part.items()} for part in self.parts
        )

    def __repr__(self) -> str:
        return f"SearchSpace({self.parts[0] if len(self.parts) == 1 else list(self.parts)!r})"


def len_of_part(part: Mapping[str, Any]) -> int:
    """How many settings a finite part of a space has."""
    return math.prod(int(v.n_values) if isinstance(v, Dimension) else len(v) for v in part.values())


def _parts(space: Any) -> Sequence[Mapping[str, Any]]:
    if isinstance(space, SearchSpace):
        return space.parts
    parts: Any = [space] if isinstance(space, Mapping) else space
    if isinstance(parts, str) or not isinstance(parts, Iterable):
        raise TypeError(f"A search space must be a dict, a list of dicts or a list of HParams. Got {space!r} instead.")
    parts = list(parts)
    if not parts:
        raise ValueError("A search space must have at least one dict. Got an empty list.")
    if all(map(is_hparam, parts)):
        names = [hparam.name for hparam in parts]
        if twice := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"The HParams of a search space must differ in name. Got several of {sorted(twice)}.")
        return [dict(zip(names, parts, strict=True))]
    dicts = [by_names(part) for part in parts if isinstance(part, Mapping)]
    if strange := [part for part in parts if not isinstance(part, Mapping)]:
        raise TypeError(f"Each part of a search space must be a dict, or each a HParam. Got {strange[0]!r} instead.")
    return dicts


def _checked_name(name: Any) -> str:
    if not isinstance(name, str):
        raise TypeError(f"The names of parameters in a search space must be str. Got {name!r} instead.")
    return name


def _checked_values(name: str, values: Any) -> Any:
    if hasattr(values, "rvs"):
        return values
    one_axis = values.ndim == 1 if isinstance(values, np.ndarray) else isinstance(values, Sequence)
    if isinstance(values, (str, bytes)) or not one_axis:
        raise TypeError(
            f"The values of {name!r} in a search space must be a list, a tuple, a one-dimensional array, an Int, Float "
            "or Choice, a distribution with a method rvs, or a HParam or domain of TensorBoard's. "
            f"Got {values!r} instead; a single value goes into a list."
        )
    if len(values) == 0:
        raise ValueError(f"The values of {name!r} in a search space must be one at least. Got an empty list.")
    return values


def _is_finite(values: Any) -> bool:
    return values.is_finite if isinstance(values, Dimension) else not hasattr(values, "rvs")
