import numpy as np

from skhpt.execution import Executor
from skhpt.search._loop import run_search
from skhpt.strategies import Report, Request, Round, Strategy
from skhpt.trials import Candidate
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


def run(seed=0, before_round=lambda asked: None, after_trial=lambda candidate, trial: None):
    strategy = TwoRounds()
    outcome = run_search(
        strategy,
        ShuffledExecutor(seed),
        lambda spec: result(spec.candidate.index, spec.fold, score=spec.candidate.params["value"] + spec.fold),
        n_folds=2,
        score=lambda trials: float(np.mean([trial.test_scores["score"] for trial in trials])),
        before_round=before_round,
        after_trial=after_trial,
    )
    return strategy, outcome


def test_the_strategy_is_told_each_candidates_mean_in_the_order_of_its_requests():
    strategy, _ = run()
    assert strategy.reports == [Report(0, 0.5), Report(1, 1.5), Report(2, 2.5), Report(3, 2.5)]


def test_what_is_decided_does_not_depend_on_the_order_of_completion():
    outcomes = [run(seed)[1] for seed in range(5)]
    assert all(outcome == outcomes[0] for outcome in outcomes)


def test_results_stand_in_the_order_of_candidates_and_folds():
    _, outcome = run()
    assert [trial.key for trial in outcome.trials] == [(c, f, 0) for c in range(4) for f in range(2)]
    assert [candidate.index for candidate in outcome.candidates] == [0, 1, 2, 3]


def test_each_round_is_shown_before_any_of_it_runs():
    events = []
    run(
        before_round=lambda asked: events.append([candidate.index for candidate in asked]),
        after_trial=lambda candidate, trial: events.append(trial.candidate),
    )
    assert events[0] == [0, 1, 2]
    assert sorted(events[1:7]) == [0, 0, 1, 1, 2, 2]
    assert events[7:] == [[3], 3, 3]


def test_each_result_is_shown_with_its_candidate():
    seen = []
    run(after_trial=lambda candidate, trial: seen.append((candidate.index, trial.candidate)))
    assert len(seen) == 8
    assert all(candidate == trial for candidate, trial in seen)
