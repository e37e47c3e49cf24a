"""What `resume` came to, in a sentence."""

from __future__ import annotations

from typing import Any

from skhpt.store import NoRun, Run, StoredRun
from skhpt.trials import SearchBeginning


def resumed(search: Any, run: Run | NoRun, beginning: SearchBeginning) -> str | None:
    """Which run a search goes on with and how far that is, or why it begins a new one; None if it was not asked to.

    Parameters
    ----------
    search : BaseSearch
        Whose run has been opened.
    run : Run or NoRun
        That run.
    beginning : SearchBeginning
        How many trials there are in all.
    """
    if run.path is None:
        return None
    if run.goes_on:
        n_ended = len(StoredRun(run.path).trials)
        return f"going on with {run.path.name} ({n_ended:,} of {beginning.n_trials:,} trials)"
    because = search._new_run_because
    return None if because is None else f"new run {run.path.name}, because {because}"
