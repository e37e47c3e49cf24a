"""Finding runs on disk."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from skhpt.exceptions import RunNotFoundError
from skhpt.store._layout import DESCRIPTION
from skhpt.store._reading import is_directory, is_file
from skhpt.store._stored_run import StoredRun


def find_run(run: str | os.PathLike[str], runs_dir: str | os.PathLike[str] = "runs") -> Path:
    """The directory of a run.

    Parameters
    ----------
    run : str or path
        Its id, which is the name of a directory in `runs_dir`, or else a path to it.
    runs_dir : str or path, default="runs"
        The directory of all runs. An id does not lead out of it: links in there are no runs.

    Returns
    -------
    Path

    Raises
    ------
    TypeError
        If it is neither.
    RunNotFoundError
        If there is none.
    """
    if not isinstance(run, (str, os.PathLike)):
        raise TypeError(
            f"A run is told by its id or its directory, or of a search is its run_. Got {type(run).__name__}."
        )
    name = os.fspath(run)
    if _is_plain(name) and is_run(Path(runs_dir) / name):
        return Path(runs_dir) / name
    if name and is_file(Path(name) / DESCRIPTION):
        return Path(name)
    raise RunNotFoundError(run, runs_dir)


def opened(run: str | os.PathLike[str] | StoredRun, runs_dir: str | os.PathLike[str]) -> StoredRun:
    """A run to be read: as given, or found by its id or path."""
    return run if isinstance(run, StoredRun) else StoredRun(find_run(run, runs_dir))


def runs_in(runs_dir: str | os.PathLike[str]) -> Iterator[Path]:
    """The directories of all runs, by name: to the second as they were begun. None if `runs_dir` is not there.

    Raises
    ------
    NotADirectoryError
        If it is something else.
    """
    if Path(runs_dir).exists():
        yield from (path for path in sorted(Path(runs_dir).iterdir()) if is_run(path))


def is_run(path: Path) -> bool:
    """Whether it is a directory, and no link to one, that describes a run."""
    return is_directory(path) and is_file(path / DESCRIPTION)


def _is_plain(name: str) -> bool:
    return name == Path(name).name and name != ".."
