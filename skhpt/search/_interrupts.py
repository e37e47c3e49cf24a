"""What Ctrl-C leaves on the screen: how far the search is, where that is stored, and how to go on."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from skhpt.exceptions import RunError
from skhpt.search._going_on import is_bool
from skhpt.store import StoredRun

Fit = TypeVar("Fit", bound=Callable[..., Any])


def short_when_interrupted(fit: Fit) -> Fit:
    """Let a search that is interrupted raise a `KeyboardInterrupt` that says this, without the traceback of its cause.

    Parameters
    ----------
    fit : function
        Of a search. What is outside of this decorator is part of the traceback.
    """

    @functools.wraps(fit)
    def fit_in_short(self: Any, *args: Any, **kwargs: Any) -> Any:
        self._n_planned, self._n_complete, self._new_run_because = None, (0, 0), None
        try:
            return fit(self, *args, **kwargs)
        except KeyboardInterrupt as error:
            if error.args:  # of somebody who has something to say, such as another search
                raise
        # Here, as the traceback of what was interrupted is gone once its handler is left.
        raise KeyboardInterrupt("\n".join(_lines(self)))

    return fit_in_short  # type: ignore[return-value]  # has its signature


def _lines(search: Any) -> list[str]:
    """Three of them."""
    if search._n_planned is None:
        return ["Interrupted before the first trial began.", "Nothing new is stored.", "The next fit begins with it."]
    stored = _stored(search)
    if stored is not None:
        n_trials, n_candidates = len(stored.trials), len({candidate.index for candidate in stored.complete[0]})
        what = (
            "They are" if n_trials else "How far the first ones have come is"
        )  # those that train together end together
        where = [f"{what} stored in {stored.path}.", _how_to_go_on(search)]
    else:
        n_trials, n_candidates = search._n_complete
        where = _nothing_stored(search)
    return [_complete(n_trials, n_candidates, search._n_planned), *where]


def _stored(search: Any) -> StoredRun | None:
    """The run on disk, if there is one with trials in it, or with trainings that go on."""
    try:
        stored = None if search.run_ is None else StoredRun(search.run_.path)
        return stored if stored is not None and (stored.trials or stored.has_checkpoints) else None
    except RunError:  # removed, as of a search that was interrupted before its first trial
        return None


def _complete(n_trials: int, n_candidates: int, n_planned: int) -> str:
    if not n_trials:
        return "Interrupted before any trial was complete."
    refit = ", but the best one is not refitted" if n_trials == n_planned else ""
    candidates = f"{n_candidates:,} candidate{'' if n_candidates == 1 else 's'}"
    return f"Interrupted: {n_trials:,} of {n_planned:,} trials are complete, all those of {candidates}{refit}."


def _nothing_stored(search: Any) -> list[str]:
    if search.runs_dir is not None:
        return [f"No trial is stored in {search.runs_dir}.", "The next fit begins with the first one."]
    return [
        "Nothing is stored on disk, as runs_dir is None; cv_results_ has the candidates that are complete.",
        "With runs_dir='runs' and resume=True a search that is interrupted goes on when it is run again.",
    ]


def _how_to_go_on(search: Any) -> str:
    if is_bool(search.resume, False):
        return "To go on, fit again with resume=True."
    return f"To go on, run the same again: resume={search.resume!r} finds it."
