"""Training a compiled model on rows in memory."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from functools import partial
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from skhpt.estimators._callbacks import EpochRecorder
from skhpt.estimators._feed import endless_batches
from skhpt.estimators._order import sample_order
from skhpt.exceptions import ValidationSplitWarning

KERAS_BATCH_SIZE = 32  # what None means to `keras.Model.fit`


@dataclass(frozen=True)
class Rows:
    """What a model is trained on.

    Parameters
    ----------
    X, y : ndarray of shape (n_rows, ...)
        As the model takes them.
    sample_weight : ndarray of shape (n_rows,) or None
        Weights in the loss.
    """

    X: npt.NDArray[Any]
    y: npt.NDArray[Any]
    sample_weight: npt.NDArray[Any] | None = None

    def __len__(self) -> int:
        return len(self.X)

    @property
    def arrays(self) -> tuple[npt.NDArray[Any], ...]:
        return (self.X, self.y) if self.sample_weight is None else (self.X, self.y, self.sample_weight)

    def cut(self, n_rows: int) -> tuple[Rows, Rows]:
        """The first `n_rows`, and the others."""
        return Rows(*(a[:n_rows] for a in self.arrays)), Rows(*(a[n_rows:] for a in self.arrays))


def train(
    model: keras.Model,
    rows: Rows,
    *,
    seed: int,
    epochs: int,
    batch_size: int | None,
    shuffle: bool,
    validation_split: float,
    callbacks: list[keras.callbacks.Callback],
    **fit_arguments: Any,
) -> EpochRecorder:
    """Train a model, with Keras' own `fit`, on rows in the order of (seed, epoch).

    Parameters
    ----------
    model : keras.Model
        Compiled.
    rows : Rows
        All of them; `validation_split` takes the last ones away from the training.
    seed : int
        For the order.
    epochs, batch_size, shuffle, validation_split, callbacks, **fit_arguments
        As for `keras.Model.fit`; a `batch_size` of -1 is all rows.

    Returns
    -------
    EpochRecorder
        With the history.
    """
    validation = None
    if validation_split:
        rows, validation = rows.cut(math.floor(len(rows) * (1 - validation_split)))
        if not len(rows):
            raise ValueError(f"validation_split={validation_split} leaves no rows to train on.")
    size = len(rows) if batch_size == -1 else batch_size or KERAS_BATCH_SIZE
    order = partial(sample_order, seed, n_rows=len(rows), shuffle=shuffle)
    recorder = EpochRecorder()
    model.fit(
        endless_batches(rows.arrays, order, size),
        steps_per_epoch=math.ceil(len(rows) / size),
        epochs=epochs,
        shuffle=False,  # the feed has done it
        validation_data=None if validation is None else validation.arrays,
        callbacks=[*callbacks, recorder],
        **fit_arguments,
    )
    model.history.history = recorder.history
    return recorder


def warn_of_unseen_classes(labels: npt.NDArray[Any], validation_split: float) -> None:
    """Warn if holding out the last rows takes a class away from the training or the validation.

    Parameters
    ----------
    labels : ndarray of shape (n_rows,)
        The classes, in the order of the rows.
    validation_split : float
        The fraction that is held out.
    """
    n_train = math.floor(len(labels) * (1 - validation_split))
    for part, kept in (("training", labels[:n_train]), ("validation", labels[n_train:])):
        if missing := sorted(set(np.unique(labels).tolist()) - set(np.unique(kept).tolist()), key=str):
            warnings.warn(
                f"validation_split={validation_split} holds out the last rows as they come, and the {part} part lacks "
                f"{'class' if len(missing) == 1 else 'classes'} {', '.join(map(repr, missing))}. "
                f"Shuffle the rows first.",
                ValidationSplitWarning,
                stacklevel=3,
            )
