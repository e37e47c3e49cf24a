"""What users give as a space, in the words of samplers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np

from skhpt.space import SearchSpace, as_dimension, by_names, is_hparam
from skhpt.strategies import Category, Dimension, Number, ParameterSpace, Steps

_LOGARITHMIC = ("loguniform", "reciprocal")
_WHAT_CAN_BE = (
    "a list or tuple of options, a distribution with low and high such as an Int or a Float, a HParam or domain of "
    "TensorBoard's, or SciPy's randint, uniform or loguniform"
)


def parameter_space(space: Any, owner: str) -> ParameterSpace:
    """The space that a sampler is to search.

    Parameters
    ----------
    space : dict, list of dict, list of HParam, or object with such a list as `parts`
        Names of parameters and what each may be: a list, a tuple or a one-dimensional array of options; what has
        `options`; what has `low` and `high`, and perhaps `log`, or a `step` and its `values()`; `randint`, `uniform`,
        `loguniform` or `reciprocal` of `scipy.stats`; a `HParam` or a domain of TensorBoard's.
    owner : str
        Whose parameter `param_space` it is.

    Raises
    ------
    TypeError
        If a parameter, or the space, is none of these.
    ValueError
        If there is nothing that a parameter may be.

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> parameter_space({"C": loguniform(0.1, 10), "kernel": ["rbf", "linear"]}, "BayesianSearchCV").parts
    [{'C': Number(low=0.1, high=10.0, log=True, is_int=False), 'kernel': Category(options=('rbf', 'linear'))}]
    """
    if isinstance(space, Sequence) and space and all(map(is_hparam, space)):
        space = SearchSpace(space)  # which have their names along
    parts = getattr(space, "parts", [space] if isinstance(space, Mapping) else space)
    if not isinstance(parts, Sequence) or not parts or not all(isinstance(part, Mapping) and part for part in parts):
        raise TypeError(
            f"The 'param_space' parameter of {owner} must be a dict with the names of parameters, or a list of such "
            f"dicts. Got {space!r} instead."
        )
    return ParameterSpace(
        [{name: _named(name, values, owner) for name, values in by_names(part).items()} for part in parts]
    )


def _named(name: str, values: Any, owner: str) -> Dimension:
    try:
        dimension = _dimension(as_dimension(values))
    except ValueError as error:
        raise ValueError(f"In the 'param_space' parameter of {owner}, of {name!r} {error}.") from error
    if dimension is None:
        raise TypeError(
            f"In the 'param_space' parameter of {owner}, {name!r} must be {_WHAT_CAN_BE}. Got {values!r} instead."
        )
    return dimension


def _dimension(values: Any) -> Dimension | None:
    if isinstance(values, np.ndarray) and values.ndim == 1:
        values = values.tolist()
    if isinstance(values, (list, tuple)):
        return Category(tuple(values))
    if hasattr(values, "options"):
        return Category(tuple(values.options))
    if hasattr(values, "dist") and hasattr(values, "support"):
        return _of_scipy(values)
    if isinstance(getattr(values, "low", None), Real) and isinstance(getattr(values, "high", None), Real):
        return _of_range(values)
    return None


def _of_scipy(frozen: Any) -> Number | None:
    name = frozen.dist.name
    least, most = frozen.support()
    if name == "randint":
        return Number(int(least), int(most), is_int=True)
    if name == "uniform":
        return Number(float(least), float(most))
    loc = frozen.kwds.get("loc", next(iter(frozen.args[frozen.dist.numargs :]), 0))
    if name in _LOGARITHMIC and loc == 0:  # moved it is not logarithmic any more
        return Number(float(least), float(most), log=True)
    return None


def _of_range(values: Any) -> Number | Steps | None:
    step = getattr(values, "step", None)
    # What it draws says whether it is of integers: bounds such as 0 and 1 may be those of a Float.
    drawn = values.rvs(random_state=0) if hasattr(values, "rvs") else values.low
    is_int = isinstance(drawn, Integral)
    if step is None or (is_int and step == 1):
        convert = int if is_int else float
        return Number(convert(values.low), convert(values.high), bool(getattr(values, "log", False)), is_int)
    return Steps(values.values()) if callable(getattr(values, "values", None)) else None
