"""What `_tensorflow_internals` does, on backends that keep neither graphs nor kernels of a model that is gone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

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
