"""Which run on disk a search goes on with."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from skhpt.evaluation import portable
from skhpt.exceptions import DifferentSearchError, RunError
from skhpt.search._sampling_state import restored
from skhpt.store import (
    DESCRIBED,
    StoredRun,
    describe_names,
    differences,
    find_run,
    reading,
    same_description,
    without_code,
)
from skhpt.trials import SearchSeeds

_N_CANDIDATES = "n_iter"  # the setting that only says after how many candidates to stop
_SHOWN = 3  # differences
_USER = 8  # frames from where the user is warned to whoever calls `fit`


@dataclass(frozen=True)
class Wanted:
    """What a search is, to be compared with what stored runs are.

    Parameters
    ----------
    now : mapping of str to description
        What a run's `search` must be to be one of this search.
    as_before : callable
        Returns the same in the words of runs of `DESCRIBED` 1.
    """

    now: Mapping[str, Any]
    as_before: Callable[[], Mapping[str, Any]]

    def for_run(self, stored: StoredRun) -> Mapping[str, Any]:
        """In the words of a run."""
        return self.now if stored.described == DESCRIBED else self.as_before()


def run_to_go_on_with(search: Any, wanted: Wanted, n_splits: Callable[[], int]) -> tuple[Path | None, str | None]:
    """The run that `resume` means.

    Parameters
    ----------
    search : BaseSearch
        With `runs_dir` and `resume`.
    wanted : Wanted
        The search. A run with another `n_iter` is one of this search as well, if the candidates that it has begun are
        the first of this search.
    n_splits : callable
        Returns the number of folds.

    Returns
    -------
    path : Path or None
        Its directory; None if a new one is to begin.
    because : str or None
        Why a new one is to begin, where an earlier one was asked for.

    Raises
    ------
    DifferentSearchError
        If `resume` names a run of another search.
    RunNotFoundError, DamagedRunError
        If it names none.
    """
    if is_bool(search.resume, False):
        return None, None
    if is_bool(search.resume, True):
        return _found(search, wanted, n_splits)
    path = find_run(search.resume, "runs" if search.runs_dir is None else search.runs_dir).absolute()
    if different := _different(search, StoredRun(path), wanted, n_splits):
        raise DifferentSearchError(path, different)
    return path, None


def is_bool(resume: Any, said: bool) -> bool:
    """Whether `resume` is this bool, NumPy's included, and no run."""
    return isinstance(resume, (bool, np.bool_)) and bool(resume) is said


def _found(search: Any, wanted: Wanted, n_splits: Callable[[], int]) -> tuple[Path | None, str | None]:
    """The newest run of the same search. If there are but others, the user is told what differs, as a new one costs."""
    searcher, runs_dir = type(search).__name__, Path(search.runs_dir).absolute()
    known = [stored for stored in _runs_in(runs_dir) if stored.searcher == searcher]
    known.sort(key=lambda stored: stored.created, reverse=True)
    for stored in known:
        if same_description(stored.search, dict(wanted.for_run(stored))):
            return stored.path, None
    nearest: tuple[StoredRun, list[str]] | None = None
    for stored in known:
        if not (different := _different(search, stored, wanted, n_splits)):
            return stored.path, None
        if nearest is None or len(different) < len(nearest[1]):
            nearest = stored, different
    if nearest is None:
        return None, f"there is no run of a {searcher} in {runs_dir}"
    stored, different = nearest
    more = f"; and {len(different) - _SHOWN} more" if len(different) > _SHOWN else ""
    because = "; ".join(different[:_SHOWN]) + more
    _warn(runs_dir, stored, because)
    return None, because


def _warn(runs_dir: Path, nearest: StoredRun, because: str) -> None:
    try:
        status = nearest.status
    except RunError:
        status = "damaged"
    warnings.warn(
        f"resume=True begins a new run, as the nearest one in {runs_dir}, {nearest.id} ({status}), is of another "
        f"search: {because}.",
        UserWarning,
        stacklevel=_USER,
    )


def _runs_in(runs_dir: Path) -> Iterator[StoredRun]:
    for path in runs_dir.glob("*/"):
        try:
            yield StoredRun(path)
        except RunError:  # no run, or one that can't be read
            continue


def _different(search: Any, stored: StoredRun, wanted: Wanted, n_splits: Callable[[], int]) -> list[str]:
    """What keeps a search from going on with a run; empty if nothing does."""
    there = {"searcher": stored.searcher, **stored.search}
    here = {"searcher": type(search).__name__, **wanted.for_run(stored)}
    different = differences(there, here)
    if different and not differences(_but_for_count(there), _but_for_count(here)):
        try:
            return [] if _begins_alike(search, stored, n_splits) else [f"{different[0]}, which makes other candidates"]
        except RunError as error:
            return [*different, str(error)]
    return different


def _but_for_count(described: Mapping[str, Any]) -> dict[str, Any]:
    settings = {name: value for name, value in described["settings"].items() if name != _N_CANDIDATES}
    return {**described, "settings": settings}


def _begins_alike(search: Any, stored: StoredRun, n_splits: Callable[[], int]) -> bool:
    """Whether the rounds of a run are the first of this search, if it is given the run's random numbers.

    Later rounds follow from the first and its scores if they are of the same size, but for the last one, which may have
    been cut off.
    """
    rounds = sorted(stored.rounds, key=lambda each: each.number)
    sizes = [len(each.indices) for each in rounds]
    twin = copy.copy(search)
    with reading(str(stored.path)):
        seeds = stored.description["seeds"]
        twin._sampling_state = search.random_state if seeds["sampling"] is None else restored(seeds["sampling"])
        twin._seeds = SearchSeeds(int(seeds["entropy"]))
    twin.n_splits_ = n_splits()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a space that is too small the search itself warns
        strategy = twin._make_strategy()
        plan = [each.n_candidates for each in strategy.plan()][: len(sizes)]
        if len(plan) < len(sizes) or plan[:-1] != sizes[:-1] or plan[-1:] < sizes[-1:]:
            return False
        requests = strategy.ask() if rounds else []
    asked = [portable(search._budgets_count.candidate(request), search.estimator).params for request in requests]
    return all(
        same_description(without_code(known), without_code(describe_names(params)))
        for each in rounds[:1]
        for known, params in zip(each.settings, asked, strict=False)
    )
