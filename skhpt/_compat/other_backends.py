"""What the seam to TensorFlow does, on backends that keep neither graphs nor kernels of a model that is gone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras


@contextmanager
def leaving_nothing_behind() -> Iterator[None]:
    """Nothing is left behind anyway."""
    yield


@contextmanager
def sharing_kernels() -> Iterator[None]:
    """There are none to share."""
    yield


def has_hidden_state(model: keras.Model) -> bool:
    """Whether training a model may change what Keras does not know: if its step is not compiled to a pure function."""
    return bool(model.run_eagerly or not model.jit_compile)


def variable_key(variable: keras.Variable) -> Any:
    """What optimizers know a variable by."""
    return id(variable)


def to_share(variable: keras.Variable) -> Any:
    """The variable itself, as JAX reuses the memory of its array when it trains; None in a thread.

    While Keras trains a model on JAX, its variables have no values that another thread could read.
    """
    return variable if threading.current_thread() is threading.main_thread() else None


def is_shared(value: Any) -> bool:
    """There is nothing that a copy of a model would have in common with it."""
    return False


def made_again(value: Any) -> tuple[Any, ...] | None:
    """Everything can be pickled as it is."""
    return None
