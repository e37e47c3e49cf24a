"""Outputs of a model that are not finite, as of one whose training has diverged."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from skhpt.estimators._outputs import in_full_precision
from skhpt.exceptions import DivergedError
from skhpt.trials import note_divergence


def check_finite(outputs: Any, last_loss: Any) -> None:
    """Raise if an output of a model is not finite.

    Parameters
    ----------
    outputs : array, or list or dict of arrays
        As `keras.Model.predict` returns them.
    last_loss : ndarray of shape ()
        Of its training.

    Raises
    ------
    DivergedError
        If so. It tells a training that has diverged from rows that a good model can't compute.

    Examples
    --------
    >>> check_finite(np.array([[0.5], [np.nan]]), last_loss=np.array(np.nan))
    Traceback (most recent call last):
        ...
    skhpt.exceptions.DivergedError: The training has diverged: ...
    """
    arrays = [np.asarray(array) for array in keras.tree.flatten(outputs)]
    bad = [array for array in arrays if not is_finite(array)]
    if not bad:
        return
    error = DivergedError(_of_rows(bad[0])) if is_finite(last_loss) else DivergedError()
    note_divergence(error)
    raise error


def is_finite(array: Any) -> bool:
    """Whether all floating-point numbers of an array are finite; others are."""
    return array.dtype.kind != "f" or bool(np.isfinite(array).all())


def _of_rows(outputs: npt.NDArray[Any]) -> str:
    """What is wrong where the training has ended well, for all that is known."""
    is_bad = ~np.isfinite(outputs)
    n_bad = int(is_bad.reshape(len(outputs), -1).any(axis=1).sum())
    return (
        f"The model's outputs are not finite: {outputs[is_bad][0]} or the like for {n_bad} of {len(outputs)} rows. "
        "Either the last step of its training has diverged, or X holds values that are missing or far too large."
    )


def are_finite(arrays: Iterable[npt.NDArray[Any]]) -> bool:
    """Whether all of some arrays are finite."""
    return all(is_finite(in_full_precision(array)) for array in arrays)
