"""Training the lanes of one program together, epoch by epoch."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from skhpt.estimators import Progress, Rows, sample_order
from skhpt.fused._data import Batches, Tables
from skhpt.fused._epoch_lines import EndedEpoch, print_epochs
from skhpt.fused._keeping import Keeping
from skhpt.fused._lane import Lane, Together

Order = Callable[[Lane, Rows], npt.NDArray[np.int64]]
Logs = dict[str, npt.NDArray[Any]]


class Group:
    """Lanes that train together.

    Parameters
    ----------
    lanes : sequence of Lane
        With batches of the same size, and all with rows to be evaluated after each epoch or all without.
    tables : Tables
        The rows of all of them.
    data : object
        The arrays of the tables, where the program reads them.
    is_over : callable, default=None
        Returns whether the training is to end after this epoch, whoever is still running.
    keeping : Keeping or None, default=None
        Keeps checkpoints.

    Attributes
    ----------
    lanes : list of Lane
        All of them.
    step_seconds : float
        How much of the training went into the program.
    """

    def __init__(
        self,
        lanes: Sequence[Lane],
        tables: Tables,
        data: Any,
        is_over: Callable[[], bool] | None = None,
        keeping: Keeping | None = None,
    ) -> None:
        self._is_over, self._keeping = is_over or (lambda: False), keeping
        self._is_whole = False
        self._program, self._tables, self._data = lanes[0].seat.made.program, tables, data
        self.lanes = list(lanes)
        self._readers = _shorter_trajectories(lanes)
        # Lanes with equally many rows stand beside each other: what one call trains is a range of lanes.
        lanes = [lane for lane in lanes if lane not in self._readers]
        self._running = sorted(lanes, key=lambda lane: [_n_rows(rows) for rows in _data_of(lane)])
        first = self._running[0]
        self._validates, self._watches = first.feed.validation is not None, first.watched is not None
        self._stack = self._program.stack([lane.current for lane in self._running])
        self._n_epochs_alike = self._epochs_alike()
        self.step_seconds = 0.0

    def train(self) -> Iterator[Lane]:
        """Train until all lanes have ended, each handed out as it does, or until it is over."""
        for lane in self._running:
            lane.begin()
        self._write_changes()
        yield from self._ended()
        while self._running and not self._is_over():
            try:
                self._epoch()
            except KeyboardInterrupt:
                if self._is_whole:
                    self._keep()
                raise
            yield from self._ended()
            if self._keeping is not None and self._keeping.is_due:
                self._keep()
        self._keep()

    def _keep(self) -> None:
        """Keep checkpoints of all lanes, unless all have ended."""
        if self._keeping is not None and self._running:
            together = Together(self._keeping.name, len(self._running), self._n_epochs_alike)
            self._keeping.keep(self._trainings, together)

    def _trainings(self) -> Iterator[tuple[Lane, Progress]]:
        """How far each lane has come: also those that have ended, and those that another one is on the way of."""
        states = dict(zip(self._running, self._program.read(self._stack), strict=True))
        for lane in self.lanes:
            ahead = max(lane, self._readers.get(lane, lane), key=lambda lane: lane.done)
            yield lane, ahead.progress(states.get(ahead, ahead.current))

    def _epoch(self) -> None:
        """One epoch of all lanes that are still running."""
        start = time.perf_counter()
        # Of callbacks that can be stored, only this one does something before an epoch.
        self._is_whole = not any(
            isinstance(callback, keras.callbacks.LearningRateScheduler)
            for lane in self._running
            for callback in lane.callbacks
        )
        for lane in self._running:
            lane.epoch_begins()
        self._write_changes()
        batches = self._training_batches()
        trained = self._timed(self._program.train, self._stack, self._data, batches, n_epochs=self._n_epochs_alike)
        self._is_whole = False  # from here on, the model is an epoch ahead of the history
        self._stack, logs = trained
        all_logs = _by_lane(logs, len(self._running))
        if self._validates:
            self._read()
            for lane in self._running:
                lane.evaluation_begins()
            validated = self._evaluate(lambda lane: lane.feed.validation, _validation_size)
            for lane, lane_logs, values in zip(self._running, all_logs, validated, strict=True):
                lane.evaluation_ends(values)
                lane_logs |= {f"val_{name}": value for name, value in values.items()}
        self._read()
        for lane, lane_logs in zip(self._running, all_logs, strict=True):
            lane.epoch_ends(lane_logs)
        self._write_changes()
        watched: list[dict[str, Any]] = [{} for _ in self._running]
        if self._watches:
            watched = self._evaluate(lambda lane: lane.watched, lambda lane: lane.watched_batch_size)
        seconds = (time.perf_counter() - start) / len(self._running)
        for lane, test in zip(self._running, watched, strict=True):
            lane.record(test, seconds=seconds)
        print_epochs(self._printed_epochs())

    def _printed_epochs(self) -> Iterator[EndedEpoch]:
        """The epoch that has ended, of the lanes that print it: also of those that read it off another one."""
        for lane, way in [*zip(self._running, self._running, strict=True), *self._readers.items()]:
            if lane.prints_line and way.error is None:
                yield EndedEpoch(lane.spec.candidate.index, way.done, lane.epochs, way.last_logs or {})

    def _ended(self) -> Iterator[Lane]:
        """Let go of the lanes that have nothing to train any more."""
        readers = [reader for reader, lane in self._readers.items() if reader.epochs == lane.done]
        if not readers and not any(lane.has_ended for lane in self._running):
            return
        states = dict(zip(self._running, self._program.read(self._stack), strict=True))
        for reader in readers:
            reader.read_off(self._readers.pop(reader), states)
            reader.take(reader.current.copy())  # or the states of all lanes would be kept for each time that one ends
            yield reader
        for lane, state in states.items():
            if lane.has_ended:
                lane.take(state.copy())
                lane.end()
                yield lane
        remaining = [place for place, lane in enumerate(self._running) if not lane.has_ended]
        self._running = [self._running[place] for place in remaining]
        if remaining:
            self._stack = self._program.take(self._stack, remaining)
            self._n_epochs_alike = self._epochs_alike()

    def _read(self) -> None:
        """Show the lanes with callbacks what they have come to."""
        if any(lane.callbacks for lane in self._running):
            for lane, state in zip(self._running, self._program.read(self._stack), strict=True):
                lane.take(state)

    def _write_changes(self) -> None:
        """Let the program go on with what callbacks have changed."""
        changed = [place for place, lane in enumerate(self._running) if lane.callbacks and lane.changed]
        if changed:
            states = [self._running[place].current for place in changed]
            self._stack = self._program.replace(self._stack, changed, states)
            for place, state in zip(changed, states, strict=True):
                self._running[place].take(state)

    def _epochs_alike(self) -> int:
        """For how many epochs these lanes will train together for sure; callbacks may stop one at any time."""
        if any(lane.callbacks for lane in self._running):
            return 1
        (before, *others) = {lane.together for lane in self._running}
        if before is not None and not others and before.n_lanes == len(self._running):
            return before.n_epochs  # or those that go on would, near their end, be trained in another way
        return min(lane.epochs - lane.done for lane in self._running)

    def _training_batches(self) -> list[Batches]:
        """The batches of an epoch."""
        orders: dict[Any, npt.NDArray[np.int64]] = {}

        def order(lane: Lane, rows: Rows) -> npt.NDArray[np.int64]:
            key = (lane.feed.seed, lane.done, len(rows), lane.feed.shuffle)
            if key not in orders:
                orders[key] = sample_order(*key)
            return orders[key]

        return self._joint_batches(slice(0, len(self._running)), _to_train_on, order, self._running[0].feed.batch_size)

    def _evaluate(self, rows_of: Callable[[Lane], Any], size_of: Callable[[Lane], int]) -> list[dict[str, Any]]:
        """The logs of each lane on rows to be evaluated. Lanes without have none."""
        sizes = [None if rows_of(lane) is None else size_of(lane) for lane in self._running]
        batches = [
            part
            for lanes in _ranges(sizes)
            if (size := sizes[lanes.start]) is not None
            for part in self._joint_batches(lanes, rows_of, _in_place, size)
        ]
        self._stack, logs = self._timed(self._program.evaluate, self._stack, self._data, batches)
        by_lane = _by_lane(logs, len(self._running))
        return [values if size is not None else {} for values, size in zip(by_lane, sizes, strict=True)]

    def _joint_batches(self, lanes: slice, rows_of: Callable[[Lane], Any], order: Order, size: int) -> list[Batches]:
        """The batches that all of some lanes have, then what each has left.

        Folds may differ by a row. Their last batches then have different sizes, which can't stand in one array.
        """
        lengths = [len(rows_of(lane)) for lane in self._running[lanes]]
        least = min(lengths)
        common = least if least == max(lengths) else least // size * size
        batches = [self._batches(lanes, rows_of, lambda *of: order(*of)[:common], size)] if common else []
        for some in _ranges(lengths):
            if lengths[some.start] > common:
                theirs = slice(lanes.start + some.start, lanes.start + some.stop)
                batches.append(self._batches(theirs, rows_of, lambda *of: order(*of)[common:], size))
        return batches

    def _batches(self, lanes: slice, rows_of: Callable[[Lane], Any], order: Order, size: int) -> Batches:
        """What a range of lanes meets; those that meet the same share a view."""
        views: dict[Any, int] = {}
        numbers: list[Any] = []
        view_of_lane: list[int] = []
        for lane in self._running[lanes]:
            rows = rows_of(lane)
            key = (*map(id, rows.arrays), lane.feed.seed, lane.feed.shuffle, lane.done)
            if key not in views:
                views[key] = len(views)
                numbers.append(self._tables.numbers(rows, order(lane, rows)))
            view_of_lane.append(views[key])
        X, y, weights = (np.stack(part) for part in zip(*numbers, strict=True))
        return Batches(lanes, X, y, weights, np.array(view_of_lane, np.int32), size)

    def predict(self, lanes: Sequence[Lane], which: int) -> Iterator[tuple[Lane, Any]]:
        """What the models of lanes that have ended put out for the rows that will be asked for.

        Parameters
        ----------
        lanes : sequence of Lane
            Of the group.
        which : int
            The place among the rows of each lane's `asked`.
        """
        self._running = sorted(lanes, key=lambda lane: (len(lane.asked[which].rows), lane.asked[which].batch_size))
        stack = self._program.stack([lane.current for lane in self._running])
        keys = [(len(lane.asked[which].rows), lane.asked[which].batch_size) for lane in self._running]
        for some in _ranges(keys):
            batches = self._batches(some, lambda lane: lane.asked[which].rows, _in_place, keys[some.start][1])
            outputs = self._timed(self._program.predict, stack, self._data, batches)
            for place, lane in enumerate(self._running[some]):
                yield lane, keras.tree.map_structure(lambda output: output[place], outputs)  # noqa: B023 - called here

    def _timed(self, function: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        start = time.perf_counter()
        result = function(*arguments, **options)
        self.step_seconds += time.perf_counter() - start
        return result


def _shorter_trajectories(lanes: Sequence[Lane]) -> dict[Lane, Lane]:
    """The lanes that need no training of their own, as another one passes them by on its way.

    Not those that are behind them from the beginning: lanes that go on from checkpoints may be anywhere.
    """
    longest: dict[Any, Lane] = {}
    for lane in lanes:
        if lane.trajectory is not None:
            longest[lane.trajectory] = max(longest.get(lane.trajectory, lane), lane, key=lambda lane: lane.epochs)
    ways = {lane: longest.get(lane.trajectory, lane) for lane in lanes}
    return {lane: way for lane, way in ways.items() if way is not lane and way.done <= lane.epochs > lane.done}


def _data_of(lane: Lane) -> tuple[Rows | None, Rows | None, Rows | None]:
    return lane.feed.rows, lane.feed.validation, lane.watched


def _n_rows(rows: Rows | None) -> int:
    return -1 if rows is None else len(rows)


def _to_train_on(lane: Lane) -> Rows:
    return lane.feed.rows


def _in_place(lane: Lane, rows: Rows) -> npt.NDArray[np.int64]:
    return np.arange(len(rows))


def _validation_size(lane: Lane) -> int:
    return lane.feed.validation_batch_size


def _ranges(keys: Sequence[Any]) -> list[slice]:
    """The ranges of places with equal keys that are beside each other.

    Examples
    --------
    >>> _ranges("aab")
    [slice(0, 2, None), slice(2, 3, None)]
    """
    ranges = []
    for _, places in groupby(range(len(keys)), key=lambda place: keys[place]):
        some = list(places)
        ranges.append(slice(some[0], some[-1] + 1))
    return ranges


def _by_lane(logs: Logs, n_lanes: int) -> list[dict[str, Any]]:
    """A dict for each lane, of plain numbers and in the order of names, as in Keras' logs."""
    plain = {name: values.tolist() if values.ndim == 1 else values for name, values in sorted(logs.items())}
    return [{name: values[lane] for name, values in plain.items()} for lane in range(n_lanes)]
