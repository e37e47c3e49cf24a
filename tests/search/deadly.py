"""Estimators whose fits take their process along, or nearly."""

import os
import resource
import signal
import time
from pathlib import Path

from tests.fakes import FakeEstimator

BLOCK = 2**24  # bytes


class Deadly(FakeEstimator):
    """A `FakeEstimator` that may not survive its fit.

    Parameters
    ----------
    how : str or None
        ``"kill"``; ``"abort"``; ``"once"`` (killed, unless `mark` exists); ``"grow"`` until something is done about it;
        ``"limit"`` (asks for more memory than its process may have).
    mark : path
        See above.
    """

    def __init__(self, slope=3.0, how=None, mark=None, random_state=None, verbose="auto"):
        super().__init__(slope, random_state=random_state, verbose=verbose)
        self.how = how
        self.mark = mark

    def fit(self, X, y):
        if self.how == "kill" or (self.how == "once" and not Path(self.mark).exists()):
            Path(self.mark or os.devnull).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        if self.how == "abort":
            os.abort()
        if self.how == "grow":
            grown = []
            while len(grown) < 2**7:  # not for ever, should nobody intervene
                grown.append(bytes(os.urandom(1)) * BLOCK)
                time.sleep(0.01)
        if self.how == "limit":
            allocate_too_much()
        return super().fit(X, y)


def allocate_too_much():
    limits = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (2**34, limits[1]))
    try:
        bytearray(2**36)
    finally:
        resource.setrlimit(resource.RLIMIT_AS, limits)
