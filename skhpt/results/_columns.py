"""Columns of tables in which some rows have nothing."""

from __future__ import annotations

from typing import Any

import pandas as pd


def column(values: list[Any]) -> Any:
    """A column of these values, whose integers stay what they are where some are missing.

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
    if present and all(type(value) is int for value in present):
        return pd.Series(values, dtype="int64" if len(present) == len(values) else "Int64")
    return pd.Series(values, dtype=object).infer_objects()
