"""The samplers by their names."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from skhpt.exceptions import nearest_name
from skhpt.strategies._parameter_space import ParameterSpace
from skhpt.strategies._sampler import Sampler

_HOMES = {"tpe": ("skhpt.strategies._tpe", "TPESampler"), "gp": ("skhpt.strategies._gp", "GPSampler")}


def make_sampler(
    name: str,
    space: ParameterSpace,
    *,
    seed: int,
    n_initial: int,
    options: Mapping[str, Any] = MappingProxyType({}),
) -> Sampler:
    """A new sampler, with the library that it takes.

    Parameters
    ----------
    name : {"tpe", "gp"}
        Which.
    space : ParameterSpace
        Where to search.
    seed : int
        In [0, 2**32).
    n_initial : int
        How many points are drawn at random first.
    options : mapping of str to object, default={}
        What else the library takes.

    Raises
    ------
    MissingExtraError
        If the library is not installed.
    ValueError
        If it has no such option, or can't search such a space.

    Examples
    --------
    >>> make_sampler("tpe", ParameterSpace([{}]), seed=0, n_initial=5, options={"multivariat": True})
    Traceback (most recent call last):
    ValueError: sampler='tpe' has no option 'multivariat'. Did you mean 'multivariate'? The options are: [...].
    """
    home, class_name = _HOMES[name]
    sampler: Any = getattr(importlib.import_module(home), class_name)
    if name == "gp" and len(space.parts) > 1:
        raise ValueError(
            "sampler='gp' can't search a list of several dicts, as its Gaussian process needs every parameter in each "
            "candidate. Use sampler='tpe', or one dict."
        )
    valid = sampler.options()
    for option in options:
        if option not in valid:
            nearest = nearest_name(option, valid)
            hint = f" Did you mean {nearest!r}?" if nearest else ""
            raise ValueError(f"sampler={name!r} has no option {option!r}.{hint} The options are: {sorted(valid)}.")
    made: Sampler = sampler(space, seed, n_initial, options)
    return made
