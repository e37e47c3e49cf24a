"""What there is to know of a search as it begins."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from skhpt.trials._round import Round


@dataclass(frozen=True)
class SearchBeginning:
    """What a search is about to do.

    Parameters
    ----------
    searcher : str
        The class of the search.
    rounds : tuple of Round
        What it plans to ask for.
    n_folds, repeats : int
        How often each candidate is run in a round: their product.
    parameters : tuple of str
        The names of those that are searched, sorted.
    metric : str or None
        What decides: a key of `TrialResult.test_scores`, of which more is better. None if a function decides.
    error_score : float
        The score of a trial that has failed.
    run : Path or None
        The directory of the run on disk.
    resource : str or None, default=None
        What budgets are counted in: ``"n_samples"`` or the full name of a parameter; None where there are none.
    resumed : str or None, default=None
        What `resume` came to, in a sentence: the run that the search goes on with, or why it begins a new one.

    Examples
    --------
    >>> SearchBeginning("GridSearchCV", (Round(4),), 5, 2, ("units",), "score", float("nan"), None).n_trials
    40
    """

    searcher: str
    rounds: tuple[Round, ...]
    n_folds: int
    repeats: int
    parameters: tuple[str, ...]
    metric: str | None
    error_score: float
    run: Path | None
    resource: str | None = None
    resumed: str | None = None

    @property
    def n_trials_a_candidate(self) -> int:
        """How often a candidate is run in a round."""
        return self.n_folds * self.repeats

    @property
    def n_trials(self) -> int:
        """How many trials there are in all, as far as it is known before."""
        return sum(round_.n_candidates for round_ in self.rounds) * self.n_trials_a_candidate
