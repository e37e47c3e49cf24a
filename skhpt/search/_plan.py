"""What a search would do, counted before it does it."""

from __future__ import annotations

from dataclasses import dataclass

from skhpt.trials import Round


@dataclass(frozen=True, repr=False)
class SearchPlan:
    """What `fit` would run. Its text says it all, as a notebook and `print` show it.

    Parameters
    ----------
    searcher : str
        The class of the search.
    rounds : tuple of Round
        How many candidates are evaluated at one time, and with what budget. Halving has a round for each rung.
    n_folds, repeats : int
        How often each candidate is fitted in a round: their product.
    refit : bool
        Whether the best candidate is fitted once more, on all data.
    resource : str or None, default=None
        What budgets are counted in; None where there are none.
    epochs : int or None, default=None
        The most epochs that all fits may train for, without the refit; a callback may stop them earlier. None where
        they can't be known: without a Keras wrapper of skhpt's at the end of the estimator, or where they depend on
        which candidates survive.
    n_programs : int or None, default=None
        How many programs the fused engine would compile: 0 if it has nothing to train, or else None, because only
        models that are built tell how many architectures there are. `engine_report_` has them after `fit`.

    Examples
    --------
    >>> from skhpt.trials import Budget
    >>> rounds = Round(9, Budget(1)), Round(3, Budget(3, rung=1)), Round(1, Budget(9, rung=2))
    >>> plan = SearchPlan("HalvingGridSearchCV", rounds, 3, 1, refit=True, resource="epochs", epochs=63)
    >>> plan
    HalvingGridSearchCV: 9 candidates, 39 fits (3 folds each) and a refit
    rung  candidates  epochs  fits
       0           9       1    27
       1           3       3     9
       2           1       9     3
    Epochs: at most 63, and those of the refit
    Programs: one for each architecture, which are known once models are built
    >>> plan.n_fits
    39
    """

    searcher: str
    rounds: tuple[Round, ...]
    n_folds: int
    repeats: int
    refit: bool
    resource: str | None = None
    epochs: int | None = None
    n_programs: int | None = None

    @property
    def n_candidates(self) -> int:
        """How many candidates there are; one that survives its rung is counted once."""
        return sum(round_.n_candidates for round_ in self.rounds if round_.budget is None or round_.budget.rung == 0)

    @property
    def n_fits(self) -> int:
        """How many trials there are, without the refit."""
        return sum(map(self._fits_of, self.rounds))

    def _fits_of(self, round_: Round) -> int:
        return round_.n_candidates * self.n_folds * self.repeats

    def __repr__(self) -> str:
        repeats = f", {self.repeats} repeats" if self.repeats > 1 else ""
        lines = [
            f"{self.searcher}: {_counted(self.n_candidates, 'candidate')}, {_counted(self.n_fits, 'fit')} "
            f"({_counted(self.n_folds, 'fold')}{repeats} each){' and a refit' if self.refit else ''}",
            *self._table(),
        ]
        if self.epochs is not None:
            lines.append(f"Epochs: at most {self.epochs:,}{', and those of the refit' if self.refit else ''}")
        elif self.n_programs is None:
            lines.append("Epochs: not known before")
        if self.n_programs is None:
            lines.append("Programs: one for each architecture, which are known once models are built")
        return "\n".join(lines)

    def _table(self) -> list[str]:
        """A line for each rung, of several brackets by turns as they run."""
        if self.resource is None:
            return []
        budgets = [(round_, round_.budget) for round_ in self.rounds if round_.budget is not None]
        first = ("bracket",) if any(budget.bracket is not None for _, budget in budgets) else ()
        rows: list[tuple[str, ...]] = [(*first, "rung", "candidates", self.resource, "fits")]
        for round_, budget in budgets:
            bracket = (budget.bracket,) if first else ()
            cells = *bracket, budget.rung, round_.n_candidates, budget.amount, self._fits_of(round_)
            rows.append(tuple(str(cell) for cell in cells))
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        return ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]


def _counted(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'' if n == 1 else 's'}"
