"""What a strategy asks for."""

from __future__ import annotations

from dataclasses import dataclass

from skhpt.trials import Candidate


@dataclass(frozen=True)
class Request:
    """A candidate that the strategy wants to see evaluated, on all folds.

    Parameters
    ----------
    candidate : Candidate
        The setting.
    """

    candidate: Candidate
