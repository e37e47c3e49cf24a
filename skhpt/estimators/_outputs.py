"""What a model puts out, and what that means."""

from __future__ import annotations

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
        With one output.
    input_shape : tuple of int
        Of one row.
    dtype : dtype
        Of the rows.

    Raises
    ------
    ModelError
        If the model has several outputs.
    """
    outputs = getattr(model, "outputs", None)
    if outputs is None:  # made by subclassing, or a Sequential that was not told its input
        outputs = keras.tree.flatten(model(keras.KerasTensor((None, *input_shape), dtype=np.dtype(dtype).name)))
    if len(outputs) != 1:
        raise ModelError(f"The model must have one output. Got {len(outputs)} instead.")
    return int(outputs[0].shape[-1])


def ends_linear(model: keras.Model) -> bool:
    """Whether the last layer applies no activation: its outputs are then logits to a classifier."""
    if getattr(model, "outputs", None) is None:
        return False  # the layers of a subclassed model are in no order that would tell
    return getattr(model.layers[-1], "activation", None) is keras.activations.linear


def takes_logits(loss: Any) -> bool:
    """Whether a compiled loss was made with ``from_logits=True``."""
    return isinstance(loss, keras.losses.Loss) and bool(loss.get_config().get("from_logits", False))


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

    Examples
    --------
    >>> class_probabilities(np.array([[0.25]]), from_logits=False)
    array([[0.75, 0.25]])
    >>> class_probabilities(np.array([[0.0, 0.0]]), from_logits=True)
    array([[0.5, 0.5]])
    """
    if outputs.shape[1] == 1:
        positive = expit(outputs) if from_logits else outputs
        return np.hstack([1 - positive, positive])
    return np.asarray(softmax(outputs, axis=1)) if from_logits else outputs
