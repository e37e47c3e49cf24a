"""Who hears how far the training has come that is running here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Hears = Callable[[int], None]

_hears: ContextVar[Hears | None] = ContextVar("_hears", default=None)


def epoch_has_ended(n_epochs: int) -> None:
    """Say that so many epochs of the training that is running here have ended.

    Examples
    --------
    >>> with hearing_epochs(print):
    ...     epoch_has_ended(3)
    3
    >>> epoch_has_ended(4)
    """
    hears = _hears.get()
    if hears is not None:
        hears(n_epochs)


@contextmanager
def hearing_epochs(hears: Hears | None) -> Iterator[None]:
    """Let this, and nobody outside, hear of the epochs of what is trained inside, in this thread."""
    token = _hears.set(hears)
    try:
        yield
    finally:
        _hears.reset(token)
