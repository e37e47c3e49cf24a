"""What is trained together, what runs by itself, and what is refused."""

from types import SimpleNamespace

import pytest

from skhpt.exceptions import CannotFuseError
from skhpt.execution import FusedExecutor
from skhpt.execution._base import Executor
from skhpt.trials import Candidate, Refusal, TrialSpec
from tests.fakes import result

SPECS = [TrialSpec(Candidate(index, {}), fold) for index in range(4) for fold in range(2)]


class Engine:
    """Refuses candidates by number."""

    def __init__(self, **reasons):
        self.reasons = {int(name.removeprefix("candidate")): reason for name, reason in reasons.items()}
        self.trained = []

    def admit(self, specs, trials):
        refusals = [Refusal(s, self.reasons[s.candidate.index]) for s in specs if s.candidate.index in self.reasons]
        return SimpleNamespace(specs=specs, refusals=refusals)

    def train(self, admission, trials):
        for spec in admission.specs:
            if spec.candidate.index not in self.reasons:
                self.trained.append(spec.key)
                yield result(spec.candidate.index, spec.fold, engine="fused", program=0)


class Alone(Executor):
    def run(self, evaluate, specs):
        yield from map(evaluate, specs)


class Trials:
    setup = task = begins = None

    def __call__(self, spec):
        return result(spec.candidate.index, spec.fold)


def test_each_trial_has_one_result_and_what_ran_by_itself_says_why():
    executor = FusedExecutor(Engine(candidate1="it is odd", candidate3="it is last"), Alone())
    results = list(executor.run(Trials(), SPECS))
    assert sorted(trial.key for trial in results) == [spec.key for spec in SPECS]
    assert {(trial.candidate, trial.engine, trial.reason) for trial in results} == {
        (0, "fused", None),
        (1, "per-trial", "it is odd"),
        (2, "fused", None),
        (3, "per-trial", "it is last"),
    }


class OutOfTime(Executor):
    """Begins one trial, and no other."""

    def run(self, evaluate, specs):
        yield from map(evaluate, specs[:1])


def test_what_would_run_by_itself_does_not_begin_once_the_time_is_over():
    executor = FusedExecutor(Engine(candidate1="it is odd", candidate3="it is last"), OutOfTime())
    results = list(executor.run(Trials(), SPECS))
    assert [trial.reason for trial in results] == [None] * 4 + ["it is odd"]


def test_nothing_is_trained_if_one_is_refused_and_nobody_else_may_run_it():
    engine = Engine(candidate1="it is odd", candidate3="it is last")
    with pytest.raises(CannotFuseError, match=r"4 of 8 trials, because it is odd \(candidates 1\); it is last \(cand"):
        list(FusedExecutor(engine, None).run(Trials(), SPECS))
    assert engine.trained == []


def test_without_refusals_all_are_trained_together():
    engine = Engine()
    assert len(list(FusedExecutor(engine, None).run(Trials(), SPECS))) == len(SPECS) == len(engine.trained)
