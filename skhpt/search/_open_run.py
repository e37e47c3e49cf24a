"""The run on disk that a fit writes to: a new one, or one that it goes on with."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

from sklearn.base import clone

from skhpt._compat.sklearn import routed_params
from skhpt.search._going_on import Wanted, is_bool, run_to_go_on_with
from skhpt.search._sampling_state import state_of
from skhpt.space import by_names
from skhpt.store import (
    NoRun,
    Run,
    describe,
    describe_names,
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
_USER = 6  # frames from where the user is warned to whoever calls `fit`


def open_run(search: Any, X: Any, y: Any, cv: Any, fit_params: Mapping[str, Any]) -> Run | NoRun:
    """The run that a search is to write to; why it is a new one is left in `_new_run_because`.

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
    if search.runs_dir is None and is_bool(search.resume, False):
        return NoRun()
    if search.runs_dir is None and is_bool(search.resume, True):
        raise ValueError("resume=True needs runs_dir, the directory of the runs to go on with. Got runs_dir=None.")
    described = partial(_described, search, X, y, cv, fit_params)
    wanted = described()

    def n_splits() -> int:
        split_params = routed_params(search, fit_params).splitter.split
        return int(cv.get_n_splits(X, y, **split_params))

    before = cache(partial(described, as_before=True))
    path, search._new_run_because = run_to_go_on_with(search, Wanted(wanted, before), n_splits)
    options = {"seconds_between_checkpoints": search.checkpoint_seconds}
    if path is not None:
        return _warned(Run(path, search=wanted, **options), installed_versions())
    description = _whole_description(search, wanted)
    definitions = users_definitions([search.estimator, *(getattr(search, name, None) for name in SPACES)])
    return Run.create(Path(search.runs_dir).absolute(), type(search).__name__, description, definitions, **options)


def _described(
    search: Any, X: Any, y: Any, cv: Any, fit_params: Mapping[str, Any], *, as_before: bool = False
) -> dict[str, Any]:
    """All that a search has in common with one that it may go on with."""
    told, told_by_name = partial(describe, as_before=as_before), partial(describe_names, as_before=as_before)
    settings = search.get_params(deep=False)
    apart = {"estimator", "cv", *SPACES, *(_FREE - search._settings_that_decide)}
    described = {
        "estimator": told(clone(search.estimator)),
        **{name: _of_space(name, settings[name], as_before=as_before) for name in SPACES if name in settings},
        "X": fingerprint_of_rows(X),
        "y": fingerprint_of_rows(y),
        "cv": told(cv),
        "fit_params": {name: _of_rows(name, value) for name, value in sorted(fit_params.items())},
        "settings": told_by_name({name: value for name, value in settings.items() if name not in apart}),
    }
    plain: dict[str, Any] = json.loads(json.dumps(described))
    return plain


def _of_rows(name: str, value: Any) -> Any:
    """What `fit` was given has a row for each sample, more often than not, and is nobody's to read."""
    return fingerprint_of_rows(value) if isinstance(value, (list, tuple)) else describe_names({name: value})[name]


def _of_space(name: str, space: Any, *, as_before: bool) -> Any:
    """A space, by the names in it. scikit-learn takes them sorted; samplers that learn draw in the order given."""
    parts = [space] if isinstance(space, Mapping) else space
    if not (isinstance(parts, list) and all(isinstance(part, Mapping) for part in parts)):
        return describe(space, as_before=as_before)
    named = [by_names(part) for part in parts]
    in_order = named if name == "param_space" else [dict(sorted(part.items())) for part in named]
    described = [describe_names(part, as_before=as_before) for part in in_order]
    return described[0] if isinstance(space, Mapping) else described


def _whole_description(search: Any, wanted: Mapping[str, Any]) -> dict[str, Any]:
    settings = search.get_params(deep=False)
    shown = sorted(_FREE & settings.keys() - _NOT_SHOWN)
    return {
        "searcher": type(search).__name__,
        "versions": installed_versions(),
        "search": wanted,
        "other_settings": describe_names({name: settings[name] for name in shown}),
        "seeds": {
            "entropy": SearchSeeds.from_random_state(search.random_state).entropy,
            "sampling": state_of(search.random_state),
        },
    }


def _warned(run: Run, versions: Mapping[str, str]) -> Run:
    """The run; the user is told if it was begun with other versions, whose results may differ in the last digits."""
    before = run.description.get("versions", {})
    changed = [
        f"{name} {before[name]} (now {version})"
        for name, version in versions.items()
        if before.get(name, version) != version
    ]
    if changed:
        warnings.warn(f"The run {run.path} was begun with {'; '.join(changed)}.", UserWarning, stacklevel=_USER)
    return run
