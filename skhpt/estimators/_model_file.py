"""A Keras model by itself, read from where an estimator was stored."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras

from skhpt.exceptions import DamagedRunError

MODEL_FILE = "model.keras"


def read_model(directory: Path, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """The `keras.Model` in a directory that `save` has made, without running anything that is in the file.

    Parameters
    ----------
    directory : Path
        Where.
    custom_objects : mapping of str to object, default=None
        As for `keras.saving.load_model`.

    Raises
    ------
    DamagedRunError
        If Keras can't read it, or would have to run what is in it.
    """
    file = directory / MODEL_FILE
    try:
        return keras.saving.load_model(file, custom_objects=custom_objects, safe_mode=True)
    except Exception as error:  # whatever a file that is not what was written makes Keras raise
        raise DamagedRunError(f"Keras can't read {file}: {error}") from error
