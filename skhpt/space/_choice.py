"""One of several options."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from skhpt.space._dimension import Dimension


@dataclass(frozen=True, repr=False)
class Choice(Dimension):
    """One of several options, each as likely as the others.

    Parameters
    ----------
    options : list, tuple or array of shape (n_options,)
        What there is to choose from: numbers, text, None, functions, estimators.

    Attributes
    ----------
    options : tuple
        As given; numbers of NumPy's arrays as those of Python.

    Raises
    ------
    TypeError
        If `options` are no sequence.
    ValueError
        If there are none.

    Examples
    --------
    >>> activation = Choice(["relu", "tanh"])
    >>> activation, activation.n_values
    (Choice(['relu', 'tanh']), 2)
    >>> activation.rvs(size=4, random_state=0)
    ['relu', 'tanh', 'tanh', 'relu']
    """

    options: tuple[Any, ...]

    def __post_init__(self) -> None:
        options: Any = self.options
        if isinstance(options, np.ndarray) and options.ndim == 1:
            options = options.tolist()
        if isinstance(options, (str, bytes)) or not isinstance(options, Sequence):
            raise TypeError(
                "The 'options' parameter of Choice must be a list, a tuple or a one-dimensional array. "
                f"Got {options!r} instead."
            )
        if not options:
            raise ValueError("The 'options' parameter of Choice must have at least one element. Got none.")
        object.__setattr__(self, "options", tuple(options))

    @property
    def arguments(self) -> tuple[Sequence[Any], Mapping[str, Any]]:
        return [list(self.options)], {}

    @property
    def n_values(self) -> int:
        return len(self.options)

    def values(self) -> Sequence[Any]:
        return self.options
