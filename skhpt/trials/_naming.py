"""What the trial that is running is called, for the names of files that callbacks write."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

Fold = TypeVar("Fold")

OUTSIDE: Mapping[str, str] = {"candidate": "0", "fold": "fit", "repeat": "0"}
"""The names in a fit that is part of no search."""

_names: ContextVar[Mapping[str, str] | None] = ContextVar("_names", default=None)
_outer_fold: ContextVar[Mapping[str, str]] = ContextVar("_outer_fold", default={})  # noqa: B039 - never changed
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


def outer_names() -> Mapping[str, str]:
    """Names that come before those of the trials of a search that begins here: of a trial, or of an outer fold."""
    return _names.get() or _outer_fold.get()


def numbered_folds(folds: Iterable[Fold]) -> Iterator[Fold]:
    """The folds of an outer cross-validation: a search that is fitted on one has its number before its own names.

    Parameters
    ----------
    folds : iterable
        Each is used before the next one is asked for.

    Examples
    --------
    >>> [outer_names() for fold in numbered_folds(["a", "b"])], outer_names()
    ([{'fold': '0'}, {'fold': '1'}], {})
    """
    before = _outer_fold.get()
    try:
        for number, fold in enumerate(folds):
            _outer_fold.set({"fold": str(number)})
            yield fold
    finally:
        _outer_fold.set(before)


@contextmanager
def naming_trial(
    shared_paths: Iterable[str] = (), within: Mapping[str, str] | None = None, **names: object
) -> Iterator[None]:
    """Call what is fitted inside of this by these names; those of a search within a trial come after the trial's.

    Whatever estimator fits it, at whatever depth, in this thread.

    Parameters
    ----------
    shared_paths : iterable of str, default=()
        Paths of callbacks that other trials were given as well.
    within : mapping of str to str, default=None
        As of `outer_names` where the search began, for a worker process, which does not know.
    **names : object
        As of `trial_names`.
    """
    outer = outer_names() or within or {}
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
