"""The loop: the only place where strategy and executor meet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

from skhpt.execution import Executor
from skhpt.strategies import Report, Strategy
from skhpt.trials import Candidate, TrialResult, TrialSpec


@dataclass(frozen=True)
class SearchOutcome:
    """All that a search has learnt.

    Parameters
    ----------
    candidates : list of Candidate
        In the order in which the strategy asked for them.
    trials : list of TrialResult
        Every trial, ordered by candidate, fold and repeat, whatever order they ended in.
    """

    candidates: list[Candidate]
    trials: list[TrialResult]


def run_search(
    strategy: Strategy,
    executor: Executor,
    evaluate: Callable[[TrialSpec], TrialResult],
    *,
    n_folds: int,
    score: Callable[[Sequence[TrialResult]], float],
    before_round: Callable[[Sequence[Candidate]], None],
    after_trial: Callable[[Candidate, TrialResult], None],
) -> SearchOutcome:
    """Ask the strategy, run the trials, tell the strategy, until it is done.

    The strategy is told in the order of its requests and only once they have all ended, so what it decides next does
    not depend on which worker was faster.

    Parameters
    ----------
    strategy : Strategy
        Decides.
    executor : Executor
        Runs.
    evaluate : callable
        One trial.
    n_folds : int
        Trials a request.
    score : callable
        What a strategy is told of a candidate's trials.
    before_round : callable
        Sees what the strategy asked for before any of it runs; what it raises ends the search.
    after_trial : callable
        Sees each result as it comes, in order of completion.

    Returns
    -------
    SearchOutcome
    """
    candidates: list[Candidate] = []
    trials: list[TrialResult] = []
    while not strategy.is_done:
        asked = [request.candidate for request in strategy.ask()]
        before_round(asked)
        specs = [TrialSpec(candidate, fold) for candidate in asked for fold in range(n_folds)]
        by_index = {candidate.index: candidate for candidate in asked}
        results = []
        for result in executor.run(evaluate, specs):
            after_trial(by_index[result.candidate], result)
            results.append(result)
        results.sort(key=lambda result: result.key)
        by_candidate = {index: list(group) for index, group in groupby(results, key=lambda result: result.candidate)}
        for candidate in asked:
            strategy.tell(Report(candidate.index, score(by_candidate[candidate.index])))
        candidates += asked
        trials += results
    return SearchOutcome(candidates, trials)
