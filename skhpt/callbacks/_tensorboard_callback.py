"""What callbacks that write for TensorBoard have in common."""

from __future__ import annotations

from os import PathLike, fspath
from typing import Any

import keras

from skhpt.reporting import EventWriter


class TensorBoardCallback(keras.callbacks.Callback):
    """Writes into a run of TensorBoard's after each epoch.

    Parameters
    ----------
    log_dir : str or path
        The run's directory, in which a search fills in ``{trial}``.
    """

    # Each class says also `_keeps_no_state`, which is not inherited: made anew it goes on where it was.
    _kind: str

    def __init__(self, log_dir: str | PathLike[str]) -> None:
        super().__init__()
        self.log_dir = fspath(log_dir)
        EventWriter(self.log_dir, self._kind)  # if the extra is missing, the time to say so is now
        self._writer: EventWriter | None = None

    @property
    def writer(self) -> EventWriter:
        """Where to write, once the places in the path are filled in."""
        self._writer = self._writer or EventWriter(self.log_dir, self._kind)
        return self._writer

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self.writer.clear()
