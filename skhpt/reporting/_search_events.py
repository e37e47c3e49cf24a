"""A search as TensorBoard reads it: a directory with one for each trial."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from os import PathLike
from pathlib import Path
from typing import Any

from skhpt.reporting._event_file import EventFile, event, remove_files
from skhpt.reporting._hyper_parameters import hyper_parameters
from skhpt.reporting._summaries import experiment
from skhpt.reporting._trial_events import TrialEvents
from skhpt.trials import Candidate, TrialResult, trial_name

_KIND = "search"


class SearchEvents:
    """Writes what becomes of the trials of a search into event files. Those of an earlier search there are removed.

    Parameters
    ----------
    logdir : str or path
        Where to; made if it is not there.
    """

    def __init__(self, logdir: str | PathLike[str]) -> None:
        self._logdir = Path(logdir)
        remove_files(self._logdir, _KIND)
        self._settings: dict[int, Mapping[str, Any]] = {}
        self._trials: dict[tuple[int, int, int], tuple[EventFile, TrialEvents]] = {}
        self._columns = hyper_parameters([])

    def expect(self, candidates: Iterable[Candidate]) -> None:
        """Take note of candidates, before their trials come: what all of them are decides what a column holds."""
        self._settings |= {candidate.index: candidate.params for candidate in candidates}
        self._columns = hyper_parameters(self._settings.values())

    def keep(self, result: TrialResult, *, ended: float) -> None:
        """Write what has come of a trial.

        Parameters
        ----------
        result : TrialResult
            Of a candidate that is expected.
        ended : float
            When it ended, in seconds since 1970.
        """
        if result.key not in self._trials:
            directory = self._logdir / trial_name(*result.key)
            self._trials[result.key] = EventFile(directory, _KIND), TrialEvents()
        file, trial = self._trials[result.key]
        file.append(trial.of(result, self._settings[result.candidate], self._columns, time=ended))

    def close(self) -> None:
        """Say that no more trials follow, and what the columns of the table are: until then TensorBoard guesses them.

        It holds on to what it is told first, and a search may think of other values as it goes.
        """
        for file, trial in self._trials.values():
            if events := trial.end():
                file.append(events)
        tags = {tag: None for _, trial in self._trials.values() for tag in trial.tags}
        now = time.time()
        summary = experiment(self._columns.values(), sorted(tags, key=_rank), time=now)
        EventFile(self._logdir, _KIND).append([event(summary, step=0, time=now)])


def _rank(tag: str) -> int:
    """Which columns come first: TensorBoard shows five of the metrics until it is told otherwise."""
    return next(rank for rank, start in enumerate(("test_", "epoch/", "")) if tag.startswith(start))
