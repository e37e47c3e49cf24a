"""Trials that end the process that runs them."""

import os
import signal
import time
from pathlib import Path

from joblib.externals.loky.process_executor import TerminatedWorkerError

from tests.execution.contract import Evaluate


class Deadly(Evaluate):
    """Scores as `Evaluate`, where it comes that far.

    Parameters
    ----------
    deaths : dict of (candidate, fold) to str
        How these end: ``"kill"``, ``"abort"``, ``"once"`` (killed, but only at the first attempt) or ``"broken pool"``
        (they raise what joblib raises when a worker dies).
    folder : Path
        Where the runs are written down, a file a trial.
    """

    def __init__(self, deaths, folder):
        self.deaths = deaths
        self.folder = folder

    def __call__(self, spec):
        key = (spec.candidate.index, spec.fold)
        log = Path(self.folder, "{}.{}".format(*key))
        first = not log.exists()
        with log.open("a") as file:
            file.write(f"{os.getpid()} {time.monotonic()}")
        how = self.deaths.get(key)
        if how == "kill" or (how == "once" and first):
            os.kill(os.getpid(), signal.SIGKILL)
        if how == "abort":
            os.abort()
        if how == "broken pool":
            raise TerminatedWorkerError("a pool within the trial")
        time.sleep(0.02)
        with log.open("a") as file:
            file.write(f" {time.monotonic()}\n")
        return super().__call__(spec)

    def runs(self):
        """By trial: the process, the beginning and the end of each run that came to its end, or of the last."""
        found = {}
        for log in self.folder.iterdir():
            candidate, fold = map(int, log.name.split("."))
            found[candidate, fold] = [tuple(map(float, line.split())) for line in log.read_text().splitlines()]
        return found


class DeadlyToRead:
    """A parameter that kills the process that unpickles it."""

    def __reduce__(self):
        return os.kill, (Self(), signal.SIGKILL)


class Self:
    """In a pickle, the number of the process that reads it."""

    def __reduce__(self):
        return os.getpid, ()
