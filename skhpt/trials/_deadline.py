"""When a search is to end."""

from __future__ import annotations

import math
import time


class Deadline:
    """So many seconds from now on, or as soon as somebody says so.

    Parameters
    ----------
    seconds : float or None, default=None
        None never ends by itself.
    may_end_early : bool, default=False
        Whether somebody may say so.

    Examples
    --------
    >>> Deadline().is_over, Deadline(0).is_over
    (False, True)
    """

    def __init__(self, seconds: float | None = None, *, may_end_early: bool = False) -> None:
        end = None if seconds is None else time.monotonic() + seconds
        self._end = math.inf if end is None and may_end_early else end

    def end_now(self) -> None:
        """Let it be over from now on."""
        self._end = -math.inf

    @property
    def is_set(self) -> bool:
        """Whether it may ever be over."""
        return self._end is not None

    @property
    def is_over(self) -> bool:
        """Whether the time is over."""
        return self._end is not None and time.monotonic() >= self._end

    @property
    def seconds_left(self) -> float | None:
        """How long from now on; None if it does not come by itself."""
        return None if self._end in (None, math.inf) else max(self._end - time.monotonic(), 0.0)
