"""What the trial that is running is called, for the names of files that callbacks write."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

OUTSIDE: Mapping[str, str] = {"candidate": "0", "fold": "fit", "repeat": "0"}
"""The names in a fit that is part of no search."""

_names: ContextVar[Mapping[str, str] | None] = ContextVar("_names", default=None)


def trial_names() -> Mapping[str, str]:
    """What stands for ``{candidate}``, ``{fold}`` and ``{repeat}`` here.

    Examples
    --------
    >>> trial_names()["fold"]
    'fit'
    >>> with naming_trial(candidate=3, fold=0, repeat=1), naming_trial(candidate=1, fold="refit", repeat=0):
    ...     trial_names()
    {'candidate': '3.1', 'fold': '0.refit', 'repeat': '1.0'}
    """
    return _names.get() or OUTSIDE


def is_in_trial() -> bool:
    """Whether what is fitted here is a part of a trial of a search."""
    return _names.get() is not None


@contextmanager
def naming_trial(**names: object) -> Iterator[None]:
    """Call what is fitted inside of this by these names; those of a search within a trial come after the trial's.

    Whatever estimator fits it, at whatever depth, in this thread.
    """
    outer = _names.get() or {}
    inner = {name: f"{outer[name]}.{value}" if name in outer else str(value) for name, value in names.items()}
    token = _names.set(inner)
    try:
        yield
    finally:
        _names.reset(token)
