"""How many candidates get how much: the arithmetic of successive halving."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from skhpt.trials import Budget, Round


@dataclass(frozen=True)
class HalvingSchedule:
    """The rungs of a successive halving: each has 1/`factor` of the candidates and `factor` times the budget.

    The numbers are scikit-learn's, floats included where `factor` is one.

    Parameters
    ----------
    n_candidates : int
        In the first rung.
    factor : float
        What candidates are divided and budgets multiplied by.
    min_resources : float
        What a candidate gets in the first rung.
    max_resources : int
        What none may get more of.
    aggressive_elimination : bool, default=False
        Stay at `min_resources` until so few candidates are left that the last rung has fewer than `factor`.

    Examples
    --------
    >>> schedule = HalvingSchedule(n_candidates=12, factor=3, min_resources=1, max_resources=9)
    >>> [(rung.n_candidates, rung.budget.amount) for rung in schedule.rungs()]
    [(12, 1), (4, 3), (2, 9)]
    """

    n_candidates: int
    factor: float
    min_resources: float
    max_resources: int
    aggressive_elimination: bool = False

    @classmethod
    def exhausting(
        cls,
        n_candidates: int,
        factor: float,
        min_resources: float,
        max_resources: int,
        aggressive_elimination: bool = False,
    ) -> Self:
        """The schedule that begins as high as it can, so that the last rung gets as near to `max_resources` as it can.

        Parameters
        ----------
        n_candidates, factor, max_resources, aggressive_elimination
            As of the class.
        min_resources : float
            The least to begin with.
        """
        steps = _required_iterations(n_candidates, factor) - 1
        first = max(min_resources, max_resources // factor**steps)
        return cls(n_candidates, factor, first, max_resources, aggressive_elimination)

    @property
    def n_required_iterations(self) -> int:
        """Rungs that it takes to get to fewer than `factor` candidates."""
        return _required_iterations(self.n_candidates, self.factor)

    @property
    def n_possible_iterations(self) -> int:
        """Rungs that there is budget for, from `min_resources` up to `max_resources`."""
        return 1 + math.floor(math.log(self.max_resources // self.min_resources, self.factor))

    @property
    def n_iterations(self) -> int:
        """Rungs that there are."""
        if self.aggressive_elimination:
            return self.n_required_iterations
        return min(self.n_possible_iterations, self.n_required_iterations)

    def rungs(self) -> Sequence[Round]:
        """Candidates and budget of each rung."""
        # Negative where there is budget to spare: then, as in scikit-learn, the first rung already gets more.
        waiting = self.n_required_iterations - self.n_possible_iterations if self.aggressive_elimination else 0
        rungs = []
        n_candidates = self.n_candidates
        for rung in range(self.n_iterations):
            amount = int(self.factor ** max(0, rung - waiting) * self.min_resources)
            budget = Budget(min(amount, self.max_resources), rung, last=rung == self.n_iterations - 1)
            rungs.append(Round(n_candidates, budget))
            n_candidates = self.n_survivors(n_candidates)
        return rungs

    def n_survivors(self, n_candidates: int) -> int:
        """How many of a rung's candidates go on."""
        return math.ceil(n_candidates / self.factor)


def _required_iterations(n_candidates: int, factor: float) -> int:
    return 1 + math.floor(math.log(n_candidates, factor))
