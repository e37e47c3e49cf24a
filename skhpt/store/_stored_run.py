"""A run as it is read: what it was to be, what came of it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from skhpt.exceptions import DamagedRunError, RunError, RunNotFoundError
from skhpt.results import Column, OneStandardError, engine_table, history_table, score_table
from skhpt.store._describe import Description, describe
from skhpt.store._files import storing
from skhpt.store._journal import JournalContent, Record, read_journal
from skhpt.store._layout import BEST, CHECKPOINTS, DESCRIPTION, FACTS, FAILURES, FORMAT, JOURNAL, SOURCE
from skhpt.store._lock import is_in_use
from skhpt.store._readable import readable
from skhpt.store._reading import as_text, is_directory, is_file, read_json, reading
from skhpt.store._records import (
    CHOICE,
    CORRECTION,
    END,
    ROUND,
    SESSION,
    TRIAL,
    Choice,
    StoredRound,
    choice_of,
    correction_of,
    round_of,
    trial_of,
)
from skhpt.trials import Candidate, TrialResult

_CHOOSE_BY_COST = ("one-standard-error", readable(describe(OneStandardError())))
_LARGEST_SOURCE = 1_000_000  # bytes: no larger file is copied into a run


class StoredRun:
    """A run on disk, of which nothing is changed. Files are read once they are asked for.

    Nothing in them is run, and links that lead out of the directory are not followed. What is not as it was written
    raises a `DamagedRunError` once it is asked for.

    Parameters
    ----------
    path : str or path
        Its directory.

    Attributes
    ----------
    path : Path
        As given.
    id : str
        The directory's name.

    Raises
    ------
    RunNotFoundError
        If there is no run.
    DamagedRunError
        If it is of a later version of skhpt, or not what was written.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path).absolute()
        if not is_file(self.path / DESCRIPTION):
            raise RunNotFoundError(path, self.path.parent)
        self.id = as_text(self.path.resolve().name)
        self._description = self._read_description()

    def __fspath__(self) -> str:
        return str(self.path)

    def __repr__(self) -> str:
        try:
            return f"<run {self.id}: {self.searcher}, {self.status}, {len(self.trials)} trials>"
        except RunError:  # who looks at it in a debugger is not to be stopped
            return f"<run {self.id}: {self.searcher}, damaged>"

    @property
    def description(self) -> dict[str, Any]:
        """All that `run.json` says."""
        return self._description

    @property
    def searcher(self) -> str:
        """The class of the search."""
        return str(readable(self._description.get("searcher")))

    @property
    def created(self) -> str:
        """When it was begun, in UTC."""
        return str(readable(self._description.get("created")))

    @property
    def settings(self) -> dict[str, Any]:
        """The search's parameters when it was begun, as far as they can be shown."""
        described = self._description["search"]["settings"] | self._description["other_settings"]
        return {as_text(name): readable(value) for name, value in described.items()}

    @property
    def search(self) -> dict[str, Description]:
        """What a search must have in common with it, to go on with it."""
        return dict(self._description["search"])

    @cached_property
    def journal(self) -> JournalContent:
        """What has happened."""
        with storing(self.path):
            return read_journal(self.path / JOURNAL)

    @property
    def status(self) -> str:
        """Whether it is ``"running"``, ``"finished"`` or ``"interrupted"``."""
        last = self._last_of(SESSION, END)
        if last.get("kind") == END:
            return "finished" if last.get("status") == "finished" else "interrupted"
        return "running" if is_in_use(self.path) else "interrupted"

    @cached_property
    def choice(self) -> Choice | None:
        """What the search has taken for the best; None if it has not come to that, or has gone on since."""
        last = self._last_of(TRIAL, CHOICE)
        return choice_of(last) if last.get("kind") == CHOICE else None

    @cached_property
    def correction(self) -> tuple[float, float, float] | None:
        """The corrected score of that choice, and the ends of its interval; None if the search has not stored one."""
        last = self._last_of(TRIAL, CHOICE, CORRECTION)
        return correction_of(last) if last.get("kind") == CORRECTION else None

    def _last_of(self, *kinds: str) -> Record:
        return next((record for record in reversed(self.journal.records) if record.get("kind") in kinds), {})

    @cached_property
    def rounds(self) -> list[StoredRound]:
        """The rounds that have begun."""
        found = [round_of(record) for record in self.journal.records if record.get("kind") == ROUND]
        return list({stored.number: stored for stored in found}.values())

    @cached_property
    def trials_by_round(self) -> dict[int, list[TrialResult]]:
        """The trials that have ended, in each round ordered by candidate, repeat and fold."""
        found: dict[int, dict[Any, TrialResult]] = {stored.number: {} for stored in self.rounds}
        with reading("The journal"):
            for record in self.journal.records:
                if record.get("kind") == TRIAL and record.get("round") in found:
                    result = trial_of(record)
                    found[record["round"]][result.key] = result
        return {stored.number: _in_order(stored, found[stored.number]) for stored in self.rounds}

    @cached_property
    def times(self) -> dict[tuple[int, tuple[int, int, int]], float]:
        """When each trial of `trials_by_round` ended, in seconds since 1970, by its round and key."""
        with reading("The journal"):
            return {
                (record["round"], (record["candidate"], record["fold"], record["repeat"])): float(record["time"])
                for record in self.journal.records
                if record.get("kind") == TRIAL
            }

    @property
    def trials(self) -> list[TrialResult]:
        """All trials that have ended."""
        return [trial for trials in self.trials_by_round.values() for trial in trials]

    @property
    def has_checkpoints(self) -> bool:
        """Whether there are trainings in the middle, which a search can go on with."""
        return any((self.path / CHECKPOINTS).glob("*.npz"))

    @property
    def complete(self) -> tuple[list[Candidate], list[TrialResult]]:
        """The candidates of each round whose trials have all ended, and these trials."""
        candidates, trials, _ = self._complete
        return candidates, trials

    @property
    def rounds_of_rows(self) -> list[int]:
        """The number of the round of each row of `cv_results_`."""
        return self._complete[2]

    @cached_property
    def _complete(self) -> tuple[list[Candidate], list[TrialResult], list[int]]:
        """Candidates, trials, and the round of each of the candidates."""
        candidates: list[Candidate] = []
        trials: list[TrialResult] = []
        rounds: list[int] = []
        for stored in self.rounds:
            trials_of: dict[int, list[TrialResult]] = {index: [] for index in stored.indices}
            for trial in self.trials_by_round[stored.number]:
                trials_of[trial.candidate].append(trial)
            for candidate in stored.candidates:
                own = trials_of[candidate.index]
                if len(own) == stored.n_trials and own:
                    candidates.append(candidate)
                    rounds.append(stored.number)
                    trials += own
        return candidates, trials, rounds

    @cached_property
    def cv_results_(self) -> dict[str, Column]:
        """As of the search, for the candidates whose trials have all ended."""
        candidates, trials = self.complete
        error_score = self.settings.get("error_score")
        with reading("The journal"), np.errstate(all="ignore"):
            missing = float(error_score) if isinstance(error_score, (int, float)) else float("nan")
            shows = self.settings.get("refit") in _CHOOSE_BY_COST
            return score_table(candidates, trials, error_score=missing, shows_parameters=shows) if trials else {}

    @cached_property
    def histories_(self) -> pd.DataFrame:
        """As of the search, of all trials that have ended."""
        with reading("The journal"):
            return history_table(self.trials)

    @cached_property
    def engine_report_(self) -> pd.DataFrame:
        """As of the search, of all trials that have ended."""
        with reading("The journal"):
            return engine_table(self.trials)

    @property
    def source(self) -> dict[str, str]:
        """The files that defined the builder, by name."""
        directory = self.path / SOURCE
        if not is_directory(directory):
            return {}
        with storing(self.path):
            files = sorted(file for file in directory.glob("*.py") if is_file(file))
            own = [file for file in files if file.stat().st_size <= _LARGEST_SOURCE]
            return {as_text(file.name): file.read_text("utf-8", errors="replace") for file in own}

    @property
    def failures(self) -> str:
        """The tracebacks of trials that failed."""
        file = self.path / FAILURES
        with storing(self.path):
            return file.read_text("utf-8", errors="replace") if is_file(file) else ""

    @property
    def best(self) -> Path | None:
        """Where the best model is; None if none was stored."""
        path = self.path / BEST
        return path if is_directory(path) and is_file(path / FACTS) else None

    @property
    def described(self) -> int:
        """By which rules `search` was described: `DESCRIBED` as it was then."""
        described = self._description.get("described", 1)
        return described if isinstance(described, int) else 1

    def _read_description(self) -> dict[str, Any]:
        path = self.path / DESCRIPTION
        with storing(self.path):
            description = read_json(path)
        known = description.get("format") if isinstance(description, dict) else None
        if not isinstance(known, int):
            raise DamagedRunError(f"{path} describes no run of skhpt's.")
        if known > FORMAT:
            raise DamagedRunError(f"The run {self.path} was written by a later version of skhpt, which can read it.")
        _require_dicts(description, ("search", "other_settings", "versions"), path)
        _require_dicts(description["search"], ("settings",), path)
        return dict(description)


def _require_dicts(description: dict[str, Any], names: Iterable[str], path: Path) -> None:
    for name in names:
        if not isinstance(description.setdefault(name, {}), dict):
            raise DamagedRunError(f"{name!r} in {path} is not what was written.")


def _in_order(stored: StoredRound, found: dict[Any, TrialResult]) -> list[TrialResult]:
    places = {index: place for place, index in enumerate(stored.indices)}
    known = [trial for trial in found.values() if trial.candidate in places]
    return sorted(known, key=lambda trial: (places[trial.candidate], trial.repeat, trial.fold))
