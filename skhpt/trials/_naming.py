"""What the trial that is running is called, for the names of files that callbacks write."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

OUTSIDE: Mapping[str, str] = {"candidate": "0", "fold": "fit", "repeat": "0"}
"""The names in a fit that is part of no search."""

_names: ContextVar[Mapping[str, str] | None] = ContextVar("_names", default=None)
_shared_paths: ContextVar[frozenset[str]] = ContextVar("_shared_paths", default=frozenset())


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


def shared_paths() -> frozenset[str]:
    """Paths of callbacks, as they were given, of which the trial that is running here has to have its own.

    Examples
    --------
    >>> with naming_trial(["logs"], candidate=3, fold=0, repeat=0):
    ...     shared_paths()
    frozenset({'logs'})
    """
    return _shared_paths.get()


@contextmanager
def naming_trial(shared_paths: Iterable[str] = (), **names: object) -> Iterator[None]:
    """Call what is fitted inside of this by these names; those of a search within a trial come after the trial's.

    Whatever estimator fits it, at whatever depth, in this thread.

    Parameters
    ----------
    shared_paths : iterable of str, default=()
        Paths of callbacks that other trials were given as well.
    **names : object
        As of `trial_names`.
    """
    outer = _names.get() or {}
    inner = {name: f"{outer[name]}.{value}" if name in outer else str(value) for name, value in names.items()}
    tokens = _names.set(inner), _shared_paths.set(_shared_paths.get() | frozenset(shared_paths))
    try:
        yield
    finally:
        _names.reset(tokens[0])
        _shared_paths.reset(tokens[1])


def trial_name(candidate: object, fold: object, repeat: object) -> str:
    """A trial in one short word, for the name of a directory: these words sort as the numbers do.

    Parameters
    ----------
    candidate, fold, repeat : object
        As of `trial_names`, or as numbers.

    Examples
    --------
    >>> trial_name(3, 0, 1), trial_name("3", "refit", "0"), trial_name("3.1", "0.refit", "1.0")
    ('c0003-f00-r01', 'c0003-refit-r00', 'c0003.0001-f00.refit-r01.00')
    """
    return f"{_part('c', candidate, 4)}-{_part('f', fold, 2)}-{_part('r', repeat, 2)}"


def _part(letter: str, name: object, n_digits: int) -> str:
    """The numbers of a name behind a letter; a word, such as ``refit``, as it is."""
    parts = [part.zfill(n_digits) if part.isdecimal() else part for part in str(name).split(".")]
    return f"{letter if parts[0].isdecimal() else ''}{'.'.join(parts)}"
