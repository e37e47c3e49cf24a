"""What a halving search prints where `verbose` asks for it: scikit-learn's lines."""

from __future__ import annotations

from dataclasses import dataclass

from skhpt.search._loop import RoundOfTrials
from skhpt.search._narrator import Narrator
from skhpt.strategies import HalvingSchedule


@dataclass(frozen=True)
class HalvingNarrator(Narrator):
    """Tells as well how the search is laid out and, of each rung, what it is about to do.

    Parameters
    ----------
    verbose, n_folds, metrics, error_score
        As of `Narrator`.
    schedule : HalvingSchedule
        What is laid out.
    """

    schedule: HalvingSchedule

    def round_begins(self, round_: RoundOfTrials) -> None:
        budget = round_.specs[0].budget if round_.specs else None
        if self.verbose > 0 and budget is not None:
            if budget.rung == 0:
                self._layout()
            print("-" * 10)
            print(f"iter: {budget.rung}")
            print(f"n_candidates: {len(round_.candidates)}")
            print(f"n_resources: {budget.amount}")
        super().round_begins(round_)

    def _layout(self) -> None:
        print(f"n_iterations: {self.schedule.n_iterations}")
        print(f"n_required_iterations: {self.schedule.n_required_iterations}")
        print(f"n_possible_iterations: {self.schedule.n_possible_iterations}")
        print(f"min_resources_: {self.schedule.min_resources}")
        print(f"max_resources_: {self.schedule.max_resources}")
        print(f"aggressive_elimination: {self.schedule.aggressive_elimination}")
        print(f"factor: {self.schedule.factor}")
