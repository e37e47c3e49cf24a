"""Tables of a report, of which no more is shown than a page can hold."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from skhpt.reporting._labels import label_of
from skhpt.store import printable, shortened

_MOST_ROWS, _MOST_COLUMNS, _LONGEST = 1000, 60, 80  # the last in characters of a cell


@dataclass(frozen=True)
class Cell:
    """A cell.

    Parameters
    ----------
    text : str
        What it shows; empty if there is nothing.
    key : str
        The number to sort it by; empty if it is none.
    """

    text: str
    key: str


@dataclass(frozen=True)
class ReportTable:
    """A table as a page shows it.

    Parameters
    ----------
    caption : str
        What it is, and how much of it.
    heads : sequence of str
        Of its columns, the first of which names the rows.
    numeric : sequence of bool
        Of each column whether it holds numbers alone.
    rows : sequence of sequence of Cell
        What it holds.
    """

    caption: str
    heads: Sequence[str]
    numeric: Sequence[bool]
    rows: Sequence[Sequence[Cell]]


def report_table(table: pd.DataFrame, what: str) -> ReportTable:
    """The first rows and columns of a table.

    Parameters
    ----------
    table : DataFrame
        Its first column names the rows.
    what : str
        What its rows are, in the plural.

    Examples
    --------
    >>> shown = report_table(pd.DataFrame({"candidate": [1, 0], "units": [16, None]}), "candidates")
    >>> shown.caption, shown.rows[1]
    ('All 2 candidates', [Cell(text='0', key='0'), Cell(text='', key='')])
    """
    part = table.iloc[:_MOST_ROWS, :_MOST_COLUMNS]
    columns = [[_cell(value) for value in part.iloc[:, place].tolist()] for place in range(part.shape[1])]
    n, n_left_out = len(part), table.shape[1] - part.shape[1]
    caption = f"The first {n} of {len(table)} {what}" if n < len(table) else f"All {n} {what}"
    return ReportTable(
        caption=f"{caption}, without the last {n_left_out} columns" if n_left_out else caption,
        heads=[line(str(name)) for name in part.columns],
        numeric=[all(cell.key or not cell.text for cell in column) for column in columns],
        rows=[list(cells) for cells in zip(*columns, strict=True)],
    )


def line(value: Any, longest: int = _LONGEST) -> str:
    """A value in one line: four digits of a number, a function by its name.

    Examples
    --------
    >>> line(0.123456), line("<function build>"), line(None)
    ('0.1235', 'build', 'None')
    """
    return shortened(label_of(value), longest)


def thinned(table: pd.DataFrame, most: int) -> pd.DataFrame:
    """So many rows at most, the first and the last among them, and the others evenly between.

    Examples
    --------
    >>> thinned(pd.DataFrame({"epoch": range(1, 10)}), 3)["epoch"].tolist()
    [1, 5, 9]
    """
    return table.iloc[np.unique(np.linspace(0, len(table) - 1, min(most, len(table))).round().astype(int))]


def cut(text: str, longest: int) -> str:
    r"""Text of many lines, from which the middle is left out if it is too long.

    Examples
    --------
    >>> cut("0123456789", 10), cut("0123456789", 4)
    ('0123456789', '01\n[6 characters left out]\n89')
    """
    if len(text) <= longest:
        return printable(text)
    half = longest // 2
    left_out = f"\n[{len(text) - 2 * half} characters left out]\n"
    return printable(f"{text[:half]}{left_out}{text[-half:]}")


def pairs(values: Iterable[tuple[str, Any]], longest: int = 400) -> list[tuple[str, str]]:
    """Names and values, each in a line."""
    return [(line(name), line(value, longest)) for name, value in values]


def _cell(value: Any) -> Cell:
    if value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return Cell("", "")
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return Cell(line(value), repr(value) if is_number else "")
