"""Callbacks that wait for a validation loss or metric where nothing is validated."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import keras


def blind_monitors(callbacks: Iterable[keras.callbacks.Callback]) -> list[tuple[str, str]]:
    """Callbacks of a training without validation that monitor a name that begins with ``val_``.

    Parameters
    ----------
    callbacks : iterable of callback
        In the order in which they are called. A callback with a hook of a user's own may put any name into the logs of
        an epoch, so neither it nor what comes after it is looked at.

    Returns
    -------
    list of (str, str)
        The class of each, and what it monitors.
    """
    found = []
    for callback in callbacks:
        if _may_add_to_logs(callback):
            break
        monitor = getattr(callback, "monitor", None)
        # A checkpoint of every epoch does not look at it.
        if isinstance(monitor, str) and monitor.startswith("val_") and getattr(callback, "save_best_only", True):
            found.append((type(callback).__name__, monitor))
    return found


def warn_of_blind_monitors(blind: Sequence[tuple[str, str]], owner: str) -> None:
    """Warn once of all callbacks of a training that can never act.

    Parameters
    ----------
    blind : sequence of (str, str)
        From `blind_monitors`.
    owner : str
        The class of the estimator.
    """
    if blind:
        shown = " and ".join(f"{name} monitors {monitor!r}" for name, monitor in dict.fromkeys(blind))
        warnings.warn(
            f"{shown}, but {owner} has nothing to validate on, so it can never act. Set the 'validation_split' "
            "parameter, as in validation_split=0.2, or give X_val and y_val to fit.",
            UserWarning,
            stacklevel=2,
        )


@contextmanager
def without_repeated_warnings(blind: Sequence[tuple[str, str]]) -> Iterator[None]:
    """Ignore what Keras' callbacks say of it after each epoch."""
    if not blind:
        yield
        return
    with warnings.catch_warnings():
        for _, monitor in blind:
            for said in (f".*conditioned on metric `{monitor}` which", f"Can save best model only with {monitor} "):
                warnings.filterwarnings("ignore", said, UserWarning)
        yield


def _may_add_to_logs(callback: keras.callbacks.Callback) -> bool:
    own = [cls for cls in type(callback).__mro__ if not cls.__module__.startswith(("keras.", "skhpt.", "builtins"))]
    has_hook = any(name.startswith("on_") for cls in own for name in vars(cls))
    return has_hook or isinstance(callback, keras.callbacks.LambdaCallback)
