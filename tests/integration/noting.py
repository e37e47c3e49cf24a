"""What workers are given to note what they have loaded. It loads nothing itself."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Noting:
    """A scorer that writes the names of all modules that are loaded into a file of its process.

    Parameters
    ----------
    folder : path
        Of the files.
    """

    folder: Path

    def __call__(self, estimator, X, y):
        self.folder.joinpath(str(os.getpid())).write_text(" ".join(sys.modules))
        return 0.0
