"""What there is to know of the end of a search."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SearchEnding:
    """How a search has ended, before its refit.

    Parameters
    ----------
    status : {"finished", "interrupted"}
        Whether it has done what it was to do, as is said of its run.
    reason : str or None, default=None
        What has interrupted it: a limit, or the class of an error.
    """

    status: str
    reason: str | None = None
