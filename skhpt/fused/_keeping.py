"""Keeping checkpoints of lanes that train together."""

from __future__ import annotations

import time
import uuid
import warnings
from collections.abc import Callable, Iterable

from skhpt.estimators import Progress, obstacle_in
from skhpt.fused._lane import Lane, Together
from skhpt.trials import Checkpoint, Checkpoints

_MOST_OF_THE_TIME = 0.05
"""How much of the training checkpoints may cost."""


class Keeping:
    """Keeps checkpoints of one group, so seldom that it costs next to nothing.

    Parameters
    ----------
    checkpoints : Checkpoints
        Where they are kept.
    """

    def __init__(self, checkpoints: Checkpoints) -> None:
        self._checkpoints = checkpoints
        self._refused: set[tuple[int, int, int]] = set()
        self._due = time.monotonic() + checkpoints.seconds
        self._works = True
        self.name = uuid.uuid4().hex

    @property
    def is_due(self) -> bool:
        """Whether it is time for the next ones."""
        return self._works and time.monotonic() >= self._due

    def keep(self, trainings: Callable[[], Iterable[tuple[Lane, Progress]]], together: Together) -> None:
        """Keep these, in the place of those before.

        Parameters
        ----------
        trainings : callable
            Returns all lanes of the group, with how far each has come.
        together : Together
            Those that are still running.
        """
        start = time.monotonic()
        kept = dict(self._checkpoints_of(trainings(), together))
        if kept and self._works:
            self._put(kept)
        end = time.monotonic()
        self._due = end + max(self._checkpoints.seconds, (end - start) / _MOST_OF_THE_TIME)

    def _checkpoints_of(
        self, trainings: Iterable[tuple[Lane, Progress]], together: Together
    ) -> Iterable[tuple[tuple[int, int, int], Checkpoint]]:
        for lane, progress in trainings:
            key, reason = lane.spec.key, obstacle_in(lane.callbacks)
            if lane.error is not None or not progress.seconds:
                continue  # what has failed fails again, and what has not begun begins
            if reason is None:
                yield key, lane.checkpoint(progress, reported=lane.n_earlier, together=together)
            elif key not in self._refused:
                self._refused.add(key)
                self._checkpoints.refuse(key, reason)

    def _put(self, kept: dict[tuple[int, int, int], Checkpoint]) -> None:
        try:
            self._checkpoints.keep(self.name, kept)
        except OSError as error:  # a full disk must not cost the training that it was to save
            self._works = False
            warnings.warn(f"Trainings can't be kept on disk any more: {error}", UserWarning, stacklevel=2)
