"""What Hyperband prints where `verbose` asks for it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from skhpt.search._loop import RoundOfTrials
from skhpt.search._narrator import Narrator
from skhpt.strategies import HyperbandSchedule


@dataclass(frozen=True)
class HyperbandNarrator(Narrator):
    """Tells as well what the brackets are and, of each round, how many candidates of each there are.

    Parameters
    ----------
    verbose, n_folds, metrics, error_score
        As of `Narrator`.
    schedule : HyperbandSchedule
        Of the brackets.
    """

    schedule: HyperbandSchedule

    def round_begins(self, round_: RoundOfTrials) -> None:
        budgets = [spec.budget for spec in round_.specs[:: self.n_folds] if spec.budget is not None]
        if self.verbose > 0 and budgets:
            counts = Counter(budget.bracket for budget in budgets)
            if budgets[0].rung == 0:
                self._layout()
            print("-" * 10)
            print(f"n_resources: {budgets[0].amount}")
            print(f"n_candidates: {', '.join(f'{n} of bracket {bracket}' for bracket, n in counts.items())}")
        super().round_begins(round_)

    def _layout(self) -> None:
        for bracket in self.schedule.brackets():
            rungs = ", ".join(
                f"{rung.n_candidates} @ {rung.budget.amount}" for rung in bracket.rungs() if rung.budget is not None
            )
            print(f"bracket {bracket.number}: {rungs}")
