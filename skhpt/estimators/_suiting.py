"""Whether a built model can be trained on its data: what Keras says only at the first step, or in other words."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from skhpt._compat.keras import fresh_metric_names
from skhpt._compat.keras_compilation import given_metrics
from skhpt.estimators._copying import faithful_copy
from skhpt.estimators._known_names import RESOLVED_LATER
from skhpt.estimators._text import keras_dtype
from skhpt.exceptions import ModelError


def check_inputs(model: keras.Model, X: Any) -> None:
    """Raise if rows have not the shape that a model takes.

    Parameters
    ----------
    model : keras.Model
        Any. Of one that was made by subclassing nothing is known before it is called.
    X : array, or list or dict of arrays
        The rows, as the model takes them.

    Raises
    ------
    ModelError
        With both shapes.
    """
    inputs = keras.tree.flatten(getattr(model, "inputs", None) or [])
    expected = [tensor.shape for tensor in inputs]
    found = [tuple(array.shape) for array in keras.tree.flatten(X)]
    if not inputs or (len(expected) == len(found) and all(map(_fits, found, expected))):
        return
    rows = keras.tree.map_structure(lambda a: keras.KerasTensor((None, *a.shape[1:]), dtype=keras_dtype(a)), X)
    try:
        model(rows)  # Keras adds or drops an axis of length 1, and finds inputs by their names
    except Exception as error:
        takes, has = (_written([shape[1:] for shape in shapes]) for shapes in (expected, found))
        raise ModelError(
            f"The model takes rows of shape {takes}. X has rows of shape {has}. A builder that takes an argument "
            f"`meta` finds the shape as meta['X_shape_'][1:]."
        ) from error


def check_metrics(model: keras.Model, y: Any) -> None:
    """Raise if a metric of Keras' own is for another form of the classes than the model is trained with.

    Parameters
    ----------
    model : keras.Model
        Compiled, with one output.
    y : ndarray of shape (n_samples,) or (n_samples, 1)
        The numbers of the classes.

    Raises
    ------
    ModelError
        With what to take instead.
    """
    shapes = [tensor.shape for tensor in getattr(model, "outputs", None) or []]
    if len(shapes) != 1 or len(shapes[0]) != 2 or not isinstance(y, np.ndarray) or y.size != len(y):
        return
    width = shapes[0][1]
    for metric in given_metrics(model) if width not in (None, 1) else []:
        with fresh_metric_names():  # the model's own are yet to be named
            can_be_computed = _can_be_computed(metric, width)
        if not can_be_computed:
            name = metric if isinstance(metric, str) else type(metric).__name__
            raise ModelError(
                f"The metric {name!r} can't be computed: the model has {width} units, and y holds the numbers of the "
                f"classes. Give loss='categorical_crossentropy', for which y is one-hot encoded, or a metric such as "
                f"'accuracy' or 'sparse_top_k_categorical_accuracy'."
            )


def _can_be_computed(metric: Any, width: int) -> bool:
    """Whether a metric takes numbers of classes beside as many outputs as there are classes, if it is Keras' own."""
    if isinstance(metric, str):
        metric = None if metric in RESOLVED_LATER else keras.metrics.get(metric)
    elif not type(metric).__module__.startswith("keras.") or type(metric) is keras.metrics.MeanMetricWrapper:
        return True  # a function or class of the user's own
    try:
        if isinstance(metric, keras.metrics.Metric):  # the model's own counts what it is called with
            metric = faithful_copy(metric)
        if metric is not None:
            metric(np.zeros((2, 1), np.int32), np.full((2, width), 1 / width, np.float32))
    except Exception:  # noqa: BLE001 - each backend has errors of its own for shapes
        return False
    return True


def _fits(found: tuple[int, ...], expected: tuple[int | None, ...]) -> bool:
    ranks_agree = len(found) == len(expected)
    return ranks_agree and all(size in (None, known) for size, known in zip(expected[1:], found[1:], strict=True))


def _written(shapes: list[tuple[int | None, ...]]) -> str:
    return " and ".join(map(str, shapes))
