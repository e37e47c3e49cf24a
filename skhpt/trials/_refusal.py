"""A trial that can't be trained together with others."""

from __future__ import annotations

from dataclasses import dataclass

from skhpt.trials._spec import TrialSpec


@dataclass(frozen=True)
class Refusal:
    """What comes back for a trial that has to run by itself.

    Parameters
    ----------
    spec : TrialSpec
        Which.
    reason : str
        For the user: what goes on after "because".
    """

    spec: TrialSpec
    reason: str
