"""A parameter that is one of several things."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Category:
    """One of several options, none of which is nearer to another.

    Samplers see its place among the options only, so that an option may be whatever there is: a function, an estimator.

    Parameters
    ----------
    options : tuple
        At least one.

    Raises
    ------
    ValueError
        If there is none.

    Examples
    --------
    >>> Category(("relu", "tanh")).size
    2
    """

    options: tuple[Any, ...]

    def __post_init__(self) -> None:
        if not self.options:
            raise ValueError("there must be at least one option: got none")

    @property
    def size(self) -> int:
        """How many there are."""
        return len(self.options)
