"""What a model puts out, and what that means."""

from __future__ import annotations

import functools
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from scipy.special import expit, softmax

from skhpt.exceptions import ModelError


def output_width(model: keras.Model, input_shape: tuple[int, ...], dtype: Any) -> int:
    """The number of units of the model's output; builds a model that is not built yet.

    Parameters
    ----------
    model : keras.Model
        With one output, of one axis.
    input_shape : tuple of int
        Of one row.
    dtype : dtype
        Of the rows.

    Raises
    ------
    ModelError
        If the model has several outputs, or one that is not of shape (n_samples, n_units).
    """
    outputs = getattr(model, "outputs", None)
    if outputs is None:  # made by subclassing, or a Sequential that was not told its input
        outputs = keras.tree.flatten(model(keras.KerasTensor((None, *input_shape), dtype=np.dtype(dtype).name)))
    if len(outputs) != 1:
        raise ModelError(f"The model must have one output. Got {len(outputs)} instead.")
    shape = tuple(outputs[0].shape)
    if len(shape) != 2:
        raise ModelError(f"The model's output must have shape (n_samples, n_units). Got {shape} instead.")
    return int(shape[1])


def takes_logits(loss: Any) -> bool:
    """Whether a compiled loss was made with ``from_logits=True``."""
    if isinstance(loss, functools.partial):
        return bool(loss.keywords.get("from_logits", False))
    return isinstance(loss, keras.losses.Loss) and bool(loss.get_config().get("from_logits", False))


def takes_labels(loss: Any) -> bool:
    """Whether a compiled loss takes the numbers of the classes, rather than a column for each class.

    Keras' own do so if they are called sparse. What the user wrote is taken to do so too, as in SciKeras.
    """
    loss = keras.losses.get(loss) if isinstance(loss, str) else loss
    loss = loss.func if isinstance(loss, functools.partial) else loss
    what = loss if callable(loss) and not isinstance(loss, keras.losses.Loss) else type(loss)
    return not what.__module__.startswith("keras.") or what.__name__.lower().startswith("sparse")


def class_probabilities(outputs: npt.NDArray[np.floating[Any]], *, from_logits: bool) -> npt.NDArray[np.floating[Any]]:
    """Probabilities of all classes from what the model puts out.

    Parameters
    ----------
    outputs : ndarray of shape (n_samples, 1) or (n_samples, n_classes)
        One column is that of the second of two classes.
    from_logits : bool
        Whether the activation is still to be applied.

    Returns
    -------
    ndarray of shape (n_samples, n_classes)
        Rows sum to 1. Units that are independent of each other (sigmoid) are divided by their sum, as scikit-learn's
        one-vs-rest classifiers do.

    Raises
    ------
    ModelError
        If what should be probabilities is not between 0 and 1.

    Examples
    --------
    >>> class_probabilities(np.array([[0.25]]), from_logits=False)
    array([[0.75, 0.25]])
    >>> class_probabilities(np.array([[0.0, 0.0]]), from_logits=True)
    array([[0.5, 0.5]])
    >>> class_probabilities(np.array([[0.5, 1.0, 0.5]]), from_logits=False)
    array([[0.25, 0.5 , 0.25]])
    """
    one_unit = outputs.shape[1] == 1
    if from_logits:
        outputs = expit(outputs) if one_unit else softmax(outputs, axis=1)
    elif (outputs < -_ROUNDING).any() or (outputs > 1 + _ROUNDING).any():
        raise ModelError(
            f"The model's outputs are no probabilities: they range from {outputs.min():.3g} to {outputs.max():.3g}. "
            f"End the model with a softmax or sigmoid, or give a `loss` made with from_logits=True."
        )
    if one_unit:
        return np.hstack([1 - outputs, outputs])
    sums = outputs.sum(axis=1, keepdims=True)
    independent = (np.abs(sums - 1) > _ROUNDING) & (sums > 0)
    return np.asarray(outputs / np.where(independent, sums, 1))


_ROUNDING = 1e-3
"""How far float16 sums may be off."""
