"""The trials of a round in parts, each of which is trained together somewhere."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from skhpt.evaluation import TrialsOfRound
from skhpt.trials import Deadline, Refusal, TrialResult, TrialSpec

# A share is worth its program from so many trials on; and more shares than these for each worker would only be compiled
# more often, while with fewer a worker that is done early has nothing to do.
_FEW_TRIALS, _MOST_A_WORKER = 16, 4


def shares(specs: Sequence[TrialSpec], n_workers: int) -> list[Sequence[TrialSpec]]:
    """Parts of nearly equal size, fold by fold: trials of a fold share its rows and what transformers learn from them.

    Parameters
    ----------
    specs : sequence of TrialSpec
        Those of a round.
    n_workers : int
        Among how many they are divided; with 0, for the first who comes.

    Examples
    --------
    >>> from skhpt.trials import Candidate
    >>> specs = [TrialSpec(Candidate(index, {}), fold) for index in range(2) for fold in range(3)]
    >>> [[spec.key[:2] for spec in part] for part in shares(specs, 2)]
    [[(0, 0), (1, 0), (0, 1)], [(1, 1), (0, 2), (1, 2)]]
    """
    n_workers = max(n_workers, 1)
    by_fold = sorted(specs, key=lambda spec: (spec.repeat, spec.fold))
    n_shares = max(n_workers, min(len(specs) // _FEW_TRIALS, _MOST_A_WORKER * n_workers))
    bounds = [len(specs) * number // n_shares for number in range(n_shares + 1)]
    parts = (by_fold[start:end] for start, end in pairwise(bounds))
    return [part for part in parts if part]


@dataclass(frozen=True)
class Share:
    """Trials to be trained together in another process.

    Parameters
    ----------
    specs : sequence of TrialSpec
        The trials.
    seconds : float or None
        After how long their trainings are to end; None if there is no such time.
    """

    specs: Sequence[TrialSpec]
    seconds: float | None


@dataclass(frozen=True)
class TrainedShare:
    """What comes back.

    Parameters
    ----------
    outcomes : list of TrialResult or Refusal
        Those that are to run by themselves are refused.
    step_seconds : float
        How long the programs have run.
    """

    outcomes: list[TrialResult | Refusal]
    step_seconds: float


@dataclass(frozen=True, slots=True)  # with slots for the reason that `Errand` has
class TrainShare:
    """Trains a share in the worker that it was sent to.

    Parameters
    ----------
    trials : TrialsOfRound
        Of the round.
    """

    trials: TrialsOfRound

    def __call__(self, share: Share) -> TrainedShare:
        from skhpt.fused import FusedEngine  # loads the backend of Keras, which workers of other trials do without

        hearing = {spec.key: self.trials.hearing(spec) for spec in share.specs}

        def hears(epochs: Any) -> None:
            for key, n_epochs in epochs:
                if (hear := hearing[key]) is not None:
                    hear(n_epochs)

        engine = FusedEngine(deadline=Deadline(share.seconds), hears=hears, leaves_checkpoints=True)
        admission = engine.admit(share.specs, self.trials)
        trained = engine.train(admission, self.trials)
        return TrainedShare([*admission.refusals, *trained], engine.step_seconds)


def timed(parts: deque[Sequence[TrialSpec]], deadline: Deadline) -> Iterator[Share]:
    """Shares that end with a deadline, each made as it is handed out: another machine has another clock.

    What is left in `parts` was not handed out.
    """
    while parts:
        yield Share(parts.popleft(), deadline.seconds_left)
