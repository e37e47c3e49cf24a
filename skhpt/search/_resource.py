"""What the budgets of a search are counted in."""

from __future__ import annotations

from dataclasses import dataclass

from skhpt.strategies import Request
from skhpt.trials import Candidate

SAMPLES = "n_samples"


@dataclass(frozen=True)
class Resource:
    """Samples, or a parameter of the estimator.

    Parameters
    ----------
    name : str
        ``"n_samples"``, or the full name of a parameter.
    """

    name: str

    @property
    def is_samples(self) -> bool:
        """Whether a budget buys rows of the data."""
        return self.name == SAMPLES

    def candidate(self, request: Request) -> Candidate:
        """The candidate that is run for a request: where the resource is a parameter, the budget is set as its value.

        Examples
        --------
        >>> from skhpt.trials import Budget
        >>> request = Request(Candidate(7, {"max_depth": 2}), Budget(30))
        >>> Resource("n_estimators").candidate(request)
        Candidate(index=7, params={'max_depth': 2, 'n_estimators': 30})
        """
        if request.budget is None or self.is_samples:
            return request.candidate
        params = {**request.candidate.params, self.name: request.budget.amount}
        return Candidate(request.candidate.index, params)
