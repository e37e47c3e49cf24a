"""A run that is being written: one search on disk."""

from __future__ import annotations

import datetime
import io
import json
import os
import platform
import re
import secrets
import shutil
import time
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from skhpt.exceptions import DamagedRunError, DifferentSearchError, RunStorageError
from skhpt.store._checkpoint_files import CheckpointFiles, Key
from skhpt.store._describe import same_description, without_code
from skhpt.store._differences import differences
from skhpt.store._files import patiently, storing, write_whole
from skhpt.store._journal import Journal
from skhpt.store._layout import BEST, DESCRIPTION, FACTS, FAILURES, FORMATS, JOURNAL, LOG, SOURCE, SPLITS, SUMMARY
from skhpt.store._lock import RunLock
from skhpt.store._prediction_files import PredictionFiles
from skhpt.store._records import (
    CHOICE,
    CORRECTION,
    END,
    ROUND,
    SESSION,
    TRIAL,
    StoredRound,
    round_of,
    round_record,
    trial_of,
    trial_record,
)
from skhpt.store._source import directory_of, git_state, snapshot
from skhpt.store._stored_run import StoredRun
from skhpt.store._summary import summarise
from skhpt.trials import Candidate, Checkpoint, TrialResult, TrialSpec

Split = tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]


class Run:
    """One search on disk, held by this process.

    Parameters
    ----------
    path : Path
        Its directory, with a description.
    seconds_between_checkpoints : float, default=30
        At least, of a group of trials that train together.
    search : dict or None, default=None
        What is searched now: more candidates, say, than when the run was begun. None is the same.
    lock : RunLock or None, default=None
        Of a run that was made just now.

    Attributes
    ----------
    path : Path
        As given.
    description : dict
        What `run.json` says.
    checkpoints : CheckpointFiles
        Where trainings in the middle are kept.
    goes_on : bool
        Whether an earlier process has worked on it.

    Raises
    ------
    RunInUseError
        If somebody else holds it.
    """

    def __init__(
        self,
        path: Path,
        *,
        seconds_between_checkpoints: float = 30.0,
        search: Mapping[str, Any] | None = None,
        lock: RunLock | None = None,
    ) -> None:
        self.path = path
        self.description = StoredRun(path).description
        if links := [entry.name for entry in path.iterdir() if entry.is_symlink()]:
            raise DamagedRunError(f"{path} holds links, which may lead anywhere: {', '.join(links)}.")
        self.checkpoints = CheckpointFiles(path, seconds_between_checkpoints, self.note)
        self._predictions = PredictionFiles(path)
        self._has_ended = False
        self._round = -1
        with ExitStack() as opened:
            opened.enter_context(lock or RunLock(path))
            _remove_leftovers(path)
            self._journal = opened.enter_context(Journal(path / JOURNAL))
            with storing(path):
                patiently(lambda: (path / SUMMARY).unlink(missing_ok=True))  # what it says is no longer so
                if search is not None and not same_description(self.description["search"], dict(search)):
                    self.description = {**self.description, **FORMATS, "search": dict(search)}
                    write_whole(path / DESCRIPTION, json.dumps(self.description, indent=1).encode())
            self._append({"kind": SESSION, "process": os.getpid(), "host": platform.node()})
            self._opened = opened.pop_all()
        self._known = self._journal.content.records
        self.goes_on = bool(self._known)

    @classmethod
    def create(
        cls, runs_dir: Path, name: str, description: Mapping[str, Any], definitions: Iterable[Any], **options: Any
    ) -> Self:
        """Begin a new run.

        Parameters
        ----------
        runs_dir : Path
            The directory of all runs, made if it is not there.
        name : str
            What the run's id ends with, after the time.
        description : mapping of str to object
            What the run's `description` is to say, but for when and from which commit.
        definitions : iterable of function or class
            The user's own, of which the source is kept.
        **options
            As of the class.
        """
        now = datetime.datetime.now(datetime.UTC)
        definitions = list(definitions)
        id_ = f"{now:%Y%m%d-%H%M%S}-{re.sub('[^a-z0-9]+', '-', name.lower())}-{secrets.token_hex(3)}"
        known = {**FORMATS, "created": now.isoformat(), "git": git_state(directory_of(definitions))}
        path, lock = Path(runs_dir) / id_, None
        try:
            with storing(path):
                path.mkdir(parents=True)
                lock = RunLock(path)  # before anybody can see that there is a run
                snapshot(path / SOURCE, definitions)
                write_whole(path / DESCRIPTION, json.dumps(known | dict(description), indent=1).encode())
            return cls(path, lock=lock, **options)
        except RunStorageError as error:
            if lock is not None:
                lock.release()  # Windows removes no file that is open
            shutil.rmtree(path, ignore_errors=True)  # there is nothing in it yet that could be lost
            raise RunStorageError(path, error.cause) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *exception: object) -> None:
        try:
            if not self._has_ended:
                with suppress(RunStorageError):  # what is said of that must not hide what has happened
                    self.end("interrupted", None if kind is None else kind.__name__)
        finally:
            self._opened.close()
        if kind is not None and not self.goes_on and self._round < 0:
            shutil.rmtree(self.path, ignore_errors=True)  # of a search that was refused, as for a misspelt parameter

    def seed(self, name: str, fresh: Any = None) -> Any:
        """What `run.json` says of where random numbers come from.

        Parameters
        ----------
        name : str
            Of which.
        fresh : object, default=None
            What to take where there is no run.
        """
        try:
            return self.description["seeds"][name]
        except (KeyError, TypeError):
            raise DamagedRunError(f"{self.path / DESCRIPTION} says of no seed {name!r}.") from None

    def splits(self, number: int, drawn: Sequence[Split]) -> list[Split]:
        """The splits of a round: those that it had when it began, else those that were drawn now.

        Parameters
        ----------
        number : int
            Of the round.
        drawn : sequence of (train, test)
            Row numbers.
        """
        file = self.path / SPLITS / f"{number:04d}.npz"
        if file.exists():
            return _read_splits(file)
        content = io.BytesIO()
        parts: dict[str, Any] = {
            f"{name}{fold}": rows for fold, pair in enumerate(drawn) for name, rows in _named(pair)
        }
        np.savez_compressed(content, **parts)
        with storing(self.path):
            file.parent.mkdir(exist_ok=True)
            write_whole(file, content.getvalue())
        return list(drawn)

    def begin_round(
        self, candidates: Sequence[Candidate], specs: Sequence[TrialSpec]
    ) -> tuple[dict[Key, TrialResult], dict[Key, Checkpoint]]:
        """Begin a round, or go on with it.

        Parameters
        ----------
        candidates : sequence of Candidate
            Those of the round.
        specs : sequence of TrialSpec
            Its trials.

        Returns
        -------
        results : dict of (candidate, fold, repeat) to TrialResult
            Of trials that have ended before.
        checkpoints : dict of (candidate, fold, repeat) to Checkpoint
            What there is to go on from for the others.

        Raises
        ------
        DifferentSearchError
            If the candidates that the round was begun with are not its first ones.
        """
        self._round += 1
        record = round_record(self._round, candidates, len(specs) // max(len(candidates), 1))
        known = [known for known in self._known if known.get("round") == self._round]
        begun = [round_of(record) for record in known if record.get("kind") == ROUND]
        if begun:
            self._check_candidates(begun[-1], round_of(record))
        if not begun or len(candidates) > len(begun[-1].indices):
            self._append(record)
        wanted = {spec.key for spec in specs}
        ended = [self._ended(record) for record in known if record.get("kind") == TRIAL]
        results = {result.key: result for result in ended if result is not None and result.key in wanted}
        return results, self.checkpoints.begin_round(self._round)

    def keep(self, result: TrialResult) -> None:
        """Store the result of a trial of the round."""
        if result.checkpoint is not None:
            self.checkpoints.keep_paused(result.key, result.checkpoint)
        if result.no_checkpoint is not None:
            self.checkpoints.refuse(result.key, result.no_checkpoint)
        if result.predictions is not None:
            self._predictions.keep(self._round, result)
        self._append(trial_record(self._round, result))
        if result.error is not None:
            self._tell(FAILURES, f"{_trial(result)} has failed:\n{result.error}")

    def end_round(self) -> None:
        """Take note that all trials of the round have ended."""
        self._journal.sync()
        self.checkpoints.end_round()

    def end(self, status: str, reason: str | None = None) -> None:
        """Take note that nothing is written for now.

        Parameters
        ----------
        status : {"finished", "interrupted"}
            Whether it is over.
        reason : str or None, default=None
            Why it is not.
        """
        self._has_ended = True
        self._append({"kind": END, "status": status, "reason": reason})
        self._journal.sync()
        if status == "finished":
            self.checkpoints.clear()
        try:
            summary = json.dumps(summarise(self.path)).encode()
        except RunStorageError:
            raise
        except Exception as error:  # noqa: BLE001 - it is worth less than the search, and made anew when it is asked for
            self.note(f"no summary is stored: {error!r}")
            return
        with storing(self.path):
            write_whole(self.path / SUMMARY, summary)

    def note(self, sentence: str) -> None:
        """Write a line into the log."""
        self._tell(LOG, sentence)

    @property
    def best(self) -> Path:
        """Where the best model is stored."""
        return self.path / BEST

    @property
    def best_facts(self) -> dict[str, Any]:
        """What was said of the best model when it was stored; empty if there is none."""
        try:
            facts = json.loads((self.best / FACTS).read_text("utf-8"))
        except (OSError, ValueError, RecursionError):
            return {}
        return facts if isinstance(facts, dict) else {}

    def keep_best(self, store: Callable[[Path], object], facts: Mapping[str, Any]) -> None:
        """Store the best model.

        Parameters
        ----------
        store : callable
            Stores it in the directory that it is given.
        facts : mapping of str to object
            What there is to say of it.
        """
        with storing(self.path):
            new = self.path / f".{BEST}-{uuid.uuid4().hex}"
            try:
                if store(new):
                    write_whole(new / FACTS, json.dumps(facts).encode())
                    patiently(lambda: _take_the_place(self.best, new))
            finally:
                shutil.rmtree(new, ignore_errors=True)

    def keep_choice(self, candidate: int | None, score: str | None, row: int | None = None) -> None:
        """Store which candidate the search takes for the best, and by which column of `cv_results_`.

        Parameters
        ----------
        candidate : int or None
            Its index; None where none was chosen.
        score : str or None
            None where it was a function that chose.
        row : int or None, default=None
            Its row in `cv_results_`, where it may have several.
        """
        self._append({"kind": CHOICE, "candidate": candidate, "score": score, "row": row})

    def keep_correction(self, score: float, low: float, high: float) -> None:
        """Store what is to be expected of that candidate, and the ends of the interval.

        Parameters
        ----------
        score, low, high : float
            NaN where nothing is known.
        """
        self._append({"kind": CORRECTION, "score": float(score), "low": float(low), "high": float(high)})

    def _check_candidates(self, before: StoredRound, now: StoredRound) -> None:
        n_before = len(before.indices)
        begins_alike = same_description(without_code(before.settings), without_code(now.settings[:n_before]))
        if (before.indices, before.n_trials) == (now.indices[:n_before], now.n_trials) and begins_alike:
            return
        different = differences({"candidates": before.settings}, {"candidates": now.settings})
        raise DifferentSearchError(self.path, different or [f"round {self._round} has other trials"])

    def _ended(self, record: Mapping[str, Any]) -> TrialResult | None:
        """The result of a trial; None if its predictions are gone, so that it has to be run again."""
        result = trial_of(dict(record))
        if not record.get("predictions"):
            return result
        predictions = self._predictions.read(self._round, result.key)
        if predictions is None:
            self.note(f"{_trial(result)} is run again: its predictions are gone")
            return None
        return replace(result, predictions=predictions)

    def _append(self, record: Mapping[str, Any]) -> None:
        self._journal.append({**record, "time": round(time.time(), 3)})

    def _tell(self, name: str, text: str) -> None:
        # For people to read: what matters is in the journal, which says it if the disk is full.
        with suppress(OSError), (self.path / name).open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(f"{_now()} {text}\n")


def _take_the_place(old: Path, new: Path) -> None:
    shutil.rmtree(old, ignore_errors=True)
    new.rename(old)


def _remove_leftovers(path: Path) -> None:
    """Remove what a process that was killed has written in part."""
    for leftover in [*path.glob(".*"), *path.glob("*/.*")]:
        with suppress(OSError):
            shutil.rmtree(leftover) if leftover.is_dir() and not leftover.is_symlink() else leftover.unlink()


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")


def _trial(result: TrialResult) -> str:
    return f"candidate {result.candidate}, fold {result.fold}, repeat {result.repeat}"


def _read_splits(file: Path) -> list[Split]:
    try:
        with np.load(io.BytesIO(file.read_bytes()), allow_pickle=False) as stored:
            return [(stored[f"train{fold}"], stored[f"test{fold}"]) for fold in range(len(stored.files) // 2)]
    except Exception as error:  # whatever something else than what was written raises
        raise DamagedRunError(f"{file} does not hold the row numbers of folds: {error!r}") from error


def _named(pair: Split) -> list[tuple[str, npt.NDArray[np.intp]]]:
    return [("train", pair[0]), ("test", pair[1])]
