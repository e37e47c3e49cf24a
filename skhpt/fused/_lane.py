"""One trial in a fused program."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import Any

import keras

from skhpt.estimators import (
    KERAS_BATCH_SIZE,
    EpochRecorder,
    Fingerprint,
    ModelState,
    Progress,
    RowFeed,
    Rows,
    checkpoint_of,
    seeded,
    take_up,
    variables_of,
)
from skhpt.exceptions import CannotFuseError
from skhpt.fused._applicant import Applicant
from skhpt.fused._births import Births
from skhpt.fused._lane_model import LaneModel, is_content
from skhpt.fused._program import building_or_tracing
from skhpt.fused._programs import NumberedSeat
from skhpt.fused._reasons import acts_before_training
from skhpt.fused._steps import Steps
from skhpt.trials import Checkpoint, TrialSpec


@dataclass(frozen=True)
class AskedRows:
    """Rows that a scorer will ask predictions for.

    Parameters
    ----------
    seen : object
        What the network's `predict` will be given.
    rows : Rows
        The same as its model takes them.
    batch_size : int
        In which Keras would predict them.
    """

    seen: Any
    rows: Rows
    batch_size: int = KERAS_BATCH_SIZE


@dataclass(frozen=True)
class Together:
    """Lanes that were training together when they were kept. If just these go on, they go on in just the same way.

    Parameters
    ----------
    group : str
        The name of their group.
    n_lanes : int
        How many they are.
    n_epochs : int
        For how many epochs they were to be together in all, by which a program decides how it runs.
    """

    group: str
    n_lanes: int
    n_epochs: int

    @classmethod
    def of(cls, stored: Any) -> Together | None:
        """None if that is not what was stored: it only decides how a program runs."""
        try:
            return cls(str(stored["group"]), int(stored["n_lanes"]), int(stored["n_epochs"]))
        except (KeyError, TypeError, ValueError):
            return None


@dataclass(eq=False)
class Lane:
    """A trial under training: all of it that is not in the program.

    Parameters
    ----------
    spec : TrialSpec
        Which trial.
    estimator : estimator
        Fitted but for the model at its end.
    network : BaseWrapper
        The Keras wrapper that the estimator is or ends in.
    steps : Steps
        What comes before the network.
    births : Births
        Its model's, as it was built.
    state : ModelState
        What the lane's own model would hold before it is trained.
    feed : RowFeed
        The rows to train on and to evaluate.
    callbacks : list of keras.callbacks.Callback
        Its own.
    epochs : int
        How many there are to be.
    close : bool
        Whether callbacks are told of the end.
    watched : Rows or None
        The test fold, to be evaluated after each epoch into the history alone.
    watched_batch_size : int
        Rows a batch of that.
    verbose : {"auto", 0, 1, 2} or bool
        Whether it prints its epochs.
    trajectory : hashable or None
        What it has in common with lanes that differ only in how long they train; None if they may differ in more.
    n_earlier : int
        How many epochs earlier rungs have reported.
    build : callable
        Returns the lane's own model, without the state.
    asked : list of AskedRows
        What there will be predictions asked for.
    """

    spec: TrialSpec
    estimator: Any
    network: Any
    steps: Steps
    births: Births
    state: ModelState
    feed: RowFeed
    callbacks: list[keras.callbacks.Callback]
    epochs: int
    close: bool
    build: Callable[[], keras.Model]
    asked: list[AskedRows]
    watched: Rows | None = None
    watched_batch_size: int = KERAS_BATCH_SIZE
    verbose: Any = 0
    trajectory: Hashable = None
    n_earlier: int = 0
    recorder: EpochRecorder = field(default_factory=EpochRecorder)
    begun: bool = False
    stopped: bool = False
    fit_seconds: float = 0.0
    error: Exception | None = None
    last_logs: dict[str, Any] | None = None
    seat: NumberedSeat = field(init=False)
    _view: LaneModel = field(init=False)
    _is_under_way: bool = False
    entered: bool = False
    together: Together | None = None

    def enter(self, seat: NumberedSeat) -> None:
        """Have a program, which other lanes share."""
        self.seat, self.entered = seat, True
        model = self.births.meet(self.feed.rows) if self.callbacks else self.births.model
        self._view = LaneModel(model, replace(self.state, constants=seat.constants))

    def take(self, state: ModelState) -> None:
        """Have the state that the program has brought the lane to."""
        self._view.state, self._view.changed = state, False

    @cached_property
    def _fingerprint(self) -> Fingerprint:
        return Fingerprint.of(self.feed.rows, self.network._seed)

    def take_up(self, checkpoint: Checkpoint) -> None:
        """Go on from where a training of the same trial was stored, by whichever engine; or start over, if it does not
        fit.
        """
        model = self.births.model
        progress = take_up(checkpoint, model, self.callbacks, self._fingerprint, epochs=self.epochs)
        if progress is None:
            return
        self.state, self.stopped, self.begun = progress.state, progress.stopped, True
        self.recorder = EpochRecorder(progress.history, progress.seconds)
        self.n_earlier = checkpoint.reported
        self.fit_seconds = sum(progress.seconds[self.n_earlier :])
        self.together = Together.of(checkpoint.facts.get("together"))

    def progress(self, state: ModelState) -> Progress:
        """How far it has come, if its model has come to a state."""
        return Progress(state, self.recorder.history, self.recorder.seconds, self.stopped)

    def checkpoint(self, progress: Progress, *, reported: int, together: Together | None = None) -> Checkpoint:
        """The training as plain values; it has no callbacks that can't be stored."""
        further = {} if together is None else {"together": asdict(together)}
        return checkpoint_of(progress, self.callbacks, self._fingerprint, reported=reported, **further)

    def read_off(self, other: Lane, states: Mapping[Lane, ModelState]) -> None:
        """Be what another lane, which trains longer, is at this point."""
        self.take(states[other])
        self.recorder = EpochRecorder(other.recorder.history, other.recorder.seconds)
        self.fit_seconds = other.fit_seconds

    @property
    def current(self) -> ModelState:
        """The state, with what callbacks have changed."""
        return self._view.state

    @property
    def changed(self) -> bool:
        """Whether callbacks have changed it since it was taken."""
        return self._view.changed

    @property
    def done(self) -> int:
        """How many epochs it was trained for."""
        return len(self.recorder.seconds)

    @property
    def has_ended(self) -> bool:
        """Whether there is nothing to train any more."""
        return self.stopped or self.error is not None or self.done >= self.epochs

    @property
    def data(self) -> list[Rows]:
        """All the rows that its model meets, those with a target first."""
        fed = [self.feed.rows, self.feed.validation, self.watched]
        return [rows for rows in (*fed, *(asked.rows for asked in self.asked)) if rows is not None]

    def own_model(self) -> keras.Model:
        """A model by itself, as far as it is trained."""
        with building_or_tracing, seeded(self.network._seed):
            model = self.build()
        self.current.put_into(variables_of(model))
        return model

    @property
    def _n_steps(self) -> int:
        return -(-len(self.feed.rows) // self.feed.batch_size)

    @property
    def applicant(self) -> Applicant:
        """What it wants a program for."""
        n_epochs = self.epochs - self.done
        is_shown = not all(map(is_content, self.callbacks))
        return Applicant(
            self.births, self.feed.rows, self.halts, self.evaluates, n_epochs, self.feed.batch_size, is_shown
        )

    @property
    def halts(self) -> bool:
        """Whether a loss that is not finite ends an epoch, and the training."""
        return any(isinstance(callback, keras.callbacks.TerminateOnNaN) for callback in self.callbacks)

    @property
    def n_open_files(self) -> int:
        """How many files its callbacks keep open: a log, and TensorBoard's of the training and of the validation."""
        kinds = [(keras.callbacks.CSVLogger, 1), (keras.callbacks.TensorBoard, 2)]
        return sum(n for callback in self.callbacks for kind, n in kinds if isinstance(callback, kind))

    @property
    def evaluates(self) -> bool:
        """Whether there are rows to be evaluated after each epoch."""
        return self.feed.validation is not None or self.watched is not None

    @property
    def _params(self) -> dict[str, Any]:
        """What callbacks are told of the training."""
        return {"verbose": self.verbose, "epochs": self.epochs, "steps": self._n_steps}

    @property
    def prints_line(self) -> bool:
        """Whether a line an epoch is printed of its candidate."""
        return self.verbose not in (0, False) and self.steps.fold.is_scored

    @cached_property
    def _bar(self) -> keras.callbacks.ProgbarLogger | None:
        """What prints the epochs of a refit, which no other lane trains beside: what Keras prints."""
        if self.verbose in (0, False) or self.steps.fold.is_scored:
            return None
        bar = keras.callbacks.ProgbarLogger()
        bar.set_params(self._params)
        return bar

    def begin(self) -> None:
        """Tell the callbacks that the training begins, unless they were told in an earlier rung."""
        self.recorder.set_model(self.seat.made.model)
        for callback in self.callbacks:
            callback.set_params(self._params)
        if not self.begun:
            self._tell("on_train_begin", {})
        self.begun = True

    def epoch_begins(self) -> None:
        """Tell the callbacks."""
        self._tell("on_epoch_begin", self.done, {})
        if self._view.stop_training:
            self.error = CannotFuseError("a callback stops it before an epoch, which Keras then ends after one batch")
        has_looked = self._is_under_way or not any(map(acts_before_training, self.callbacks))
        if not has_looked and not self.births.computes_the_same():
            self.error = CannotFuseError("a callback changes what the model computes")
        self._is_under_way = True
        if self._bar is not None:
            self._bar.on_epoch_begin(self.done)

    def evaluation_begins(self) -> None:
        """Tell the callbacks."""
        self._tell("on_test_begin", {})

    def evaluation_ends(self, logs: Mapping[str, Any]) -> None:
        """Tell the callbacks."""
        self._tell("on_test_end", dict(logs))

    def epoch_ends(self, logs: Mapping[str, Any]) -> None:
        """Tell the callbacks. Whether they stop the training is looked at now, as Keras does."""
        logs = dict(sorted(logs.items()))  # as Keras hands them out; callbacks add to them
        if self.halts:
            self._tell("on_batch_end", self._n_steps - 1, logs, kind=keras.callbacks.TerminateOnNaN)
        self._tell("on_epoch_end", self.done, logs)
        self.last_logs, self.stopped = logs, self._view.stop_training
        if self._bar is not None and self.error is None:
            self._bar.on_epoch_end(self.done, logs)

    def record(self, test: Mapping[str, Any], *, seconds: float) -> None:
        """Keep what the epoch reported, and how the model does on the rows to be watched."""
        self.fit_seconds += seconds
        if self.error is None:
            self.recorder.record(self.last_logs or {}, test, seconds=seconds)

    def end(self) -> None:
        """Tell the callbacks that the training has ended, if it is not to go on in a later rung.

        TensorBoard, which has files open, closes them in any case. It opens others later, as in Keras.
        """
        if self.close:
            self._tell("on_train_end", self.last_logs)
            return
        self._tell("on_train_end", self.last_logs, kind=keras.callbacks.TensorBoard)
        self._view.forget(keras.callbacks.TensorBoard)

    def _tell(self, hook: str, *arguments: Any, kind: type = keras.callbacks.Callback) -> None:
        """Call a hook of all callbacks, or of those of one class. What it raises ends this lane, and no other."""
        if not self.callbacks or self.error is not None:
            return
        try:
            for callback in self.callbacks:
                if kind in (keras.callbacks.Callback, type(callback)):
                    self._view.call(callback, hook, *arguments)
        except Exception as error:  # noqa: BLE001 - whatever a user's callback raises
            self.error = error


@dataclass(frozen=True)
class PausedLane:
    """A lane between two rungs.

    Parameters
    ----------
    lane : Lane
        As the earlier rung left it.
    """

    lane: Lane

    @property
    def n_epochs(self) -> int:
        """How many it was trained for."""
        return self.lane.done

    @property
    def estimator(self) -> Any:
        """Of the lane."""
        return self.lane.estimator
