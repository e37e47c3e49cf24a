"""The order of a table's rows."""

from __future__ import annotations

import numbers
from typing import Any

import pandas as pd

from skhpt.exceptions import UnknownColumnError


def in_order(table: pd.DataFrame, order: str, decreasing: bool, owner: str) -> pd.DataFrame:
    """The rows ordered by a column, those that have nothing in it last; equal ones stay as they are.

    Parameters
    ----------
    table : DataFrame
        Any. One without rows is not looked into.
    order : str
        A column's name.
    decreasing : bool
        Whether the greatest come first. Of numbers and text in one column numbers are less.
    owner : str
        The function whose parameter it is.

    Raises
    ------
    UnknownColumnError
        If the table has no such column.

    Examples
    --------
    >>> in_order(pd.DataFrame({"score": [0.5, None, 0.9]}), "score", True, "ls_runs")["score"].tolist()
    [0.9, 0.5, nan]
    """
    if table.empty:
        return table
    if order not in table.columns:
        raise UnknownColumnError(order, owner, map(str, table.columns))
    values = table[order].tolist()
    missing = [place for place, value in enumerate(values) if pd.isna(value)]
    present = sorted(set(range(len(values))).difference(missing))
    present.sort(key=lambda place: _rank(values[place]), reverse=decreasing)
    return table.iloc[[*present, *missing]].reset_index(drop=True)


def _rank(value: Any) -> tuple[int, Any]:
    if isinstance(value, numbers.Real):
        return 0, value
    return (1, value) if isinstance(value, pd.Timestamp) else (2, str(value))
