"""Training a compiled model."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import keras

from skhpt.estimators._callback_states import obstacle_in
from skhpt.estimators._checkpointing import Progress, checkpoint_of, take_up
from skhpt.estimators._epoch_recorder import EpochRecorder
from skhpt.estimators._feed import Feed
from skhpt.estimators._fingerprint import Fingerprint
from skhpt.estimators._own_definitions import has_unknown_state
from skhpt.estimators._shared_layers import note_training
from skhpt.estimators._state import ModelState, variables_of
from skhpt.estimators._validation_split import Split
from skhpt.trials import Checkpoint, Resumption


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

    Attributes
    ----------
    fingerprint : Fingerprint or None
        Of the rows to train on, if it may have to be stored; None for a dataset, whose order is its own.
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
        note_training(model)
        self._callbacks = callbacks
        self._recorder = recorder
        self.split = split
        self.fingerprint: Fingerprint | None = None
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

    def go_on_from(self, resumption: Resumption, *, epochs: int) -> None:
        """Be as far as a training of the same trial was when it was stored, if it fits: just as if there had been none.

        Parameters
        ----------
        resumption : Resumption
            Is told of it.
        epochs : int
            How many there are to be in all.
        """
        _build_optimizer(self._model)
        if self.fingerprint is None or _obstacle_in_model(self._model) is not None:
            return
        progress = take_up(resumption.checkpoint, self._model, self._callbacks, self.fingerprint, epochs=epochs)
        if progress is not None:
            progress.state.put_into(variables_of(self._model))
            self._recorder = EpochRecorder(progress.history, progress.seconds)
            self._begun, self._stopped = True, progress.stopped
            resumption.went_on, resumption.n_earlier = True, resumption.checkpoint.reported
            resumption.seconds = sum(progress.seconds[resumption.n_earlier :])

    def obstacle(self) -> str | None:
        """Why a paused training can't be stored so that it goes on exactly, in words for the user; None if it can."""
        if self.fingerprint is None:
            return "a dataset brings its own order of rows"
        reason = obstacle_in(self._callbacks) or _obstacle_in_model(self._model)
        return reason or ("the model has a state that Keras does not know" if has_unknown_state(self._model) else None)

    def checkpoint(self, *, reported: int) -> Checkpoint:
        """A paused training as plain values, where there is no obstacle.

        Parameters
        ----------
        reported : int
            How many of its epochs are reported.
        """
        state = ModelState.of(variables_of(self._model))
        progress = Progress(state, self._recorder.history, self._recorder.seconds, self._stopped)
        fingerprint = cast(Fingerprint, self.fingerprint)
        return checkpoint_of(progress, self._callbacks, fingerprint, reported=reported)

    @property
    def callbacks(self) -> list[keras.callbacks.Callback]:
        """Its own, but for the recorder."""
        return self._callbacks

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
    if model.optimizer is None or model.optimizer.built or _has_own_step(model) or not model.trainable_variables:
        return
    model.optimizer.build(model.trainable_variables)


def _has_own_step(model: keras.Model) -> bool:
    return type(model).train_step is not keras.Model.train_step


def _obstacle_in_model(model: keras.Model) -> str | None:
    """Why it can't be stored how far a model has come."""
    if _has_own_step(model):
        return "the model has its own train_step"  # and perhaps an optimizer for each of its parts
    if model.optimizer is None or not model.trainable_variables:
        return "the model has nothing to train"
    if getattr(model.optimizer, "inner_optimizer", model.optimizer).use_ema:
        return "the optimizer averages its weights (use_ema)"
    return None
