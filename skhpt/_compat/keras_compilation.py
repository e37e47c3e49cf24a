"""Private parts of Keras by which a compiled model is completed before it is traced, which only the fused engine does.

`tests/compat/test_keras.py` fails when Keras changes them. Without them the engine trains nothing.
"""

from __future__ import annotations

from typing import Any

import keras

from skhpt._compat._parts import private_part
from skhpt._compat.keras_objects import compiled_metrics

backend: Any = private_part("keras.src", "backend")
get_keras_mask: Any = private_part("keras.src.backend", "get_keras_mask")
set_keras_mask: Any = private_part("keras.src.backend", "set_keras_mask")

__all__ = ["complete_compilation", "get_keras_mask", "given_metrics", "output_structure", "set_keras_mask"]


def complete_compilation(model: keras.Model, batch: Any) -> None:
    """Make the variables of a model's losses and metrics, as Keras does at its first step.

    Parameters
    ----------
    model : keras.Model
        Built and compiled.
    batch : tuple of (X, y) or (X, y, sample_weight)
        Some rows.
    """
    metrics, losses = model._compile_metrics, model._compile_loss
    todo = [part for part in (metrics, losses) if part is not None and not part.built]
    if not todo:
        return
    X, y, sample_weight = keras.utils.unpack_x_y_sample_weight(keras.tree.lists_to_tuples(batch))
    X, y, sample_weight = (keras.tree.map_structure(_symbolic, part) for part in (X, y, sample_weight))
    outputs = output_structure(model)
    if outputs is None:
        outputs = backend.compute_output_spec(model, X, training=False)
    is_plain = not keras.tree.is_nested(y) and not keras.tree.is_nested(outputs)
    if is_plain:  # what Keras comes to as well, which takes it five times as long
        for part in todo:
            part.build(y, outputs)
    if metrics in todo and not (is_plain and all(map(_is_complete, metrics.metrics))):
        backend.compute_output_spec(model.compute_metrics, X, y, outputs, sample_weight=sample_weight)
    if losses in todo and not is_plain:
        options = {"sample_weight": sample_weight, "training": False}
        backend.compute_output_spec(model._compute_loss, X, y, outputs, **options)
    model._post_build()


def given_metrics(model: keras.Model) -> list[Any]:
    """The metrics that a model was compiled with, as they were given."""
    given = getattr(compiled_metrics(model), "_user_metrics", None)
    return [each for each in keras.tree.flatten(given) if each is not None]


def _is_complete(metric: keras.metrics.Metric) -> bool:
    """Whether a metric makes no variables at its first update; of a class of the user's own, that can't be told."""
    return bool(getattr(metric, "_built", True)) and type(metric).__module__.startswith("keras.")


def output_structure(model: keras.Model) -> Any:
    """What a functional or sequential model puts out: a symbolic tensor, or a list or dict of them; else None."""
    return getattr(getattr(model, "_functional", None) or model, "_outputs_struct", None)


def _symbolic(array: Any) -> keras.KerasTensor | None:
    if array is None:
        return None
    return keras.KerasTensor((None, *array.shape[1:]), backend.standardize_dtype(array.dtype))
