"""Predictions that were made ahead."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


class Foretold:
    """What a model puts out for some rows, by the very object that holds the rows.

    The fused engine computes it for many models at once, and hands it to the estimator that is to be scored.

    Parameters
    ----------
    pairs : iterable of (rows, outputs)
        As they are given to, and returned by, `keras.Model.predict`.

    Examples
    --------
    >>> rows = [[1.0], [2.0]]
    >>> foretold = Foretold([(rows, [[3.0], [4.0]])])
    >>> rows in foretold, [[1.0], [2.0]] in foretold, foretold[rows]
    (True, False, [[3.0], [4.0]])
    """

    def __init__(self, pairs: Iterable[tuple[Any, Any]] = ()) -> None:
        self._pairs = tuple(pairs)

    def __contains__(self, rows: Any) -> bool:
        return any(known is rows for known, _ in self._pairs)

    def __getitem__(self, rows: Any) -> Any:
        return next(outputs for known, outputs in self._pairs if known is rows)
