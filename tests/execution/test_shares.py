"""Lanes in shares: who trains what, and what becomes of a share that is lost."""

from contextlib import nullcontext
from itertools import islice
from types import SimpleNamespace

import pytest

from skhpt.exceptions import CannotFuseError
from skhpt.execution import FusedExecutor
from skhpt.execution._shares import TrainedShare, shares
from skhpt.trials import Candidate, Deadline, Refusal, TrialSpec
from tests.execution.test_fused import Alone, Trials
from tests.fakes import result

SPECS = [TrialSpec(Candidate(index, {}), fold) for index in range(3) for fold in range(2)]


class Tasks:
    """Two workers, of which each has compiled a program for every fold: `outcome` says what comes of a share."""

    workers = ("here", "there")
    waiting = nullcontext

    def __init__(self, outcome):
        self.outcome = outcome
        self.items = []

    def side_by_side(self, run, items, *, one_a_worker):
        assert one_a_worker
        for item in items:
            self.items.append(item)
            yield item, self.outcome(item)


def trained(share):
    folds = sorted({spec.fold for spec in share.specs})
    outcomes = [
        result(spec.candidate.index, spec.fold, engine="fused", program=folds.index(spec.fold)) for spec in share.specs
    ]
    return TrainedShare(outcomes, step_seconds=1.5)


def executor(tasks, alone=None, deadline=None):
    engine = SimpleNamespace(step_seconds=0.0)
    return FusedExecutor(engine, alone, deadline, SimpleNamespace(tasks=tasks))


@pytest.mark.parametrize(
    ("n_trials", "n_workers", "n_shares"), [(6, 2, 2), (1, 2, 1), (6, 0, 1), (63, 2, 3), (1000, 2, 8)]
)
def test_every_worker_has_a_share_and_large_rounds_have_some_more_of_equal_size(n_trials, n_workers, n_shares):
    specs = [TrialSpec(Candidate(index, {}), 0) for index in range(n_trials)]
    parts = shares(specs, n_workers)
    assert [spec for part in parts for spec in part] == specs
    assert len(parts) == n_shares
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


def test_folds_stay_together():
    assert [{spec.fold for spec in part} for part in shares(SPECS, 2)] == [{0}, {1}]


def test_programs_of_different_shares_and_rounds_have_different_numbers():
    one = executor(Tasks(trained))
    programs = [{trial.program for trial in one.run(Trials(), SPECS)} for _ in range(2)]
    assert programs == [{0, 1}, {2, 3}]
    assert one._engine.step_seconds == 2 * 2 * 1.5


def test_a_share_that_is_lost_runs_trial_by_trial_and_says_so():
    tasks = Tasks(lambda share: SimpleNamespace(reason="it was late.") if share.specs[0].fold == 0 else trained(share))
    results = list(executor(tasks, Alone()).run(Trials(), SPECS))
    assert {(trial.fold, trial.engine, trial.reason) for trial in results} == {
        (0, "per-trial", "its program was lost: it was late."),
        (1, "fused", None),
    }


def test_shares_that_were_not_handed_out_as_the_data_were_lost_are_handed_out_again():
    class LosesData(Tasks):
        def side_by_side(self, run, items, *, one_a_worker):
            yield from islice(super().side_by_side(run, items, one_a_worker=one_a_worker), 1)

    results = executor(LosesData(trained)).run(Trials(), SPECS)
    assert sorted(trial.key for trial in results) == sorted(spec.key for spec in SPECS)


def test_refusals_come_back_with_what_was_trained():
    def some(share):
        rest = trained(share).outcomes[1:]
        return TrainedShare([Refusal(share.specs[0], "it is odd"), *rest], step_seconds=0.0)

    results = list(executor(Tasks(some), Alone()).run(Trials(), SPECS))
    assert sorted(trial.key for trial in results) == sorted(spec.key for spec in SPECS)
    assert {trial.candidate: trial.reason for trial in results} == {0: "it is odd", 1: None, 2: None}
    with pytest.raises(CannotFuseError, match="it is odd"):
        list(executor(Tasks(some)).run(Trials(), SPECS))


def test_a_share_ends_with_the_time_that_the_search_has_left():
    tasks = Tasks(trained)
    list(executor(tasks, deadline=Deadline(100.0)).run(Trials(), SPECS))
    assert all(90 < share.seconds <= 100 for share in tasks.items)
    tasks = Tasks(trained)
    list(executor(tasks, deadline=Deadline(may_end_early=True)).run(Trials(), SPECS))
    assert [share.seconds for share in tasks.items] == [None, None]
