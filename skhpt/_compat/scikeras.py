"""The one place that imports SciKeras: its target encoders and its names for losses.

On import SciKeras 0.13.0 replaces how Keras' models, losses, metrics and optimizers are pickled, for the whole process
(`scikeras/__init__.py`), after which a model with a Lambda layer no longer pickles. Keras 3 pickles them itself, so its
own methods are put back here, unless the user had imported scikeras before and may rely on its.
"""

from __future__ import annotations

import sys

import keras

_PICKLING = ("__reduce__", "__deepcopy__")
_PATCHED = (keras.Model, keras.losses.Loss, keras.metrics.Metric, keras.optimizers.Optimizer)

_user_was_first = "scikeras" in sys.modules
_own_methods = {cls: {name: vars(cls)[name] for name in _PICKLING if name in vars(cls)} for cls in _PATCHED}

from scikeras.utils import loss_name  # noqa: E402 - Keras' methods have to be noted first
from scikeras.utils.transformers import ClassifierLabelEncoder, RegressorTargetEncoder  # noqa: E402 - as above

if not _user_was_first:
    for _cls, _methods in _own_methods.items():
        for _name in _PICKLING:
            if _name in _methods:
                setattr(_cls, _name, _methods[_name])
            elif _name in vars(_cls):
                delattr(_cls, _name)

__all__ = ["ClassifierLabelEncoder", "RegressorTargetEncoder", "encoded_shape", "loss_name"]


def encoded_shape(encoder: RegressorTargetEncoder) -> tuple[int, ...]:
    """The shape of the targets that an encoder was fitted to."""
    shape: tuple[int, ...] = encoder._y_shape
    return shape
