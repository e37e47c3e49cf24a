"""What trials have said of the rows that they were scored on, on disk: a file a trial."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np

from skhpt.store._files import storing, write_whole
from skhpt.store._layout import PREDICTIONS
from skhpt.store._reading import is_file
from skhpt.trials import TrialResult

Key = tuple[int, int, int]


class PredictionFiles:
    """The predictions of a run's trials.

    Parameters
    ----------
    run : Path
        Its directory.
    """

    def __init__(self, run: Path) -> None:
        self._run = run

    def keep(self, number: int, result: TrialResult) -> None:
        """Store those of a trial of a round.

        Raises
        ------
        RunStorageError
            If they can't be written.
        """
        content = io.BytesIO()
        np.savez_compressed(content, allow_pickle=False, predictions=np.asarray(result.predictions))
        file = self._file(number, result.key)
        with storing(self._run):
            file.parent.mkdir(exist_ok=True)
            # A power cut costs the trial, not the run: who finds no predictions asks for it again.
            write_whole(file, content.getvalue(), durable=False)

    def read(self, number: int, key: Key) -> np.ndarray[Any, Any] | None:
        """Those of a trial; None if they are not there, or not what was written. Nothing in a file is run."""
        file = self._file(number, key)
        if not is_file(file):
            return None
        try:
            with np.load(io.BytesIO(file.read_bytes()), allow_pickle=False) as stored:
                predictions: np.ndarray[Any, Any] = stored["predictions"]
        except Exception:  # noqa: BLE001 - whatever something else than what was written raises
            return None
        return predictions if predictions.ndim else None

    def _file(self, number: int, key: Key) -> Path:
        return self._run / PREDICTIONS / f"{number:04d}-{'-'.join(map(str, key))}.npz"
