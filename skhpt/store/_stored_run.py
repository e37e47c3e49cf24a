"""A run as it is read: what it was to be, what came of it."""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from skhpt.exceptions import DamagedRunError, RunNotFoundError
from skhpt.results import Column, engine_table, history_table, score_table
from skhpt.store._describe import Description, readable
from skhpt.store._files import storing
from skhpt.store._journal import JournalContent, read_journal
from skhpt.store._layout import BEST, DESCRIPTION, FAILURES, FORMAT, JOURNAL, SOURCE
from skhpt.store._lock import is_in_use
from skhpt.store._records import END, ROUND, SESSION, TRIAL, StoredRound, round_of, trial_of
from skhpt.trials import Candidate, TrialResult


class StoredRun:
    """A run on disk, of which nothing is changed. Files are read once they are asked for.

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
        self.path = Path(path)
        if not (self.path / DESCRIPTION).is_file():
            raise RunNotFoundError(path, self.path.parent)
        self.id = self.path.resolve().name
        self._description = self._read_description()

    def __repr__(self) -> str:
        return f"<run {self.id}: {self.searcher}, {self.status}, {len(self.trials)} trials>"

    @property
    def description(self) -> dict[str, Any]:
        """All that `run.json` says."""
        return self._description

    @property
    def searcher(self) -> str:
        """The class of the search."""
        return str(self._description.get("searcher"))

    @property
    def created(self) -> str:
        """When it was begun, in UTC."""
        return str(self._description.get("created"))

    @property
    def settings(self) -> dict[str, Any]:
        """The search's parameters, as far as they can be shown."""
        described = self._description.get("search", {}).get("settings", {}) | self._description.get(
            "other_settings", {}
        )
        return {name: readable(value) for name, value in described.items()}

    @property
    def search(self) -> dict[str, Description]:
        """What a search must have in common with it, to go on with it."""
        return dict(self._description.get("search", {}))

    @cached_property
    def journal(self) -> JournalContent:
        """What has happened."""
        with storing(self.path):
            return read_journal(self.path / JOURNAL)

    @property
    def status(self) -> str:
        """Whether it is ``"running"``, ``"finished"`` or ``"interrupted"``."""
        last = next((record for record in reversed(self.journal.records) if record.get("kind") in (SESSION, END)), {})
        if last.get("kind") == END:
            return "finished" if last.get("status") == "finished" else "interrupted"
        return "running" if is_in_use(self.path) else "interrupted"

    @cached_property
    def rounds(self) -> list[StoredRound]:
        """The rounds that have begun."""
        return [round_of(record) for record in self.journal.records if record.get("kind") == ROUND]

    @cached_property
    def trials_by_round(self) -> dict[int, list[TrialResult]]:
        """The trials that have ended, in each round ordered by candidate, repeat and fold."""
        found: dict[int, dict[Any, TrialResult]] = {stored.number: {} for stored in self.rounds}
        for record in self.journal.records:
            if record.get("kind") == TRIAL and record.get("round") in found:
                result = trial_of(record)
                found[record["round"]][result.key] = result
        return {stored.number: _in_order(stored, found[stored.number]) for stored in self.rounds}

    @property
    def trials(self) -> list[TrialResult]:
        """All trials that have ended."""
        return [trial for trials in self.trials_by_round.values() for trial in trials]

    @cached_property
    def complete(self) -> tuple[list[Candidate], list[TrialResult]]:
        """The candidates of each round whose trials have all ended, and these trials."""
        candidates, trials = [], []
        for stored in self.rounds:
            for candidate in stored.candidates:
                own = [trial for trial in self.trials_by_round[stored.number] if trial.candidate == candidate.index]
                if len(own) == stored.n_trials and own:
                    candidates.append(candidate)
                    trials += own
        return candidates, trials

    @cached_property
    def cv_results_(self) -> dict[str, Column]:
        """As of the search, for the candidates whose trials have all ended."""
        candidates, trials = self.complete
        error_score = self.settings.get("error_score")
        missing = float(error_score) if isinstance(error_score, (int, float)) else float("nan")
        return score_table(candidates, trials, error_score=missing) if trials else {}

    @cached_property
    def histories_(self) -> pd.DataFrame:
        """As of the search, of all trials that have ended."""
        return history_table(self.trials)

    @cached_property
    def engine_report_(self) -> pd.DataFrame:
        """As of the search, of all trials that have ended."""
        return engine_table(self.trials)

    @property
    def source(self) -> dict[str, str]:
        """The files that defined the builder, by name."""
        files = sorted((self.path / SOURCE).glob("*.py"))
        return {file.name: file.read_text(errors="replace") for file in files if not file.is_symlink()}

    @property
    def failures(self) -> str:
        """The tracebacks of trials that failed."""
        file = self.path / FAILURES
        return file.read_text(errors="replace") if file.is_file() else ""

    @property
    def best(self) -> Path:
        """Where the best model is, if there is one."""
        return self.path / BEST

    def _read_description(self) -> dict[str, Any]:
        try:
            description: Any = json.loads((self.path / DESCRIPTION).read_text())
        except (ValueError, RecursionError) as error:
            raise DamagedRunError(f"{self.path / DESCRIPTION} is not what was written: {error!r}") from error
        known = description.get("format") if isinstance(description, dict) else None
        if not isinstance(known, int):
            raise DamagedRunError(f"{self.path / DESCRIPTION} describes no run of skhpt's.")
        if known > FORMAT:
            raise DamagedRunError(f"The run {self.path} was written by a later version of skhpt, which can read it.")
        for part in ("search", "other_settings", "versions"):
            if not isinstance(description.setdefault(part, {}), dict):
                raise DamagedRunError(f"{part!r} in {self.path / DESCRIPTION} is not what was written.")
        return dict(description)


def _in_order(stored: StoredRound, found: dict[Any, TrialResult]) -> list[TrialResult]:
    places = {index: place for place, index in enumerate(stored.indices)}
    known = [trial for trial in found.values() if trial.candidate in places]
    return sorted(known, key=lambda trial: (places[trial.candidate], trial.repeat, trial.fold))
