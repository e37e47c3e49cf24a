"""Tables and text for a terminal."""

from __future__ import annotations

import textwrap
from typing import Any

import pandas as pd

_GAP = "  "
_FROM_HERE_WHOLE, _TO_HERE_WHOLE = 1e4, 1e12
_LONGEST_TITLE = 16  # of a column whose values are shorter
_LEFT_FOR_OTHERS = 16  # characters that the first column does not take, if the terminal has twice as many


def text_table(table: pd.DataFrame, width: int = 80, longest: int = 24) -> str:
    """A table in so many columns of a terminal, and below it the names of the columns that there was no room for.

    Parameters
    ----------
    table : DataFrame
        Its first column is shown in any case; columns without a value are not.
    width : int, default=80
        Of the terminal.
    longest : int, default=24
        Of a cell, but for the first column's. What is longer is cut, and so are names of columns of short values.

    Examples
    --------
    >>> print(text_table(pd.DataFrame({"run": ["a", "b"], "score": [0.5, 0.25], "why": ["x" * 9, None]}), width=20))
    run  score
    a      0.5
    b     0.25
    Not shown: why.
    """
    shown: list[list[str]] = []
    left, hidden = width, []
    for place, name in enumerate(map(str, table.columns)):
        values = table.iloc[:, place].tolist()
        if place and all(map(_is_missing, values)):
            continue
        cells = _cells(name, values, max(width - _LEFT_FOR_OTHERS, width // 2) if place == 0 else longest)
        if place and len(cells[0]) + len(_GAP) > left:
            hidden.append(printable(name))
        else:
            left -= len(cells[0]) + (len(_GAP) if place else 0)
            shown.append(cells)
    lines = [_GAP.join(cells).rstrip() for cells in zip(*shown, strict=True)]
    return "\n".join(lines + (textwrap.wrap(f"Not shown: {', '.join(hidden)}.", width) if hidden else []))


def printable(text: str) -> str:
    r"""Text without what a terminal would act on: such characters are spelt out, but for ends of lines and tabs.

    Examples
    --------
    >>> printable("\x1b[31mred")
    '\\x1b[31mred'
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in "\n\t" else c.encode("unicode_escape").decode() for c in text)


def shortened(text: str, longest: int) -> str:
    """Text in one line, of so many characters at most."""
    line = printable(" ".join(text[: 4 * longest + 80].split()))
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def shown(value: Any) -> str:
    """A value as it is read: four digits of a number, or those before its point; minutes of a time.

    Examples
    --------
    >>> shown(0.123456), shown(86400.5), shown(1e-7), shown(16)
    ('0.1235', '86400', '1e-07', '16')
    """
    if isinstance(value, float):
        return f"{value:.0f}" if _FROM_HERE_WHOLE <= abs(value) < _TO_HERE_WHOLE else f"{value:.4g}"
    return f"{value:%Y-%m-%d %H:%M}" if isinstance(value, pd.Timestamp) else str(value)


def _cells(name: str, values: list[Any], longest: int) -> list[str]:
    """The column with its name, all of one width; numbers stand on the right."""
    cells = [shortened("" if _is_missing(value) else shown(value), longest) for value in values]
    cells.insert(0, _title(name, max([_LONGEST_TITLE, *map(len, cells)])))
    width = max(map(len, cells))
    is_number = all(isinstance(value, (int, float)) or _is_missing(value) for value in values)
    return [cell.rjust(width) if is_number else cell.ljust(width) for cell in cells]


def _title(name: str, longest: int) -> str:
    """A column's name, cut at its beginning: of ``param_optimizer__learning_rate`` the end says more."""
    text = printable(" ".join(name.split()))
    return text if len(text) <= longest else f"…{text[len(text) - longest + 1 :]}"


def _is_missing(value: Any) -> bool:
    return value is None or value is pd.NA or value is pd.NaT or value != value
