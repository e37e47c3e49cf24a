"""Paths that callbacks are given, with places for what a trial is called."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePath

import keras

# Under which Keras' callbacks keep where they write to: ModelCheckpoint, CSVLogger, TensorBoard, BackupAndRestore.
_ATTRIBUTES = ("filepath", "filename", "log_dir", "backup_dir")


def paths_of(callbacks: Iterable[keras.callbacks.Callback]) -> Iterator[str]:
    """Where they write to."""
    for callback in callbacks:
        given = (vars(callback).get(name) for name in _ATTRIBUTES)
        yield from (str(path) for path in given if isinstance(path, (str, PurePath)) and str(path))


def fill_in(callbacks: Iterable[keras.callbacks.Callback], names: Mapping[str, str]) -> None:
    """Put values in the place of ``{candidate}``, ``{fold}``, ``{repeat}`` and ``{trial}`` in the callbacks' paths.

    Whatever else is in braces, such as the ``{epoch}`` of `keras.callbacks.ModelCheckpoint`, stays.
    """
    for callback in callbacks:
        for attribute, value in vars(callback).items():
            if isinstance(value, (str, PurePath)) and any(f"{{{name}}}" in str(value) for name in names):
                filled = str(value)
                for name, called in names.items():
                    filled = filled.replace(f"{{{name}}}", called)
                setattr(callback, attribute, type(value)(filled))
