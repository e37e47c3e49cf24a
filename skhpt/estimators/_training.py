"""Training a compiled model on rows in memory."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import keras

from skhpt.estimators._epoch_recorder import EpochRecorder
from skhpt.estimators._feed import endless_batches
from skhpt.estimators._order import sample_order
from skhpt.estimators._rows import Rows

KERAS_BATCH_SIZE = 32  # what None means to `keras.Model.fit`


def train(
    model: keras.Model,
    rows: Rows,
    *,
    seed: int,
    epochs: int,
    batch_size: int | None,
    shuffle: bool,
    validation_split: float,
    validation_batch_size: int | None,
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
    epochs, batch_size, shuffle, validation_split, validation_batch_size, callbacks, **fit_arguments
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
        validation_batch_size=validation_batch_size or size,
        callbacks=[*callbacks, recorder],
        **fit_arguments,
    )
    model.history.history = recorder.history
    return recorder
