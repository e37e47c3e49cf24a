"""One halving of several that run side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from skhpt.trials import Budget, Round


@dataclass(frozen=True)
class Bracket:
    """The rungs of a bracket: each has 1/`factor` of the candidates, rounded down.

    Parameters
    ----------
    number : int
        Which: as many rungs follow its first one.
    n_candidates : int
        In the first rung.
    factor : Fraction
        What candidates are divided by.
    amounts : tuple of int
        The budget of each rung.

    Examples
    --------
    >>> bracket = Bracket(number=1, n_candidates=6, factor=Fraction(3), amounts=(27, 81))
    >>> [(rung.n_candidates, rung.budget.amount) for rung in bracket.rungs()]
    [(6, 27), (2, 81)]
    """

    number: int
    n_candidates: int
    factor: Fraction
    amounts: tuple[int, ...]

    def rungs(self) -> Sequence[Round]:
        """Candidates and budget of each rung."""
        last = len(self.amounts) - 1
        return [
            Round(
                self._at_least_one(self.n_candidates / self.factor**rung),
                Budget(amount, rung, rung == last, self.number),
            )
            for rung, amount in enumerate(self.amounts)
        ]

    def n_survivors(self, n_candidates: int) -> int:
        """How many of a rung's candidates would go on."""
        return self._at_least_one(n_candidates / self.factor)

    @staticmethod
    def _at_least_one(n_candidates: Fraction) -> int:
        return max(1, int(n_candidates))
