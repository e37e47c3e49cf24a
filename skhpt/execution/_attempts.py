"""What is still to be run after the death of a worker, and with whom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from skhpt.trials import TrialSpec

Key = tuple[int, int, int]


@dataclass(frozen=True)
class Loss:
    """A trial that is given up.

    Parameters
    ----------
    spec : TrialSpec
        Which.
    reason : str
        A sentence for the user.
    """

    spec: TrialSpec
    reason: str


class Attempts:
    """Decides what is run next, from the results that come and the workers that die.

    A trial that may have killed a worker is a suspect, and is tried by itself from then on; so at most one innocent
    trial a worker is held up by each death.

    Parameters
    ----------
    specs : sequence of TrialSpec
        The trials.
    max_retries : int
        How often each may be run again.
    """

    def __init__(self, specs: Sequence[TrialSpec], max_retries: int) -> None:
        self._together = {spec.key: spec for spec in specs}
        self._suspects: dict[Key, TrialSpec] = {}
        self._deaths: Counter[Key] = Counter()
        self._max_retries = max_retries

    @property
    def together(self) -> list[TrialSpec]:
        """Those to run side by side."""
        return list(self._together.values())

    @property
    def suspects(self) -> list[TrialSpec]:
        """Those to run alone."""
        return list(self._suspects.values())

    def ended(self, key: Key) -> None:
        """Take note of a result."""
        del (self._together if key in self._together else self._suspects)[key]

    def died(self, suspects: Iterable[Key], cause: str) -> list[Loss]:
        """Take note of a worker's death.

        Parameters
        ----------
        suspects : iterable of (int, int, int)
            The trials that it may have run.
        cause : str
            What is known of the death.

        Returns
        -------
        list of Loss
            Those of them that have no attempt left.
        """
        losses = []
        for key in sorted(suspects):
            alone = key in self._suspects
            spec = (self._suspects if alone else self._together).pop(key)
            self._deaths[key] += 1
            if self._deaths[key] <= self._max_retries:
                self._suspects[key] = spec
            else:
                losses.append(Loss(spec, f"{self._what_happened(key, alone)} (killed, or out of memory): {cause}"))
        return losses

    def _what_happened(self, key: Key, alone: bool) -> str:
        if not alone:  # nobody knows whose worker it was
            return "A worker process died while this trial ran"
        return f"The worker process that ran this trial died {self._deaths[key]} times"
