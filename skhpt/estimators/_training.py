"""Training a compiled model on rows in memory."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras

from skhpt.estimators._epoch_recorder import EpochRecorder
from skhpt.estimators._feed import endless_batches
from skhpt.estimators._order import sample_order
from skhpt.estimators._rows import Rows
from skhpt.estimators._validation_split import Split
from skhpt.exceptions import ModelError

KERAS_BATCH_SIZE = 32  # what None means to `keras.Model.fit`


class Training:
    """The training of one model by Keras' own `fit`, which may pause and go on as if it had not.

    The order of the rows is that of (seed, epoch), the optimizer and dropout keep their state in the model, and the
    callbacks stay the same objects, which see one beginning and one end. So 3 epochs and then 5 are exactly 8, but for
    an optimizer that averages its weights (``use_ema``): Keras puts the average into the model whenever its `fit`
    returns.

    Parameters
    ----------
    model : keras.Model
        Compiled.
    seed : int
        For the order of the rows.
    callbacks : list of keras.callbacks.Callback
        For this training alone.
    recorder : EpochRecorder
        Keeps the history; with earlier epochs, the training goes on after them.
    split : tuple of ndarray of int, or None
        The rows to train on and those to evaluate, the same for as long as the training goes on.
    """

    def __init__(
        self,
        model: keras.Model,
        *,
        seed: int,
        callbacks: list[keras.callbacks.Callback],
        recorder: EpochRecorder,
        split: Split | None,
    ) -> None:
        self._model = model
        self._seed = seed
        self._callbacks = callbacks
        self._recorder = recorder
        self._split = split
        self._begun = False

    def run(
        self,
        rows: Rows,
        *,
        epochs: int,
        batch_size: int | None,
        shuffle: bool,
        validation_batch_size: int | None,
        close: bool,
        **fit_arguments: Any,
    ) -> None:
        """Train until so many epochs are done in all, or a callback has stopped the training.

        Parameters
        ----------
        rows : Rows
            All of them; those that the split holds out are evaluated after each epoch.
        epochs, batch_size, shuffle, validation_batch_size, **fit_arguments
            As for `keras.Model.fit`; a `batch_size` of -1 is all rows.
        close : bool
            Whether this is the end, of which callbacks are told.
        """
        validation = None
        if self._split is not None:
            rows, validation = (rows.take(part) for part in self._split)
        size = len(rows) if batch_size == -1 else batch_size or KERAS_BATCH_SIZE
        steps = math.ceil(len(rows) / size)
        if steps % getattr(self._model, "steps_per_execution", 1):
            raise ModelError(
                f"steps_per_execution must divide the steps of an epoch, or Keras would train on rows of the next one. "
                f"Got {self._model.steps_per_execution} for {steps} steps."
            )
        done = len(self._recorder.seconds)
        with self._muted(begin=self._begun, end=not close):
            if self._begun and self._model.stop_training:
                epochs = done  # nothing is left to do but to tell the callbacks
            self._model.fit(
                endless_batches(rows.arrays, lambda e: sample_order(self._seed, done + e, len(rows), shuffle), size),
                steps_per_epoch=steps,
                initial_epoch=done,
                epochs=epochs,
                shuffle=False,  # the feed has done it
                validation_data=None if validation is None else validation.arrays,
                validation_batch_size=validation_batch_size or size,
                callbacks=[*self._callbacks, self._recorder],
                **fit_arguments,
            )
        self._begun = True
        self._model.history.history = self._recorder.history

    @property
    def recorder(self) -> EpochRecorder:
        """The history of the epochs so far."""
        return self._recorder

    @contextmanager
    def _muted(self, *, begin: bool, end: bool) -> Iterator[None]:
        """Keep from the callbacks that Keras' `fit` begins or ends in the middle of the training."""
        stopped = self._begun and self._model.stop_training
        names = [name for name, mute in (("on_train_begin", begin), ("on_train_end", end)) if mute]
        for callback in self._callbacks:
            for name in names:
                setattr(callback, name, lambda logs=None: None)
        try:
            yield
        finally:
            for callback in self._callbacks:
                for name in names:
                    delattr(callback, name)
            if stopped:
                self._model.stop_training = True  # Keras' `fit` has taken it back
