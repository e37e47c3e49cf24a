"""How many candidates get how much: the arithmetic of Hyperband."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from skhpt.strategies._bracket import Bracket


@dataclass(frozen=True)
class HyperbandSchedule:
    """Brackets that trade the number of candidates for what each gets to begin with, at about equal cost.

    Bracket s begins with ceil(floor((s_max + 1) / (s + 1)) * factor**s) candidates, as the authors' own code does: that
    is Table 1 of the paper. The formula in its text lacks the inner rounding, and gives 34, 15 and 8 candidates where
    the table has 27, 9 and 6. Numbers are exact: a logarithm in floating point loses a bracket at 243 or 1000.

    Parameters
    ----------
    max_resources : int
        What the last rung of each bracket gets.
    factor : float
        What candidates are divided and budgets multiplied by, above 1. Budgets are rounded down.
    min_resources : int, default=1
        What none gets less than.
    n_settings : int or None, default=None
        How many different candidates there are: no bracket begins with more. None is any number.

    References
    ----------
    L. Li, K. Jamieson, G. DeSalvo, A. Rostamizadeh and A. Talwalkar, Hyperband: A Novel Bandit-Based Approach to
    Hyperparameter Optimization, JMLR 18, 2018. https://jmlr.org/papers/v18/16-558.html. The authors' code:
    https://homes.cs.washington.edu/~jamieson/hyperband.html

    Examples
    --------
    >>> for bracket in HyperbandSchedule(max_resources=9, factor=3).brackets():
    ...     print(bracket.number, [(rung.n_candidates, rung.budget.amount) for rung in bracket.rungs()])
    2 [(9, 1), (3, 3), (1, 9)]
    1 [(3, 3), (1, 9)]
    0 [(3, 9)]
    """

    max_resources: int
    factor: float
    min_resources: int = 1
    n_settings: int | None = None

    @property
    def s_max(self) -> int:
        """The number of the bracket with most rungs: the most divisions by `factor` that leave `min_resources`."""
        s, factor = 0, self._factor
        while self.min_resources * factor ** (s + 1) <= self.max_resources:
            s += 1
        return s

    @property
    def n_candidates(self) -> int:
        """Of all brackets together."""
        return sum(bracket.n_candidates for bracket in self.brackets())

    def brackets(self) -> Sequence[Bracket]:
        """From the one that begins with most candidates to the one that gives each all from the beginning."""
        return [self._bracket(s) for s in range(self.s_max, -1, -1)]

    def _bracket(self, s: int) -> Bracket:
        n_candidates = math.ceil((self.s_max + 1) // (s + 1) * self._factor**s)
        if self.n_settings is not None:
            n_candidates = min(n_candidates, self.n_settings)
        amounts = tuple(int(self.max_resources / self._factor ** (s - rung)) for rung in range(s + 1))
        return Bracket(s, n_candidates, self._factor, amounts)

    @property
    def _factor(self) -> Fraction:
        """As it is written: 2.2 in binary is a little more, and would cost a bracket now and then."""
        return Fraction(str(self.factor))
