"""Paths that callbacks are given, with places for what a trial is called."""

from __future__ import annotations

import os
from collections.abc import Container, Iterable, Iterator, Mapping
from pathlib import PurePath

import keras

# Under which Keras' callbacks keep where they write to: ModelCheckpoint and CSVLogger a file, TensorBoard and
# BackupAndRestore a directory.
_FILES, _DIRECTORIES = ("filepath", "filename"), ("log_dir", "backup_dir")
_WEIGHTS = ".weights.h5"  # Keras asks for both parts of this suffix


def paths_of(callbacks: Iterable[keras.callbacks.Callback]) -> dict[str, str]:
    """Where callbacks write to, as it was given; and the path with ``{trial}`` in it, for each trial its own."""
    return {
        path: _own_path(attribute, path) for callback in callbacks for attribute, path in _given_paths(callback).items()
    }


def fill_in(
    callbacks: Iterable[keras.callbacks.Callback], names: Mapping[str, str], shared_paths: Container[str] = ()
) -> None:
    """Put values in the place of ``{candidate}``, ``{fold}``, ``{repeat}`` and ``{trial}`` in the callbacks' paths.

    Whatever else is in braces, such as the ``{epoch}`` of `keras.callbacks.ModelCheckpoint`, stays.

    Parameters
    ----------
    callbacks : iterable of keras.callbacks.Callback
        Changed.
    names : mapping of str to str
        What stands for each of these words.
    shared_paths : container of str, default=()
        Paths that get ``{trial}`` before, as other trials are given the same.
    """
    for callback in callbacks:
        for attribute, path in _given_paths(callback).items():
            if path in shared_paths:
                _move(callback, attribute, path)
        for attribute, value in vars(callback).items():
            if isinstance(value, (str, PurePath)) and any(f"{{{name}}}" in str(value) for name in names):
                filled = str(value)
                for name, called in names.items():
                    filled = filled.replace(f"{{{name}}}", called)
                setattr(callback, attribute, type(value)(filled))


def _given_paths(callback: keras.callbacks.Callback) -> dict[str, str]:
    """The paths of a callback, by the attribute that holds each."""
    given = ((name, vars(callback).get(name)) for name in (*_FILES, *_DIRECTORIES))
    return {name: str(path) for name, path in given if isinstance(path, (str, PurePath)) and str(path)}


def _move(callback: keras.callbacks.Callback, attribute: str, path: str) -> None:
    """Let a callback write to its trial's own path, be it below a directory that it was given."""
    own, below = _own_path(attribute, path), os.path.join(path, "")
    setattr(callback, attribute, type(getattr(callback, attribute))(own))
    if attribute in _FILES:
        return
    for name, value in list(_texts(callback)):
        if name != attribute and value.startswith(below):  # BackupAndRestore has made the names of its files already
            setattr(callback, name, os.path.join(own, value.removeprefix(below)))


def _texts(callback: keras.callbacks.Callback) -> Iterator[tuple[str, str]]:
    return ((name, value) for name, value in vars(callback).items() if isinstance(value, str))


def _own_path(attribute: str, path: str) -> str:
    """A path with ``{trial}`` in it.

    Examples
    --------
    >>> _own_path("filepath", "models/best.keras"), _own_path("filepath", "{epoch}.weights.h5")
    ('models/best-{trial}.keras', '{epoch}-{trial}.weights.h5')
    >>> _own_path("log_dir", "logs")
    'logs/{trial}'
    """
    if attribute in _DIRECTORIES:
        return os.path.join(path, "{trial}")
    stem, suffix = (path.removesuffix(_WEIGHTS), _WEIGHTS) if path.endswith(_WEIGHTS) else os.path.splitext(path)
    return f"{path}-{{trial}}" if "{" in suffix else f"{stem}-{{trial}}{suffix}"
