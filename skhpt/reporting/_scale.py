"""Whether a parameter belongs on a logarithmic axis."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from skhpt.store import StoredRun, describe

SPACES = ("param_grid", "param_distributions", "param_space")
"""What searchers call the space that they search."""

_LOGARITHMIC = ("loguniform", "reciprocal")
_LINEAR = ("Float", "Int", "randint", "uniform")
_WIDE = 8  # the greatest over the least, from where on a logarithm is worth it


def scales_in(search: Any) -> dict[str, bool]:
    """For each parameter that is drawn from a distribution that says so, whether its scale is logarithmic.

    Parameters
    ----------
    search : searcher or LoadedRun
        Whose space to look at.

    Examples
    --------
    >>> from skhpt import Choice, Float, Int, RandomizedSearchCV
    >>> space = {"rate": Float(1e-4, 1e-1, log=True), "units": Int(8, 64), "activation": Choice(["relu", "tanh"])}
    >>> scales_in(RandomizedSearchCV(None, space))
    {'rate': True, 'units': False}
    """
    if isinstance(search, StoredRun):
        spaces = [search.search.get(name) for name in SPACES]
    else:
        spaces = [describe(getattr(search, name, None)) for name in SPACES]
    return dict(_scales(spaces))


def _scales(description: Any) -> Iterator[tuple[str, bool]]:
    """Those of the distributions in a description, at whatever depth."""
    if isinstance(description, Mapping):
        for name, value in description.items():
            if isinstance(value, Mapping) and "distribution" in value:
                if (is_log := _is_log(value)) is not None:
                    yield name, is_log
            else:
                yield from _scales(value)
    elif isinstance(description, list):
        for value in description:
            yield from _scales(value)


def _is_log(distribution: Mapping[str, Any]) -> bool | None:
    """None where the distribution's name does not tell."""
    name, arguments = distribution["distribution"], distribution.get("arguments")
    options = arguments[-1] if isinstance(arguments, list) and arguments else None
    if name in _LOGARITHMIC or (isinstance(options, Mapping) and options.get("log") is True):
        return True
    return False if name in _LINEAR else None


def looks_logarithmic(values: npt.NDArray[np.float64]) -> bool:
    """Whether numbers are spread more evenly on a logarithmic scale: their median is nearer to the middle there.

    Examples
    --------
    >>> looks_logarithmic(np.array([0.0001, 0.001, 0.01])), looks_logarithmic(np.array([10.0, 50.0, 90.0]))
    (True, False)
    """
    values = np.unique(values[np.isfinite(values)])
    if len(values) < 3 or values[0] <= 0 or values[-1] < _WIDE * values[0]:
        return False
    return _off_the_middle(np.log(values)) < _off_the_middle(values)


def _off_the_middle(values: npt.NDArray[np.float64]) -> float:
    return float(abs((np.median(values) - values[0]) / (values[-1] - values[0]) - 0.5))
