"""The loop: the only place where strategy and executor meet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from skhpt.evaluation import Evaluation
from skhpt.execution import Executor
from skhpt.strategies import Report, Request, Strategy
from skhpt.trials import Candidate, TrialResult, TrialSpec


@dataclass(frozen=True)
class SearchOutcome:
    """All that a search has learnt.

    Parameters
    ----------
    candidates : list of Candidate
        One for each request, in the order in which the strategy made them. A candidate that survives a round of halving
        stands here again, with the same index.
    trials : list of TrialResult
        Every trial, ordered by request, fold and repeat, whatever order they ended in.
    """

    candidates: list[Candidate]
    trials: list[TrialResult]


@dataclass(frozen=True)
class RoundOfTrials:
    """What is run to answer the requests that a strategy makes at one time.

    Parameters
    ----------
    candidates : list of Candidate
        One for each request, in their order.
    specs : list of TrialSpec
        The trials, in the order of the requests, each with its place among them.
    evaluate : Evaluation
        Runs one of them.
    """

    candidates: list[Candidate]
    specs: list[TrialSpec]
    evaluate: Evaluation


class Rounds(Protocol):
    """What a search does around the trials of each round."""

    def begin(self, requests: Sequence[Request]) -> RoundOfTrials:
        """The trials for these requests. What this raises ends the search before any of them runs."""

    def trial_ended(self, round_: RoundOfTrials, spec: TrialSpec, result: TrialResult) -> TrialResult:
        """What is kept of a result. Called for each as it comes, in order of completion."""

    def end(self, round_: RoundOfTrials, outcome: SearchOutcome) -> list[float]:
        """What the strategy is told of each candidate. `outcome` is all that is known, the round included."""


def run_search(strategy: Strategy, executor: Executor, rounds: Rounds) -> SearchOutcome:
    """Ask the strategy, run the trials, tell the strategy, until it is done.

    The strategy is told in the order of its requests and only once they have all ended, so what it decides next does
    not depend on which worker was faster.

    Parameters
    ----------
    strategy : Strategy
        Decides.
    executor : Executor
        Runs.
    rounds : Rounds
        Turns requests into trials, and their results into what the strategy is told.

    Returns
    -------
    SearchOutcome
    """
    outcome = SearchOutcome([], [])
    while not strategy.is_done:
        requests = strategy.ask()
        round_ = rounds.begin(requests)
        trials = _run(executor, round_, rounds)
        outcome = SearchOutcome(outcome.candidates + round_.candidates, outcome.trials + trials)
        for request, score in zip(requests, rounds.end(round_, outcome), strict=True):
            strategy.tell(Report(request.candidate.index, score))
    return outcome


def _run(executor: Executor, round_: RoundOfTrials, rounds: Rounds) -> list[TrialResult]:
    """The results of a round, in the order of its specs."""
    by_key = {spec.key: spec for spec in round_.specs}
    results: dict[int, TrialResult] = {}
    for result in executor.run(round_.evaluate, round_.specs):
        spec = by_key[result.key]
        results[spec.place] = rounds.trial_ended(round_, spec, result)
    return [results[spec.place] for spec in round_.specs]
