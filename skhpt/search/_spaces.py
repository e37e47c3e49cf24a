"""From the space that a searcher was given to the candidates in it."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Integral
from typing import Any, Protocol

from sklearn.model_selection import ParameterGrid, ParameterSampler

from skhpt.space import SearchSpace, by_names, is_hparam, is_known_to_sklearn


class Settings(Protocol):
    """Candidates' parameters, drawn anew at each iteration where they are drawn at random."""

    def __iter__(self) -> Any: ...

    def __len__(self) -> int: ...


def grid_of(space: Any, owner: str) -> Settings:
    """Every candidate of a `param_grid`.

    Parameters
    ----------
    space : object
        What was given as one.
    owner : str
        The class of the searcher.

    Raises
    ------
    TypeError, ValueError
        If it is no space, or an infinite one. What is scikit-learn's is refused in its words.

    Examples
    --------
    >>> from skhpt import Int
    >>> list(grid_of({"units": Int(1, 3)}, "GridSearchCV"))
    [{'units': 1}, {'units': 2}, {'units': 3}]
    """
    grid: Settings = ParameterGrid(space) if is_known_to_sklearn(space) else _finite(space, owner).grid()
    return grid


def _finite(space: Any, owner: str) -> SearchSpace:
    made = SearchSpace(space)
    if not made.is_finite:
        raise ValueError(
            f"The 'param_grid' parameter of {owner} must be finite, but {made.why_infinite}. Give it a step or a list "
            "of values, or draw candidates at random, as RandomizedSearchCV and HalvingRandomSearchCV do."
        )
    return made


def sampler_of(space: Any, n: Any, random_state: Any, owner: str) -> Settings:
    """Candidates that are drawn from `param_distributions`.

    Parameters
    ----------
    space : object
        What was given as them.
    n : int or float
        How many, or which part of a finite space: the `n_iter` of `RandomizedSearchCV`.
    random_state : int, RandomState instance or None
        Draws. Candidates are scikit-learn's, as far as it knows what they are drawn from.
    owner : str
        The class of the searcher.

    Raises
    ------
    TypeError, ValueError
        If it is no space, or if a part of an infinite one is asked for.
    """
    settings: Settings
    if isinstance(n, Integral) and is_known_to_sklearn(space):
        settings = ParameterSampler(space, n, random_state=random_state)
        return settings
    space = SearchSpace(space)
    if not (isinstance(n, Integral) or space.is_finite):
        raise ValueError(
            f"The 'n_iter' parameter of {owner} can be a fraction of a finite space only, but {space.why_infinite}. "
            f"Got {n}. Say how many candidates to draw, or give it a step or a list of values."
        )
    settings = space.sampler(n, random_state)
    return settings


def names_of(space: Any) -> set[str]:
    """The parameters in a grid, in distributions, or in a list of them."""
    if isinstance(space, SearchSpace):
        return set(space.names)
    parts: list[Any] = [space] if isinstance(space, Mapping) else space
    dicts = [by_names(part) for part in parts if isinstance(part, Mapping)]
    return {name for part in dicts for name in part} | {part.name for part in parts if is_hparam(part)}
