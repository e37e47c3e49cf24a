"""Predictions that were not finite, noted for the trial that asked for them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from skhpt.exceptions import DivergedError

_noted: ContextVar[list[DivergedError] | None] = ContextVar("_noted", default=None)


@contextmanager
def noting_divergence() -> Iterator[list[DivergedError]]:
    """Note what `note_divergence` is told inside of this, in this thread.

    Scikit-learn's scorers catch the errors of predictions, and so may a user's.

    Yields
    ------
    list of DivergedError
        Empty at first.

    Examples
    --------
    >>> with noting_divergence() as noted:
    ...     note_divergence(DivergedError("Outputs are not finite."))
    >>> noted
    [DivergedError('Outputs are not finite.')]
    """
    noted: list[DivergedError] = []
    token = _noted.set(noted)
    try:
        yield noted
    finally:
        _noted.reset(token)


def note_divergence(error: DivergedError) -> None:
    """Say that an error is about to be raised."""
    if (noted := _noted.get()) is not None:
        noted.append(error)
