"""Hyper-parameters as TensorBoard has them: columns of numbers, of bools, or of text."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from numbers import Real
from typing import Any, Literal

import numpy as np

from skhpt.store import describe, readable

Kind = Literal["number", "bool", "text"]
Value = bool | float | str


@dataclass(frozen=True)
class HyperParameter:
    """One column.

    Parameters
    ----------
    name : str
        Of the parameter.
    kind : {"number", "bool", "text"}
        What all of its values are.
    values : tuple of bool, float or str
        Those that occur, sorted.
    """

    name: str
    kind: Kind
    values: tuple[Value, ...]

    def of(self, value: Any) -> Value | None:
        """A parameter's value in this column; None where it is to be left out: None among numbers or bools."""
        return _as_text(value) if self.kind == "text" else _plain(value)


def hyper_parameters(settings: Iterable[Mapping[str, Any]]) -> dict[str, HyperParameter]:
    """The columns for some candidates, by name.

    A column is of numbers or of bools if all of its values are, None aside; otherwise of text. So is one in which a
    number is not finite, which TensorBoard can't show. One that is None throughout is of text.

    Parameters
    ----------
    settings : iterable of mapping of str to object
        The parameters of each candidate.

    Examples
    --------
    >>> found = hyper_parameters([{"units": 8, "optimizer": "adam", "seed": None}, {"units": np.int64(4), "seed": 1}])
    >>> for column in found.values():
    ...     print(column)
    HyperParameter(name='units', kind='number', values=(4, 8))
    HyperParameter(name='optimizer', kind='text', values=('adam',))
    HyperParameter(name='seed', kind='number', values=(1,))
    >>> found["seed"].of(None), found["optimizer"].of((16, 32))
    (None, '(16, 32)')
    """
    by_name: dict[str, list[Any]] = {}
    for params in settings:
        for name, value in params.items():
            by_name.setdefault(name, []).append(value)
    return {name: _column(name, values) for name, values in by_name.items()}


def _column(name: str, values: Collection[Any]) -> HyperParameter:
    kinds = {_kind(value) for value in values if value is not None}
    kind: Kind = kinds.pop() if len(kinds) == 1 else "text"
    empty = HyperParameter(name, kind, ())
    found = {known for value in values if (known := empty.of(value)) is not None}
    return HyperParameter(name, kind, tuple(sorted(found)))


def _kind(value: Any) -> Kind:
    value = _plain(value)
    if isinstance(value, bool):
        return "bool"
    return "number" if isinstance(value, (int, float)) and math.isfinite(value) else "text"


def _plain(value: Any) -> Any:
    """A number as one of Python's that a float can hold, and text if it is none such; all others as they are."""
    if isinstance(value, np.timedelta64):  # which NumPy takes for an integer
        return str(value)
    value = value.item() if isinstance(value, np.generic) else value
    is_pythons = type(value) in (bool, int, float)
    if not isinstance(value, Real):
        return value
    try:
        number = float(value)
    except OverflowError:
        return str(value)
    return value if is_pythons else number


def _as_text(value: Any) -> str:
    value = _plain(value)
    text = str(value) if isinstance(value, str) else str(readable(describe(value)))
    return text.encode(errors="backslashreplace").decode()  # a name of a file may be no text
