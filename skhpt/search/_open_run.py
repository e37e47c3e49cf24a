"""The run on disk that a fit writes to: a new one, or one that it goes on with."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.base import clone

from skhpt.exceptions import DifferentSearchError, RunError
from skhpt.store import (
    NoRun,
    Run,
    StoredRun,
    describe,
    differences,
    find_run,
    fingerprint_of_rows,
    installed_versions,
    users_definitions,
)
from skhpt.trials import SearchSeeds

SPACES = ("param_grid", "param_distributions", "param_space")
# What a search may say otherwise when it goes on: how it runs, and what is made of the results in the end.
_FREE = {
    "checkpoint_seconds", "loggers", "max_epochs_total", "max_retries", "max_time", "n_jobs", "pre_dispatch",
    "progress", "refit", "refit_epochs", "resume", "runs_dir", "target_score", "verbose",
}  # fmt: skip
_NOT_SHOWN = {"loggers"}  # they may hold whatever they have heard
_USER = 6  # frames from here to whoever calls `fit`


def open_run(search: Any, X: Any, y: Any, cv: Any, fit_params: Mapping[str, Any]) -> Run | NoRun:
    """The run that a search is to write to.

    Parameters
    ----------
    search : BaseSearch
        With `runs_dir`, `resume` and `checkpoint_seconds`.
    X, y
        The data.
    cv : splitter
        Checked.
    fit_params : mapping of str to object
        The other arguments of `fit`.

    Raises
    ------
    DifferentSearchError
        If `resume` names a run of another search.
    RunNotFoundError, RunInUseError, RunStorageError, DamagedRunError
        If it names none, or it can't be written to.
    """
    if search.runs_dir is None and _is(search.resume, False):
        return NoRun()
    if search.runs_dir is None and _is(search.resume, True):
        raise ValueError("resume=True needs runs_dir, the directory of the runs to go on with. Got runs_dir=None.")
    wanted = _described(search, X, y, cv, fit_params)
    path = _path_to_resume(search, wanted)
    options = {"seconds_between_checkpoints": search.checkpoint_seconds}
    if path is not None:
        return _warned(Run(path, **options), installed_versions())
    description = _whole_description(search, wanted)
    definitions = users_definitions([search.estimator, *(getattr(search, name, None) for name in SPACES)])
    return Run.create(Path(search.runs_dir).absolute(), type(search).__name__, description, definitions, **options)


def _path_to_resume(search: Any, wanted: Mapping[str, Any]) -> Path | None:
    if _is(search.resume, False):
        return None
    if _is(search.resume, True):
        return _newest(Path(search.runs_dir).absolute(), type(search).__name__, wanted)
    path = find_run(search.resume, "runs" if search.runs_dir is None else search.runs_dir).absolute()
    stored = StoredRun(path)
    if different := _different(stored, type(search).__name__, wanted):
        raise DifferentSearchError(path, different)
    return path


def _is(resume: Any, said: bool) -> bool:
    """Whether `resume` is this bool, NumPy's included, and no run."""
    return isinstance(resume, (bool, np.bool_)) and bool(resume) is said


def _newest(runs_dir: Path, searcher: str, wanted: Mapping[str, Any]) -> Path | None:
    """The newest run of the same search. If there is none, the user is told why an interrupted one is not it."""
    newest = True
    for stored in sorted(_runs_in(runs_dir), key=lambda stored: stored.created, reverse=True):
        if not (different := _different(stored, searcher, wanted)):
            return stored.path
        if stored.searcher == searcher:
            newest, is_newest = False, newest
            if is_newest and stored.status == "interrupted":
                message = (
                    f"resume=True begins a new run, as the newest interrupted one in {runs_dir}, {stored.id}, is of "
                    f"another search: {'; '.join(different[:3])}."
                )
                warnings.warn(message, UserWarning, stacklevel=_USER)
    return None


def _runs_in(runs_dir: Path) -> Iterator[StoredRun]:
    for path in runs_dir.glob("*/"):
        try:
            yield StoredRun(path)
        except RunError:  # no run, or one that can't be read
            continue


def _different(stored: StoredRun, searcher: str, wanted: Mapping[str, Any]) -> list[str]:
    there, here = {"searcher": stored.searcher, **stored.search}, {"searcher": searcher, **wanted}
    return differences(there, here)


def _described(search: Any, X: Any, y: Any, cv: Any, fit_params: Mapping[str, Any]) -> dict[str, Any]:
    """All that a search has in common with one that it may go on with."""
    settings = search.get_params(deep=False)
    apart = {"estimator", "cv", *SPACES, *(_FREE - search._settings_that_decide)}
    described = {
        "estimator": describe(clone(search.estimator)),
        **{name: describe(settings[name]) for name in SPACES if name in settings},
        "X": fingerprint_of_rows(X),
        "y": fingerprint_of_rows(y),
        "cv": describe(cv),
        "fit_params": {name: _of_rows(value) for name, value in fit_params.items()},
        "settings": {name: describe(value) for name, value in settings.items() if name not in apart},
    }
    plain: dict[str, Any] = json.loads(json.dumps(described))
    return plain


def _of_rows(value: Any) -> Any:
    """What `fit` was given has a row for each sample, more often than not, and is nobody's to read."""
    return fingerprint_of_rows(value) if isinstance(value, (list, tuple)) else describe(value)


def _whole_description(search: Any, wanted: Mapping[str, Any]) -> dict[str, Any]:
    settings = search.get_params(deep=False)
    return {
        "searcher": type(search).__name__,
        "versions": installed_versions(),
        "search": wanted,
        "other_settings": {name: describe(settings[name]) for name in sorted(_FREE & settings.keys() - _NOT_SHOWN)},
        "seeds": {
            "entropy": SearchSeeds.from_random_state(search.random_state).entropy,
            "sampling": _state_of(search.random_state),
        },
    }


def _state_of(random_state: Any) -> dict[str, Any] | None:
    """Where the random numbers stand that candidates are drawn from; None where an int says that."""
    if isinstance(random_state, (int, np.integer)):
        return None
    state: Any = (np.random if random_state is None else random_state).get_state(legacy=False)
    return {**state, "state": {"key": state["state"]["key"].tolist(), "pos": int(state["state"]["pos"])}}


def restored(state: Mapping[str, Any]) -> np.random.RandomState:
    """Random numbers that go on from where `run.json` says."""
    generator = np.random.RandomState()
    key = np.asarray(state["state"]["key"], dtype=np.uint32)
    generator.set_state({**state, "state": {"key": key, "pos": state["state"]["pos"]}})
    return generator


def _warned(run: Run, versions: Mapping[str, str]) -> Run:
    """The run; the user is told if it was begun with other versions, whose results may differ in the last digits."""
    before = run.description.get("versions", {})
    changed = [
        f"{name} {before[name]} (now {version})"
        for name, version in versions.items()
        if before.get(name, version) != version
    ]
    if changed:
        warnings.warn(f"The run {run.path} was begun with {'; '.join(changed)}.", UserWarning, stacklevel=_USER - 1)
    return run
