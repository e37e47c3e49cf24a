"""Predictions that were made ahead."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np


class Foretold:
    """What a model puts out for some rows, by the very object that holds the rows.

    The fused engine computes it for many models at once, and hands it to the estimator that is to be scored.

    Parameters
    ----------
    pairs : iterable of (rows, outputs) or (rows, outputs, original)
        As they are given to, and returned by, `keras.Model.predict`. With an original, the outputs hold only as long as
        the rows are equal to it.

    Examples
    --------
    >>> rows = np.array([[1.0], [2.0]])
    >>> foretold = Foretold([(rows, [[3.0], [4.0]], rows.copy())])
    >>> rows in foretold, rows.copy() in foretold, foretold[rows]
    (True, False, [[3.0], [4.0]])
    >>> rows[0] = 5.0
    >>> rows in foretold
    False
    """

    def __init__(self, pairs: Iterable[tuple[Any, ...]] = ()) -> None:
        self._pairs = tuple(pairs)

    def __contains__(self, rows: Any) -> bool:
        return any(pair[0] is rows and (len(pair) == 2 or _same(rows, pair[2])) for pair in self._pairs)

    def __getitem__(self, rows: Any) -> Any:
        return next(pair[1] for pair in self._pairs if pair[0] is rows)

    def __iter__(self) -> Iterator[Any]:
        """All outputs."""
        return (pair[1] for pair in self._pairs)


def _same(rows: Any, original: Any) -> bool:
    """Whether arrays hold the same; what is no array of numbers is taken to have changed."""
    arrays = np.asarray(rows), np.asarray(original)
    return arrays[0].dtype.kind in "fiub" and np.array_equal(*arrays, equal_nan=arrays[0].dtype.kind == "f")
