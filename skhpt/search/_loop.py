"""The loop: the only place where strategy, executor and run meet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from skhpt.evaluation import Evaluation
from skhpt.exceptions import RunStorageError
from skhpt.execution import Executor
from skhpt.store import NoRun, Run
from skhpt.strategies import Report, Request, Strategy
from skhpt.trials import Candidate, Checkpoint, TrialResult, TrialSpec


@dataclass(frozen=True)
class SearchOutcome:
    """All that a search has learnt.

    Parameters
    ----------
    candidates : list of Candidate
        One for each request, in the order in which the strategy made them. A candidate that survives a round of halving
        stands here again, with the same index.
    trials : list of TrialResult
        Every trial of these, ordered by request, fold and repeat, whatever order they ended in.
    loose : list of TrialResult
        Of a search that has ended early: the trials of candidates that lack others.
    is_whole : bool
        Whether the search has come to its end.
    stopped_by : BaseException or None
        What has ended it early, if it was neither the time nor a limit.
    """

    candidates: list[Candidate]
    trials: list[TrialResult]
    loose: list[TrialResult] = field(default_factory=list)
    is_whole: bool = True
    stopped_by: BaseException | None = None


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

    def goes_on(self, round_: RoundOfTrials, results: Mapping[int, TrialResult]) -> None:
        """Take note that some of its trials have ended in an earlier process: their results, by place."""

    def trial_ended(self, round_: RoundOfTrials, spec: TrialSpec, result: TrialResult) -> TrialResult:
        """What is kept of a result. Called for each as it comes, in order of completion."""

    def end(self, round_: RoundOfTrials, outcome: SearchOutcome) -> list[float]:
        """What the strategy is told of each candidate. `outcome` is all that is known, the round included."""

    def end_early(self, ended: Sequence[TrialResult], outcome: SearchOutcome) -> None:
        """Take note that the search ends in the middle of a round, of which these trials have ended."""


class Limit(Protocol):
    """What may end a search before its strategy does."""

    @property
    def is_reached(self) -> bool:
        """Whether nothing more is to begin."""

    def ended(self, spec: TrialSpec, result: TrialResult) -> None:
        """Take note of a result, of an earlier process as well."""

    def admitted(self, waiting: Sequence[TrialSpec]) -> Sequence[TrialSpec]:
        """Those of the trials of a round that may begin now."""


@dataclass(frozen=True)
class _RunTrials:
    """The results of a round, by place, and what has ended it before all were there."""

    results: dict[int, TrialResult]
    stopped_by: BaseException | None


def run_search(
    strategy: Strategy,
    executor: Executor,
    rounds: Rounds,
    run: Run | NoRun | None = None,
    limits: Sequence[Limit] = (),
) -> SearchOutcome:
    """Ask the strategy, run the trials, tell the strategy, until it is done.

    The strategy is told in the order of its requests and only once they have all ended, so what it decides next does
    not depend on which worker was faster. Each result is stored before anybody is told of it: a search that goes on in
    another process asks the same strategy the same, and finds the answers stored.

    Parameters
    ----------
    strategy : Strategy
        Decides.
    executor : Executor
        Runs.
    rounds : Rounds
        Turns requests into trials, and their results into what the strategy is told.
    run : Run or None, default=None
        Where results are stored, and where those of an earlier process are.
    limits : sequence of Limit, default=()
        What may end it before the strategy does.

    Returns
    -------
    SearchOutcome
        Of a search that ends early, by Ctrl-C, a full disk, a limit or because the time is over, what there is.
    """
    run = run or NoRun()
    outcome = SearchOutcome([], [])
    while not strategy.is_done:
        if any(limit.is_reached for limit in limits):
            return replace(outcome, is_whole=False)
        requests = strategy.ask()
        round_ = rounds.begin(requests)
        ran = _run(executor, round_, rounds, run, limits)
        outcome = _joined(outcome, round_, ran)
        if not outcome.is_whole:
            rounds.end_early([ran.results[place] for place in sorted(ran.results)], outcome)
            return outcome
        run.end_round()
        for request, score in zip(requests, rounds.end(round_, outcome), strict=True):
            strategy.tell(Report(request.candidate.index, score))
    return outcome


def _run(
    executor: Executor, round_: RoundOfTrials, rounds: Rounds, run: Run | NoRun, limits: Sequence[Limit]
) -> _RunTrials:
    """Run the trials of a round that have not ended in an earlier process."""
    known, checkpoints = run.begin_round(round_.candidates, round_.specs)
    by_key = {spec.key: spec for spec in round_.specs}
    results = {spec.place: known[spec.key] for spec in round_.specs if spec.key in known}
    waiting = [_taken_up(spec, checkpoints.get(spec.key)) for spec in round_.specs if spec.place not in results]
    if results:
        rounds.goes_on(round_, results)
    for spec in round_.specs:
        if spec.place in results:
            _tell(limits, spec, results[spec.place])
    try:
        # Several times, as a trial that has stopped early leaves more to those that were not admitted.
        while batch := _admitted(waiting, limits):
            for result in executor.run(round_.evaluate, batch):
                run.keep(result)
                spec = by_key[result.key]
                results[spec.place] = rounds.trial_ended(round_, spec, result)
                _tell(limits, spec, results[spec.place])
            if any(spec.place not in results for spec in batch):
                break  # the time is over
            waiting = [spec for spec in waiting if spec.place not in results]
    except (KeyboardInterrupt, RunStorageError) as error:
        return _RunTrials(results, error)
    return _RunTrials(results, None)


def _tell(limits: Sequence[Limit], spec: TrialSpec, result: TrialResult) -> None:
    for limit in limits:
        limit.ended(spec, result)


def _admitted(waiting: Sequence[TrialSpec], limits: Sequence[Limit]) -> Sequence[TrialSpec]:
    for limit in limits:
        waiting = limit.admitted(waiting)
    return waiting


def _taken_up(spec: TrialSpec, checkpoint: Checkpoint | None) -> TrialSpec:
    """The trial from where it is to go on: a training in memory is further than what was stored of it."""
    return replace(spec, paused=checkpoint) if spec.paused is None and checkpoint is not None else spec


def _joined(outcome: SearchOutcome, round_: RoundOfTrials, ran: _RunTrials) -> SearchOutcome:
    """All that is known after a round: of one that has ended early, the candidates all of whose trials are there."""
    lacking = {spec.candidate.index for spec in round_.specs if spec.place not in ran.results}
    candidates = [candidate for candidate in round_.candidates if candidate.index not in lacking]
    trials = [ran.results[spec.place] for spec in round_.specs if spec.place in ran.results]
    return SearchOutcome(
        outcome.candidates + candidates,
        outcome.trials + [trial for trial in trials if trial.candidate not in lacking],
        [trial for trial in trials if trial.candidate in lacking],
        is_whole=not lacking and ran.stopped_by is None,
        stopped_by=ran.stopped_by,
    )
