"""Finding a run."""

from __future__ import annotations

import os
from pathlib import Path

from skhpt.exceptions import RunNotFoundError
from skhpt.store._layout import DESCRIPTION


def find_run(run: str | os.PathLike[str], runs_dir: str | os.PathLike[str]) -> Path:
    """To be replaced."""
    for path in (Path(runs_dir) / run, Path(run)):
        if (path / DESCRIPTION).is_file():
            return path
    raise RunNotFoundError(run, runs_dir)
