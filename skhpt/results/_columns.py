"""Columns of tables in which some rows have nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd


def column(values: list[Any]) -> Any:
    """A column of these values, whose integers stay what they are where some are missing, or are too large for pandas.

    Parameters
    ----------
    values : list of object
        None where there is nothing.

    Examples
    --------
    >>> column([16, None]).dtype, column([0.5, None]).dtype
    (Int64Dtype(), dtype('float64'))
    """
    present = [value for value in values if value is not None]
    if present and all(type(value) is int and -(2**63) <= value < 2**63 for value in present):
        return pd.Series(values, dtype="int64" if len(present) == len(values) else "Int64")
    objects = np.empty(len(values), dtype=object)
    for place, value in enumerate(values):  # one by one, as pandas and NumPy look into what is like a list
        objects[place] = value
    shown = pd.Series(objects)
    return shown if any(map(_is_large, present)) else shown.infer_objects()


def _is_large(value: Any) -> bool:
    """Whether pandas would make a type of its own of an integer, which other rows could not have."""
    return isinstance(value, int) and not -(2**63) <= value < 2**63
