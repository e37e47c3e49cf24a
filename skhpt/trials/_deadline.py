"""When a search is to end."""

from __future__ import annotations

import time


class Deadline:
    """So many seconds from now on.

    Parameters
    ----------
    seconds : float or None, default=None
        None never ends.

    Examples
    --------
    >>> Deadline().is_over, Deadline(0).is_over
    (False, True)
    """

    def __init__(self, seconds: float | None = None) -> None:
        self._end = None if seconds is None else time.monotonic() + seconds

    @property
    def is_set(self) -> bool:
        """Whether it will ever be over."""
        return self._end is not None

    @property
    def is_over(self) -> bool:
        """Whether the time is over."""
        return self._end is not None and time.monotonic() >= self._end
