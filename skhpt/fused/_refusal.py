"""Why something can't be fused."""

from __future__ import annotations

from dataclasses import dataclass

from skhpt.exceptions import SkhptError
from skhpt.trials import TrialSpec


class CannotFuseError(SkhptError):
    """The reason is the message: a part of a sentence that goes on after "because".

    With ``engine="auto"`` a trial then runs by itself, and this is never seen.
    """


@dataclass(frozen=True)
class Refusal:
    """A trial that has to run by itself.

    Parameters
    ----------
    spec : TrialSpec
        Which.
    reason : str
        For the user.
    """

    spec: TrialSpec
    reason: str
