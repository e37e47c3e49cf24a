"""Training a compiled model."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras

from skhpt.estimators._epoch_recorder import EpochRecorder
from skhpt.estimators._feed import Feed
from skhpt.estimators._validation_split import Split


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
    callbacks : list of keras.callbacks.Callback
        For this training alone.
    recorder : EpochRecorder
        Keeps the history; with earlier epochs, the training goes on after them.
    split : tuple of ndarray of int, or None
        The rows to train on and those to evaluate, kept here because they must stay the same.
    """

    def __init__(
        self,
        model: keras.Model,
        *,
        callbacks: list[keras.callbacks.Callback],
        recorder: EpochRecorder,
        split: Split | None = None,
    ) -> None:
        self._model = model
        self._callbacks = callbacks
        self._recorder = recorder
        self.split = split
        self._begun = False
        self._stopped = False  # by a callback; the model forgets that in a pickle

    def run(self, feed: Feed, *, epochs: int, close: bool, **fit_arguments: Any) -> None:
        """Train until so many epochs are done in all, or a callback has stopped the training.

        Parameters
        ----------
        feed : Feed
            The data.
        epochs, **fit_arguments
            As for `keras.Model.fit`.
        close : bool
            Whether this is the end, of which callbacks are told.
        """
        done = len(self._recorder.seconds)
        _build_optimizer(self._model)
        with self._muted(begin=self._begun, end=not close):
            if self._stopped:
                epochs = done  # nothing is left to do but to tell the callbacks
            self._model.fit(
                **feed.arguments(self._model, from_epoch=done),
                initial_epoch=done,
                epochs=epochs,
                callbacks=[*self._callbacks, self._recorder],
                **fit_arguments,
            )
        self._begun = True
        self._stopped |= self._model.stop_training
        self._model.history.history = self._recorder.history

    @property
    def recorder(self) -> EpochRecorder:
        """The history of the epochs so far."""
        return self._recorder

    @contextmanager
    def _muted(self, *, begin: bool, end: bool) -> Iterator[None]:
        """Keep from the callbacks that Keras' `fit` begins or ends in the middle of the training."""
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
            if self._stopped:
                self._model.stop_training = True  # Keras' `fit` has taken it back


def _build_optimizer(model: keras.Model) -> None:
    """Make the optimizer's state now.

    Keras would make it while it traces the train step, which TensorFlow then traces a second time, without;
    metrics that were given to `compile` still do so. A train step of the user's own is left to do as it likes: it may
    train other variables.
    """
    own_step = type(model).train_step is not keras.Model.train_step
    if model.optimizer is None or model.optimizer.built or own_step or not model.trainable_variables:
        return
    model.optimizer.build(model.trainable_variables)
