"""The one place that uses Keras' private parts, and what for.

`tests/estimators/test_keras_internals.py` fails when Keras changes them.
"""

from __future__ import annotations

import collections
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras
from keras.src.backend.common import global_state


@contextmanager
def fresh_names() -> Iterator[None]:
    """Let Keras count the names that it makes up from the start, and go on with the old count afterwards.

    Keras calls the second `Precision` of a process ``precision_1``, whichever model it is in. A history, a callback's
    ``monitor="val_precision"`` or `model.get_layer("dense_1")` would mean something else in every fit of a search.
    """
    outer = global_state.get_global_attribute("object_name_uids")
    global_state.set_global_attribute("object_name_uids", collections.defaultdict(int))
    try:
        yield
    finally:
        global_state.set_global_attribute("object_name_uids", outer)


def compile_again(model: keras.Model, **changes: Any) -> None:
    """Compile the model as it was, but for the given arguments."""
    model.compile(**{**model._compile_config.config, **changes})
