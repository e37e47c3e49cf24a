from dataclasses import replace

import numpy as np
import pytest

from skhpt.exceptions import RunStorageError
from skhpt.execution import Executor
from skhpt.search._loop import RoundOfTrials, run_search
from skhpt.store import NoRun
from skhpt.strategies import HalvingSchedule, HalvingStrategy, Report, Request, Strategy
from skhpt.trials import Candidate, Round, TrialSpec
from tests.fakes import result


class ShuffledExecutor(Executor):
    """Ends trials in a random order."""

    def __init__(self, seed):
        self.seed = seed

    def run(self, evaluate, specs):
        for index in np.random.default_rng(self.seed).permutation(len(specs)):
            yield evaluate(specs[index])


class TwoRounds(Strategy):
    """Three candidates, then the best of them once more under a new index."""

    def __init__(self):
        self.reports: list[Report] = []

    def ask(self):
        if not self.reports:
            return [Request(Candidate(index, {"value": index})) for index in range(3)]
        best = max(self.reports, key=lambda report: report.score)
        return [Request(Candidate(3, {"value": best.candidate}))]

    def tell(self, report):
        self.reports.append(report)

    @property
    def is_done(self):
        return len(self.reports) == 4

    def plan(self):
        return [Round(3), Round(1)]


class Recorded:
    """Rounds of two folds, and what the loop does with them, in order."""

    def __init__(self):
        self.events = []

    def begin(self, requests):
        candidates = [request.candidate for request in requests]
        self.events.append(("begin", [candidate.index for candidate in candidates]))
        pairs = enumerate((candidate, fold) for candidate in candidates for fold in range(2))
        specs = [TrialSpec(candidate, fold, place=place) for place, (candidate, fold) in pairs]
        return RoundOfTrials(candidates, specs, self.evaluate)

    @staticmethod
    def evaluate(spec):
        return result(spec.candidate.index, spec.fold, score=spec.candidate.params["value"] + spec.fold)

    def trial_ended(self, round_, spec, trial):
        assert spec in round_.specs
        self.events.append(("ended", spec.key, trial.key))
        return replace(trial, fit_seconds=0.0)

    def goes_on(self, round_, results):
        self.events.append(("goes on", len(results)))

    def end_early(self, ended, outcome):
        self.events.append(("ended early",))

    def end(self, round_, outcome):
        self.events.append(("end", len(outcome.candidates), len(outcome.trials)))
        trials = outcome.trials[-len(round_.specs) :]
        return [
            float(np.mean([t.test_scores["score"] for t in pair]))
            for pair in zip(trials[::2], trials[1::2], strict=True)
        ]


def run(seed=0):
    strategy, rounds = TwoRounds(), Recorded()
    outcome = run_search(strategy, ShuffledExecutor(seed), rounds)
    return strategy, rounds.events, outcome


def test_the_strategy_is_told_each_candidates_score_in_the_order_of_its_requests():
    strategy, _, _ = run()
    assert strategy.reports == [Report(0, 0.5), Report(1, 1.5), Report(2, 2.5), Report(3, 2.5)]


def test_what_is_decided_does_not_depend_on_the_order_of_completion():
    outcomes = [run(seed)[2] for seed in range(5)]
    assert all(outcome == outcomes[0] for outcome in outcomes)


def test_results_stand_in_the_order_of_the_requests_and_folds():
    _, _, outcome = run()
    assert [trial.key for trial in outcome.trials] == [(c, f, 0) for c in range(4) for f in range(2)]
    assert [candidate.index for candidate in outcome.candidates] == [0, 1, 2, 3]


def test_a_survivor_comes_again_in_the_order_of_its_rung():
    schedule = HalvingSchedule(n_candidates=4, factor=2, min_resources=1, max_resources=2)
    strategy = HalvingStrategy([{"value": value} for value in (9, 0, 8, 1)], schedule)
    outcome = run_search(strategy, ShuffledExecutor(1), Recorded())
    assert [candidate.index for candidate in outcome.candidates] == [0, 1, 2, 3, 2, 0]
    assert [trial.key[:2] for trial in outcome.trials[8:]] == [(2, 0), (2, 1), (0, 0), (0, 1)]


def test_each_round_begins_before_any_of_it_runs_and_ends_after_all_of_it_has():
    _, events, _ = run()
    assert events[0] == ("begin", [0, 1, 2])
    assert {event[0] for event in events[1:7]} == {"ended"}
    assert events[7:9] == [("end", 3, 6), ("begin", [3])]
    assert events[-1] == ("end", 4, 8)


def test_what_is_kept_of_a_result_is_the_searchs_to_say():
    _, _, outcome = run()
    assert {trial.fit_seconds for trial in outcome.trials} == {0.0}


def test_each_result_is_shown_with_its_spec():
    _, events, _ = run()
    ended = [event for event in events if event[0] == "ended"]
    assert len(ended) == 8
    assert all(spec == trial for _, spec, trial in ended)


class KeepingRun(NoRun):
    """Takes note of what it is given, and knows some results from before."""

    def __init__(self, events, known=None):
        self.events = events
        self.known = known or [{}]
        self.n_rounds = 0

    def begin_round(self, candidates, specs):
        self.n_rounds += 1
        return self.known[self.n_rounds - 1] if self.n_rounds <= len(self.known) else {}, {}

    def keep(self, result):
        self.events.append(("kept", result.key))

    def end_round(self):
        self.events.append(("round kept",))


def test_a_result_is_stored_before_anybody_is_told_of_it():
    rounds = Recorded()
    run_search(TwoRounds(), ShuffledExecutor(0), rounds, KeepingRun(rounds.events))
    for place, event in enumerate(rounds.events):
        if event[0] == "ended":
            assert rounds.events[place - 1] == ("kept", event[1])
        if event[0] == "end":
            assert rounds.events[place - 1] == ("round kept",)
    assert sum(event[0] == "kept" for event in rounds.events) == 8


def test_what_is_known_from_before_is_neither_run_nor_stored_again():
    known = {
        (candidate, fold, 0): result(candidate, fold, score=candidate + fold) for candidate, fold in [(0, 1), (2, 0)]
    }
    rounds = Recorded()
    outcome = run_search(TwoRounds(), ShuffledExecutor(0), rounds, KeepingRun(rounds.events, [known]))
    assert ("goes on", 2) in rounds.events
    assert not any(("kept", key) in rounds.events for key in known)
    _, _, undisturbed = run()
    assert [trial.test_scores for trial in outcome.trials] == [trial.test_scores for trial in undisturbed.trials]


class Interrupting(ShuffledExecutor):
    """Is interrupted after some trials."""

    def __init__(self, n_trials, error):
        super().__init__(0)
        self.n_trials = n_trials
        self.error = error

    def run(self, evaluate, specs):
        for spec in specs[: self.n_trials]:
            yield evaluate(spec)
        if self.error is not None:
            raise self.error


@pytest.mark.parametrize("error", [KeyboardInterrupt(), RunStorageError("run", OSError(28, "full")), None])
def test_of_a_search_that_ends_early_there_are_the_candidates_that_are_complete(error):
    rounds = Recorded()
    outcome = run_search(TwoRounds(), Interrupting(3, error), rounds)
    assert (outcome.is_whole, outcome.stopped_by) == (False, error)
    assert [candidate.index for candidate in outcome.candidates] == [0]
    assert [trial.key for trial in outcome.trials] == [(0, 0, 0), (0, 1, 0)]
    assert [trial.key for trial in outcome.loose] == [(1, 0, 0)]
    assert rounds.events[-1] == ("ended early",)


def test_what_a_trial_may_go_on_from_comes_from_memory_before_disk():
    class Stored(NoRun):
        def begin_round(self, candidates, specs):
            return {}, {spec.key: f"stored {spec.key}" for spec in specs}

    seen = []

    class Seeing(ShuffledExecutor):
        def run(self, evaluate, specs):
            seen.extend(spec.paused for spec in specs)
            return super().run(evaluate, specs)

    class InMemory(Recorded):
        def begin(self, requests):
            round_ = super().begin(requests)
            first, *others = round_.specs
            return replace(round_, specs=[replace(first, paused="in memory"), *others])

    run_search(TwoRounds(), Seeing(0), InMemory(), Stored())
    assert seen[:2] == ["in memory", "stored (0, 1, 0)"]


class Enough:
    """A limit that admits some trials at a time, and is reached after some."""

    def __init__(self, most, at_a_time=100):
        self.most = most
        self.at_a_time = at_a_time
        self.told = []
        self.n_admitted = []

    @property
    def is_reached(self):
        return len(self.told) >= self.most

    def ended(self, spec, result):
        assert spec.key == result.key
        self.told.append(spec.key)

    def admitted(self, waiting):
        some = [] if self.is_reached else waiting[: self.at_a_time]
        self.n_admitted.append(len(some))
        return some


def test_a_limit_that_is_reached_ends_the_search_before_the_next_round():
    strategy, rounds, limit = TwoRounds(), Recorded(), Enough(6)
    outcome = run_search(strategy, ShuffledExecutor(0), rounds, limits=[limit])
    assert (outcome.is_whole, outcome.stopped_by, outcome.loose) == (False, None, [])
    assert len(outcome.trials) == 6
    assert rounds.events[-1] == ("end", 3, 6)
    assert len(strategy.reports) == 3


def test_a_limit_that_is_reached_within_a_round_leaves_what_is_complete():
    rounds = Recorded()
    outcome = run_search(TwoRounds(), ShuffledExecutor(0), rounds, limits=[Enough(3, at_a_time=3)])
    assert [candidate.index for candidate in outcome.candidates] == [0]
    assert [trial.key for trial in outcome.loose] == [(1, 0, 0)]
    assert rounds.events[-1] == ("ended early",)


def test_trials_that_a_limit_admits_later_run_later():
    limit = Enough(100, at_a_time=4)
    _, _, undisturbed = run()
    assert run_search(TwoRounds(), ShuffledExecutor(0), Recorded(), limits=[limit]) == undisturbed
    assert limit.n_admitted == [4, 2, 0, 2, 0]


def test_a_limit_is_told_what_is_known_from_before():
    known = {(0, fold, 0): result(0, fold) for fold in range(2)}
    limit = Enough(2)
    outcome = run_search(TwoRounds(), Interrupting(0, AssertionError()), Recorded(), KeepingRun([], [known]), [limit])
    assert limit.told == [(0, 0, 0), (0, 1, 0)]
    assert [candidate.index for candidate in outcome.candidates] == [0]


def test_when_the_time_is_over_no_more_are_admitted():
    limit = Enough(100)
    run_search(TwoRounds(), Interrupting(3, None), Recorded(), limits=[limit])
    assert limit.n_admitted == [6]
