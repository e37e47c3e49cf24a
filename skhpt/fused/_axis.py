"""The axes of a network that is wider than the networks of the lanes it trains."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Widths = tuple[int, ...]
"""Of the layers of one network that have a width, in their order."""


@dataclass(frozen=True)
class Part:
    """A part of an axis.

    Parameters
    ----------
    size : int
        How many entries the wide network has there.
    width : int or None, default=None
        Which of a network's `Widths` says how many of them are its own, from the first on; None if all are.
    """

    size: int
    width: int | None = None

    def n_own(self, widths: Widths) -> int:
        """How many entries a network of these widths has there."""
        return self.size if self.width is None else widths[self.width]


Axis = tuple[Part, ...]
"""One part after the other."""

Axes = tuple[Axis | None, ...]
"""Of an array; None where all networks have the same."""


@dataclass(frozen=True)
class Length:
    """How many entries networks have along an axis, for whoever asks often.

    Parameters
    ----------
    fixed : int
        How many all have.
    widths : tuple of (int, int)
        Which of a network's `Widths` it has besides, and how often each.
    """

    fixed: int
    widths: tuple[tuple[int, int], ...] = ()

    @classmethod
    def along(cls, n: int, axis: Axis | None) -> Length:
        """Of an axis along which the wide network has n entries.

        Examples
        --------
        >>> Length.along(10, (Part(4, 0), Part(2), Part(4, 0)))
        Length(fixed=2, widths=((0, 2),))
        """
        if axis is None:
            return cls(n)
        of_widths = Counter(part.width for part in axis if part.width is not None)
        return cls(sum(part.size for part in axis if part.width is None), tuple(of_widths.items()))

    def of(self, widths: Widths) -> int:
        """Of a network of these widths."""
        return self.fixed + sum(times * widths[width] for width, times in self.widths)


def is_padded(axis: Axis | None) -> bool:
    """Whether networks differ along it."""
    return axis is not None and any(part.width is not None for part in axis)


def own_places(axis: Axis, widths: Widths) -> npt.NDArray[np.intp]:
    """Where the entries of a narrow network stand.

    Examples
    --------
    >>> own_places((Part(4, 0), Part(2)), (3,)).tolist()
    [0, 1, 2, 4, 5]
    """
    ends = np.cumsum([part.size for part in axis])
    return np.concatenate(
        [np.arange(part.n_own(widths)) + end - part.size for part, end in zip(axis, ends, strict=True)]
    )


def own_shape(shape: Sequence[int], axes: Axes, widths: Widths) -> tuple[int, ...]:
    """The shape of a narrow network's array.

    Examples
    --------
    >>> own_shape((5, 6), (None, (Part(4, 0), Part(2))), (3,))
    (5, 5)
    """
    return tuple(Length.along(n, axis).of(widths) for n, axis in zip(shape, axes, strict=True))


def padded(array: npt.NDArray[np.generic], axes: Axes, widths: Widths) -> npt.NDArray[np.generic]:
    """An array of a narrow network among zeros, as the wide one has it.

    Examples
    --------
    >>> padded(np.ones((2, 1)), (None, (Part(3, 0),)), (1,)).tolist()
    [[1.0, 0.0, 0.0], [1.0, 0.0, 0.0]]
    """
    if not any(map(is_padded, axes)):
        return array
    shape = [n if axis is None else sum(part.size for part in axis) for n, axis in zip(array.shape, axes, strict=True)]
    wide = np.zeros(shape, array.dtype)
    wide[_own(axes, shape, widths)] = array
    return wide


def cropped(array: npt.NDArray[np.generic], axes: Axes, widths: Widths) -> npt.NDArray[np.generic]:
    """The array of a narrow network, out of what the wide one has.

    Examples
    --------
    >>> cropped(np.eye(3), ((Part(3, 0),), (Part(3, 0),)), (2,)).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    if not any(map(is_padded, axes)):
        return array
    return np.ascontiguousarray(array[_own(axes, array.shape, widths)])


def _own(axes: Axes, shape: Sequence[int], widths: Widths) -> tuple[npt.NDArray[np.intp], ...]:
    every = (np.arange(n) if axis is None else own_places(axis, widths) for n, axis in zip(shape, axes, strict=True))
    return np.ix_(*every)
