from dataclasses import replace

import numpy as np

from skhpt.execution import Executor
from skhpt.search._loop import RoundOfTrials, run_search
from skhpt.strategies import HalvingSchedule, HalvingStrategy, Report, Request, Round, Strategy
from skhpt.trials import Candidate, TrialSpec
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
