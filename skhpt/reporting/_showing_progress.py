"""Whether and where progress is shown."""

from __future__ import annotations

import multiprocessing
import sys
from typing import Any

from skhpt.reporting._notebook_display import NotebookDisplay
from skhpt.reporting._progress import Display, SearchProgress
from skhpt.reporting._terminal import is_terminal
from skhpt.trials import is_in_trial


def progress_of(progress: bool | str, verbose: int) -> SearchProgress | None:
    """What shows how far a search is; None if nothing does.

    Parameters
    ----------
    progress : bool or "auto"
        As the searcher was told.
    verbose : int
        Likewise. With ``"auto"`` nothing is shown beside what it prints.

    Examples
    --------
    >>> progress_of(False, 0), progress_of("auto", 1)
    (None, None)
    """
    if progress == "auto":
        progress = not verbose and _is_outermost() and (in_notebook() or is_terminal(sys.stderr))
    return SearchProgress(_open_display) if progress else None


def _open_display() -> Display:
    if in_notebook():
        return NotebookDisplay()
    from skhpt.reporting._terminal_display import TerminalDisplay  # rich, of which nobody else needs to wait for

    return TerminalDisplay()


def in_notebook() -> bool:
    """Whether a notebook shows what this process displays."""
    ipython = sys.modules.get("IPython")
    shell: Any = None if ipython is None else ipython.get_ipython()
    return shell is not None and hasattr(shell, "kernel")


def _is_outermost() -> bool:
    """Whether this search is neither in a worker nor a part of a trial: several bars would write over each other."""
    return multiprocessing.parent_process() is None and not is_in_trial()
