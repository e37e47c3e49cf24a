"""The values of one parameter, as places on an axis."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from numbers import Real
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from skhpt.reporting._frame import score_range
from skhpt.reporting._labels import label_of
from skhpt.reporting._scale import looks_logarithmic
from skhpt.reporting._scores import Scores

_UNSET = object()
_FEW = 6  # values that each get a tick of their own,
_APART = 0.08  # of the axis, where they are so far apart


@dataclass(frozen=True)
class ParameterAxis:
    """What the candidates have set one parameter to.

    Parameters
    ----------
    name : str
        Its short name.
    values : sequence of float or sequence of str
        One a candidate, NaN or None where it does not set the parameter. Numbers as they are, all other values in text.
    options : sequence of str or None
        The different values, in their order; None where they are numbers.
    log : bool
        Whether the axis is logarithmic.
    """

    name: str
    values: Sequence[Any]
    options: Sequence[str] | None
    log: bool

    @property
    def column(self) -> pd.Series:
        """The values as a column of a table."""
        return pd.Series(self.values, dtype=object if self.options is not None else None)

    @cached_property
    def places(self) -> npt.NDArray[np.float64]:
        """Of each candidate the number, or the place of its option; NaN where it does not set the parameter."""
        if self.options is None:
            return np.asarray(self.values, dtype=float)
        numbers = {option: place for place, option in enumerate(self.options)}
        return np.array([numbers.get(value, math.nan) for value in self.values], dtype=float)

    @property
    def distinct(self) -> npt.NDArray[np.float64]:
        """The different places, in their order."""
        return np.unique(self.places[~np.isnan(self.places)])

    @property
    def is_constant(self) -> bool:
        """Whether all candidates have the same value."""
        return len(self.distinct) <= 1 and not np.isnan(self.places).any()

    @property
    def ends(self) -> tuple[float, float]:
        """The least and the greatest place; of a single one, what is on either side of it."""
        if not len(self.distinct):
            return 0.0, 1.0
        low, high = self.distinct[[0, -1]]
        if low < high:
            return float(low), float(high)
        return (float(low) / 2, float(low) * 2) if self.log else (float(low) - 0.5, float(low) + 0.5)

    @property
    def units(self) -> npt.NDArray[np.float64]:
        """The places as numbers from 0 to 1, on a logarithmic axis of their logarithms."""
        return self.unit(self.places)

    def unit(self, places: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """The same of any places."""
        low, high = np.log(self.ends) if self.log else self.ends
        return np.asarray(((np.log(places) if self.log else places) - low) / (high - low), dtype=float)

    def place(self, units: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """The places of such numbers."""
        low, high = np.log(self.ends) if self.log else self.ends
        between = low + np.asarray(units, dtype=float) * (high - low)
        return np.exp(between) if self.log else between

    @property
    def ticks(self) -> tuple[npt.NDArray[np.float64], list[str]] | None:
        """Where ticks go, and what they say: at every value if there is room; None leaves numbers to matplotlib."""
        if self.options is not None:
            return np.arange(len(self.options), dtype=float), list(self.options)
        if len(self.distinct) > _FEW or (np.diff(self.unit(self.distinct)) < _APART).any():
            return None
        return self.distinct, [f"{value:.4g}" for value in self.distinct]


def parameter_axes(
    scores: Scores, scales: Mapping[str, bool], params: Sequence[str] | None, owner: str
) -> list[ParameterAxis]:
    """The parameters of candidates as axes.

    Parameters
    ----------
    scores : Scores
        The candidates.
    scales : mapping of str to bool
        Of parameters by their whole names, whether the axis is logarithmic. Of others their values tell.
    params : sequence of str or None
        Which, by their names or short names. None is all that differ between candidates, or all if none does.
    owner : str
        The function that asks.

    Raises
    ------
    ValueError
        If no candidate sets one of them.
    """
    wanted = scores.names if params is None else {name: scores.names[name] for name in _whole(params, scores, owner)}
    axes = [
        _axis(short, [of.get(name, _UNSET) for of in scores.params], scales.get(name)) for name, short in wanted.items()
    ]
    differing = [axis for axis in axes if not axis.is_constant]
    return differing if params is None and differing else axes


def score_axis(scores: Scores) -> ParameterAxis:
    """The score as one more axis, at whose end those stand that would leave no room for the others."""
    found = scores.table["score"].to_numpy()
    return ParameterAxis(scores.metric, list(np.clip(found, score_range(found)[0], None)), None, log=False)


def _whole(params: Sequence[str], scores: Scores, owner: str) -> list[str]:
    """Whole names, of short ones as well."""
    known = {short: name for name, short in scores.names.items()} | {name: name for name in scores.names}
    for name in params:
        if name not in known:
            raise ValueError(
                f"{owner} can draw the parameters that candidates set, which are {sorted(scores.names)}. "
                f"Got {name!r} instead."
            )
    return list(dict.fromkeys(known[name] for name in params))


def _axis(name: str, values: Sequence[Any], log: bool | None) -> ParameterAxis:
    present = [value for value in values if value is not _UNSET]
    if all(map(_is_number, present)):
        numbers = np.array([math.nan if value is _UNSET else float(value) for value in values])
        is_log = looks_logarithmic(numbers) if log is None else log and bool(np.nanmin(numbers) > 0)
        kept = numbers if len(present) < len(values) else present
        return ParameterAxis(name, list(kept), None, is_log)
    labels = [None if value is _UNSET else label_of(value) for value in values]
    return ParameterAxis(name, labels, _in_order(present), log=False)


def _is_number(value: Any) -> bool:
    number = None if isinstance(value, bool) else _as_float(value)  # NumPy's bool is no Real
    return number is not None and math.isfinite(number)


def _as_float(value: Any) -> float | None:
    """None also where a number is too large for that, or has a unit."""
    if isinstance(value, np.timedelta64) or not isinstance(value, Real):  # which NumPy takes for an integer
        return None
    try:
        return float(value)
    except OverflowError:
        return None


def _in_order(values: Sequence[Any]) -> list[str]:
    """The labels of values: numbers by their size and before others, which come as candidates have them."""
    numbers = sorted((value for value in values if _as_float(value) is not None), key=float)
    others = [value for value in values if _as_float(value) is None]
    return list(dict.fromkeys(label_of(value) for value in [*numbers, *others]))
