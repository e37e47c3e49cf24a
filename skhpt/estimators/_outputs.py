"""What a model puts out, and what that means."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from scipy.special import expit, softmax

from skhpt._compat.keras import last_activations
from skhpt.estimators._text import is_text, keras_dtype
from skhpt.exceptions import ModelError


@dataclass(frozen=True)
class Output:
    """One output of a model.

    Parameters
    ----------
    shape : tuple of int or None
        With the axis of the rows, which is None.
    activation : {"linear", "softmax", "sigmoid", "tanh"} or None
        Applied last; None where that can't be told.
    """

    shape: tuple[int | None, ...]
    activation: str | None = None

    @property
    def width(self) -> int:
        """The number of units.

        Raises
        ------
        ModelError
            If the output has another shape than (n_samples, n_units).
        """
        if len(self.shape) != 2 or self.shape[1] is None:
            raise ModelError(f"The model's output must have shape (n_samples, n_units). Got {self.shape} instead.")
        return self.shape[1]


def outputs_of(model: keras.Model, X: Any) -> tuple[Output, ...]:
    """The outputs of a model, which is built if it is not built yet.

    Parameters
    ----------
    model : keras.Model
        Any.
    X : ndarray, or list or dict of ndarray
        Rows as the model takes them, for their shapes and types.

    Raises
    ------
    ModelError
        If a `keras.Sequential` is given several inputs.
    """
    outputs = getattr(model, "outputs", None)
    n_inputs = len(keras.tree.flatten(X))
    if outputs is None and isinstance(model, keras.Sequential) and n_inputs > 1:
        raise ModelError(
            f"A keras.Sequential takes one input, but X holds {n_inputs}. Build a keras.Model with an input for each, "
            "or give X as one array."
        )
    if outputs is None:  # made by subclassing, or a Sequential that was not told its input
        rows = keras.tree.map_structure(lambda a: keras.KerasTensor((None, *a.shape[1:]), dtype=keras_dtype(a)), X)
        outputs = keras.tree.flatten(model(rows))
    is_known = bool(getattr(model, "outputs", None))  # a call from outside leaves no trace
    shapes = [tuple(output.shape) for output in outputs]
    if is_text(X):  # of one column of it, Keras foretells one axis too many
        first = keras.tree.map_structure(lambda a: keras.ops.convert_to_tensor(a[:1], dtype=keras_dtype(a)), X)
        shapes = [(None, *output.shape[1:]) for output in keras.tree.flatten(model(first))]
    activations = last_activations(model) if is_known else [None] * len(outputs)
    return tuple(map(Output, shapes, activations))


def in_full_precision(outputs: Any) -> Any:
    """What `keras.Model.predict` returns, in a float type that NumPy and scikit-learn compute with.

    In mixed precision a model puts out bfloat16, which is no type of NumPy's own, or float16.

    Parameters
    ----------
    outputs : array, or list or dict of arrays
        Of any type; all but narrow floats are left as they are.

    Examples
    --------
    >>> outputs = {"numbers": np.ones(2, np.float16), "places": np.arange(2)}
    >>> {name: array.dtype.name for name, array in in_full_precision(outputs).items()}
    {'numbers': 'float32', 'places': 'int64'}
    """
    return keras.tree.map_structure(_widened, outputs)


def _widened(array: Any) -> Any:
    is_float = isinstance(array, np.ndarray) and keras.backend.is_float_dtype(array.dtype.name)
    if not is_float or array.dtype.itemsize >= np.dtype(np.float32).itemsize:
        return array
    return array.astype(np.result_type(keras.backend.floatx(), np.float32))


def losses_of(model: keras.Model, n_outputs: int) -> list[Any]:
    """The loss that a model was compiled with for each of its outputs."""
    loss = model.loss
    if isinstance(loss, Mapping):
        names = getattr(model, "output_names", [])
        # By the keys of the model's outputs, which are in the order of these, or by the names of its last layers.
        return [loss.get(name) for name in names] if set(loss) & set(names) else [loss[key] for key in sorted(loss)]
    return list(loss) if isinstance(loss, Sequence) and not isinstance(loss, str) else [loss] * n_outputs


def takes_logits(loss: Any) -> bool:
    """Whether a compiled loss was made with ``from_logits=True``."""
    if isinstance(loss, functools.partial):
        return bool(loss.keywords.get("from_logits", False))
    # A configuration of the user's own need not tell.
    return isinstance(loss, keras.losses.Loss) and bool(getattr(loss, "from_logits", False))


def takes_labels(loss: Any) -> bool:
    """Whether a compiled loss takes the numbers of the classes, rather than a column for each class.

    Keras' own do so if they are called sparse. What the user wrote is taken to do so too, as in SciKeras.
    """
    return not is_of_keras(loss) or is_sparse(loss)


def is_of_keras(loss: Any) -> bool:
    """Whether a loss is one of Keras' own."""
    return bool(_definition(loss).__module__.startswith("keras."))


def is_categorical(loss: Any) -> bool:
    """Whether a compiled loss is one of Keras' own for classes of which each row has just one."""
    what = _definition(loss)
    return what.__module__.startswith("keras.") and "categorical" in what.__name__.lower()


def is_binary(loss: Any) -> bool:
    """Whether a loss is one of Keras' own for units that are independent of each other, such as binary_crossentropy.

    Parameters
    ----------
    loss : object
        A loss, or what the parameter `loss` may be: None, a name, a class.
    """
    try:
        what = _definition(loss)
    except ValueError:  # a name that Keras does not know, of which others tell
        return False
    return bool(what.__module__.startswith("keras.") and what.__name__.lower().startswith("binary"))


def is_sparse(loss: Any) -> bool:
    """Whether a loss is called sparse: it takes the numbers of the classes."""
    return bool(_definition(loss).__name__.lower().startswith("sparse"))


def is_hinge(loss: Any) -> bool:
    """Whether a compiled loss is one of Keras' own for labels of -1 and 1, which tells two classes by the sign."""
    what = _definition(loss)
    return what.__module__.startswith("keras.") and what.__name__.lower().replace("_", "") in ("hinge", "squaredhinge")


def _definition(loss: Any) -> Any:
    """The function or class that a loss is or is made from."""
    loss = keras.losses.get(loss) if isinstance(loss, str) else loss
    loss = loss.func if isinstance(loss, functools.partial) else loss
    has_name = callable(loss) and hasattr(loss, "__name__")
    return loss if has_name and not isinstance(loss, keras.losses.Loss) else type(loss)


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
        one-vs-rest classifiers do. So is a softmax that was computed in half precision.

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
    if outputs.shape[1] == 1:
        second = unit_probabilities(outputs, from_logits=from_logits)
        return np.hstack([1 - second, second])
    if from_logits:
        return np.asarray(softmax(outputs, axis=1))
    _check_probabilities(outputs)
    sums = outputs.sum(axis=1, keepdims=True)
    uneven = (np.abs(sums - 1) > _ROUNDING_OF_SUMS) & (sums > 0)
    return np.asarray(outputs / np.where(uneven, sums, 1))


def unit_probabilities(outputs: npt.NDArray[np.floating[Any]], *, from_logits: bool) -> npt.NDArray[np.floating[Any]]:
    """The probability that each unit stands for by itself.

    Parameters
    ----------
    outputs : ndarray of shape (n_samples, n_units)
        Of units that are independent of each other.
    from_logits : bool
        Whether the sigmoid is still to be applied.

    Returns
    -------
    ndarray of shape (n_samples, n_units)

    Raises
    ------
    ModelError
        If what should be probabilities is not between 0 and 1.
    """
    if from_logits:
        return np.asarray(expit(outputs))
    _check_probabilities(outputs)
    return outputs


def _check_probabilities(outputs: npt.NDArray[np.floating[Any]]) -> None:
    if (outputs < -_ROUNDING).any() or (outputs > 1 + _ROUNDING).any():
        raise ModelError(
            f"The model's outputs are no probabilities: they range from {outputs.min():.3g} to {outputs.max():.3g}. "
            f"End the model with a softmax or sigmoid, or give a `loss` made with from_logits=True."
        )


_ROUNDING = 1e-3
"""How far a probability in half precision may be outside of its range."""
_ROUNDING_OF_SUMS = 1e-5
"""How far the sum of a softmax in single precision may be off."""
