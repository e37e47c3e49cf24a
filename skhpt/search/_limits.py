"""What may end a search early."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from skhpt.evaluation import prepare
from skhpt.search._epochs_total import EpochsTotal
from skhpt.search._loop import Limit, SearchOutcome
from skhpt.search._resource import epochs_parameter
from skhpt.search._selection import metric_named_by
from skhpt.search._target_score import TargetScore
from skhpt.trials import Candidate, Deadline, TrialResult


class SearchLimits:
    """The limits that a search was given, and what there is to say of them once it has ended.

    Parameters
    ----------
    search : BaseSearch
        With `target_score`, `max_epochs_total` and `max_time`.
    deadline : Deadline
        That of its trials, ended once the target is reached.
    n_trials : int
        How many trials each candidate has.
    metric : callable
        From trials to the name of the metric that decides.
    error_score : float
        The score of a failed trial.

    Attributes
    ----------
    all : list of Limit
        Those that there are.
    deadline : Deadline
        As given.
    """

    def __init__(
        self,
        search: Any,
        deadline: Deadline,
        *,
        n_trials: int,
        metric: Callable[[Sequence[TrialResult]], object],
        error_score: float,
    ) -> None:
        self._search = search
        self._target: TargetScore | None = None
        self.all: list[Limit] = []
        if search.target_score is not None:
            self._target = TargetScore(
                search.target_score, n_trials=n_trials, metric=metric, error_score=error_score, deadline=deadline
            )
            self.all.append(self._target)
        if search.max_epochs_total is not None:
            self.all.append(EpochsTotal(search.max_epochs_total, self._epochs_of))
        self.deadline = deadline

    def ending(self, *, is_whole: bool) -> tuple[str, str | None]:
        """The status of the run of a search that has ended by itself, and the reason if that is not the end of it."""
        if is_whole or (self._target is not None and self._target.is_reached):
            return "finished", None
        return "interrupted", self.reason

    def cut_short(self, outcome: SearchOutcome) -> str | None:
        """What there is to say of a search that was fitted on less than it was asked for."""
        if self.ending(is_whole=outcome.is_whole)[0] == "finished":
            return None
        n_complete = len({candidate.index for candidate in outcome.candidates})
        return (
            f"{self.reason} {self._used_up}: the search is fitted on the {n_complete} candidates that are complete on "
            "all folds."
        )

    @property
    def _used_up(self) -> str:
        return "seconds were over" if self.deadline.is_over else "epochs were used up"

    @property
    def reason(self) -> str:
        """Of a search that has ended early, what it had too little of."""
        name = "max_time" if self.deadline.is_over else "max_epochs_total"
        return f"{name}={getattr(self._search, name)}"

    def too_early(self, n_ended: int, advice: str) -> str:
        """What there is to say if no candidate was complete by then."""
        return (
            f"{self.reason} {self._used_up} before any candidate was complete on all folds "
            f"({n_ended} trials have ended). {advice}."
        )

    def _epochs_of(self, candidate: Candidate) -> int:
        estimator = prepare(self._search.estimator, candidate.params, seed=0)
        return int(estimator.get_params().get(epochs_parameter(estimator), 0))


def check_limits(search: Any, refit_metric: Any) -> None:
    """Raise if a search has a limit that it can't know of when it is reached.

    Parameters
    ----------
    search : BaseSearch
        With `target_score` and `max_epochs_total`.
    refit_metric : object
        What decides: the name of a metric, or something else.
    """
    owner = type(search).__name__
    if search.max_epochs_total is not None and epochs_parameter(search.estimator) not in search.estimator.get_params():
        raise ValueError(
            f"The 'max_epochs_total' parameter of {owner} counts epochs, and {type(search.estimator).__name__} has no "
            f"such parameter. Got max_epochs_total={search.max_epochs_total}."
        )
    decides = metric_named_by(search.refit) or refit_metric
    if search.target_score is not None and not isinstance(decides, str):
        raise ValueError(
            f"The 'target_score' parameter of {owner} needs one metric that decides: name it by refit, "
            "or by the metric of its OneStandardError. "
            f"Got target_score={search.target_score} and refit={refit_metric!r}."
        )
