"""Lanes that are kept while they train, and go on somewhere else."""

import itertools
import math
from dataclasses import replace

import keras
import numpy as np
import pytest
from sklearn.metrics import get_scorer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from skhpt import KerasClassifier
from skhpt.evaluation import FitTask, run_trial
from skhpt.exceptions import CannotFuseError
from skhpt.fused import FusedEngine
from skhpt.trials import Budget, Deadline, Refusal
from tests.fused import architectures as nets
from tests.fused.program import Program
from tests.fused.rounds import (
    Memory,
    Round,
    assert_same_result,
    assert_same_results,
    network,
    setup_of,
    specs_of,
    trained,
)
from tests.roundtrip import read_back
from tests.versions import before

slow = pytest.mark.slow
RATES = [{"optimizer__learning_rate": rate} for rate in (0.001, 0.01, 0.1)]


@pytest.fixture(autouse=True)
def at_every_epoch(monkeypatch):
    monkeypatch.setattr("skhpt.fused._keeping._MOST_OF_THE_TIME", math.inf)


def falling(epoch, rate):
    return rate * 0.7


STOP = keras.callbacks.EarlyStopping("loss", patience=0, min_delta=0.08, restore_best_weights=True)
PLATEAU = keras.callbacks.ReduceLROnPlateau("loss", factor=0.5, patience=2, min_delta=0.3)
ESTIMATORS = {
    "dropout": network(),
    "early stopping": network(callbacks=STOP),
    "batch normalization": network(nets.normalized_batches),
    "plateau": network(callbacks=PLATEAU),
    "scheduler": network(callbacks=[keras.callbacks.LearningRateScheduler(falling), keras.callbacks.TerminateOnNaN()]),
    "schedule": KerasClassifier(
        nets.mlp, optimizer=keras.optimizers.SGD(keras.optimizers.schedules.ExponentialDecay(0.1, 5, 0.5)), epochs=4
    ),
    "pipeline": Pipeline([("scale", StandardScaler()), ("net", network())]),
}
GRIDS = {
    "schedule": [{"shuffle": True}, {"shuffle": False}],
    "pipeline": [{"net__" + k: v for k, v in r.items()} for r in RATES],
}
QUICK = {"dropout", "early stopping"}


@pytest.mark.parametrize("name", [pytest.param(name, marks=() if name in QUICK else slow) for name in ESTIMATORS])
def test_lanes_that_go_on_from_any_epoch_are_exactly_those_that_were_never_interrupted(name):
    setup, grid = setup_of(ESTIMATORS[name], record_validation=True), GRIDS.get(name, RATES)
    memory = Memory()
    whole = trained(FusedEngine(memory), setup, specs_of(grid))
    assert len(memory.kept) == 3, {key: len(result.epochs) for key, result in whole.items()}
    assert len(set(memory.groups)) == 1
    engine = FusedEngine()  # whose programs are compiled once
    for kept in memory.kept[:: -1 if name == "dropout" else 2]:
        assert kept.keys() == whole.keys()
        again = trained(engine, setup, specs_of(grid, kept))
        assert_same_results(again, whole)
        seconds = {key: sum(checkpoint.facts["seconds"]) for key, checkpoint in kept.items()}
        assert all(result.fit_seconds > seconds[key] for key, result in again.items())
    if name == "early stopping":
        assert len({len(result.epochs) for result in whole.values()}) > 1


@pytest.mark.slow
@pytest.mark.parametrize("name", ["early stopping", "plateau", "pipeline"])
def test_either_engine_goes_on_from_what_the_other_has_kept(name):
    setup, grid = setup_of(ESTIMATORS[name]), GRIDS.get(name, RATES)[1:]
    memory = Memory()
    trained(FusedEngine(memory), setup, specs_of(grid))
    expected = {spec.key: run_trial(spec, setup) for spec in specs_of(grid)}
    alone = {spec.key: run_trial(spec, setup) for spec in specs_of(grid, memory.kept[1])}
    assert_same_results(alone, expected, rtol=1e-4)
    first = Budget(2, last=False)
    shorter = [{**params, setup.epochs: 2} for params in grid]
    kept = {spec.key: run_trial(spec, setup).checkpoint for spec in specs_of(shorter, budget=first)}
    kept = {key: replace(read_back(checkpoint), reported=0) for key, checkpoint in kept.items()}
    assert_same_results(trained(FusedEngine(), setup, specs_of(grid, kept)), expected, rtol=1e-4)


def rungs(setup, amounts, travel):
    """The results of each rung, whose trials go on as `travel` says."""
    results, paused, engine = [], {}, FusedEngine()
    for number, amount in enumerate(amounts):
        budget = Budget(amount, number, last=number == len(amounts) - 1)
        candidates = [{**params, "epochs": amount} for params in RATES]
        results.append(trained(engine, setup, specs_of(candidates, paused, budget=budget)))
        engine, paused = travel(engine, results[-1])
    return results


def here(engine, results):
    return engine, {key: result.paused for key, result in results.items()}


def elsewhere(engine, results):
    return FusedEngine(), {
        key: None if result.checkpoint is None else read_back(result.checkpoint) for key, result in results.items()
    }


def test_rungs_of_several_processes_are_exactly_those_of_one():
    setup = setup_of(network(callbacks=STOP))
    for ours, expected in zip(rungs(setup, [1, 3, 4], elsewhere), rungs(setup, [1, 3, 4], here), strict=True):
        assert_same_results(ours, expected)
        for key, result in ours.items():
            assert (result.checkpoint is None) == (result.paused is None) == (expected[key].paused is None)
            if result.checkpoint is not None:
                assert result.checkpoint.reported == result.checkpoint.epochs


@slow
def test_a_rung_that_went_on_is_kept_with_what_was_reported_before():
    setup, memory = setup_of(network()), Memory()
    _, paused = elsewhere(None, rungs(setup, [1, 4], elsewhere)[0])
    candidates = [{**params, "epochs": 4} for params in RATES]
    options = {"budget": Budget(4, 1)}
    whole = trained(FusedEngine(memory), setup, specs_of(candidates, paused, **options))
    assert {(checkpoint.epochs, checkpoint.reported) for checkpoint in memory.kept[1].values()} == {(3, 1)}
    again = trained(FusedEngine(), setup, specs_of(candidates, memory.kept[1], **options))
    assert_same_results(again, whole)
    assert {len(result.epochs) for result in again.values()} == {3}


@slow
@pytest.mark.parametrize("name", ["dropout", "early stopping"])
def test_lanes_of_one_group_may_be_at_different_epochs(name):
    setup, memory = setup_of(ESTIMATORS[name], record_validation=True), Memory()
    whole = trained(FusedEngine(memory), setup, specs_of(RATES))
    ended = {key: result for key, result in whole.items() if key == (2, 1, 0)}
    mixed = {(0, 0, 0): memory.kept[0][0, 0, 0], (1, 1, 0): memory.kept[2][1, 1, 0], (2, 0, 0): memory.kept[1][2, 0, 0]}
    mixed |= {key: checkpoint_at_the_end(setup, key) for key in ended}
    assert_same_results(trained(FusedEngine(), setup, specs_of(RATES, mixed)), whole, rtol=1e-5)


def checkpoint_at_the_end(setup, key):
    """Of a lane that has ended while others were still running."""
    memory = Memory()
    longer = [{**params, "epochs": 4 if number == key[0] else 6} for number, params in enumerate(RATES)]
    trained(FusedEngine(memory), setup, specs_of(longer))
    checkpoint = memory.kept[-1][key]
    assert checkpoint.epochs <= 4
    return checkpoint


LENGTHS = [{"epochs": 2}, {"epochs": 6}, {"epochs": 4}, {"epochs": 4}]


@pytest.mark.slow
def test_lanes_on_the_way_of_others_are_kept_with_them():
    setup, memory = setup_of(network()), Memory()
    whole = trained(FusedEngine(memory), setup, specs_of(LENGTHS))
    assert [memory.kept[4][number, 0, 0].epochs for number in range(4)] == [2, 5, 4, 4]
    engine = FusedEngine()
    for kept in memory.kept[::2]:
        assert_same_results(trained(engine, setup, specs_of(LENGTHS, kept)), whole)


@slow
def test_a_lane_that_is_behind_the_one_whose_way_it_would_go_trains_by_itself():
    setup, memory = setup_of(network()), Memory()
    whole = trained(FusedEngine(memory), setup, specs_of(LENGTHS))
    engine = FusedEngine()
    for n_done, who in itertools.product((1, 3, 5), ([1], [2], [0, 2])):
        kept = {key: checkpoint for key, checkpoint in memory.kept[n_done - 1].items() if key[0] in who}
        assert_same_results(trained(engine, setup, specs_of(LENGTHS, kept)), whole, rtol=1e-5)


DAMAGES = {
    (0, 0, 0): {"seconds": []},
    (0, 1, 0): {"history": {"loss": [1.0]}},
    (1, 0, 0): {"seed": 5},
    (1, 1, 0): {"stopped": "no"},
    (2, 0, 0): {"rows": None},
}


@pytest.mark.parametrize("n_damaged", [1, len(DAMAGES)])
@slow
def test_a_damaged_checkpoint_lets_its_lane_start_over(n_damaged):
    setup, memory = setup_of(network()), Memory()
    whole = trained(FusedEngine(memory), setup, specs_of(RATES))
    kept = memory.kept[1]
    for key, facts in list(DAMAGES.items())[:n_damaged]:
        kept[key] = replace(kept[key], facts={**kept[key].facts, **facts})
    kept[2, 1, 0] = replace(kept[2, 1, 0], reported=2, facts={**kept[2, 1, 0].facts, "together": ["nonsense"]})
    results = trained(FusedEngine(), setup, specs_of(RATES, kept))
    assert len(results[2, 1, 0].epochs) == 2
    assert_same_result(results.pop((2, 1, 0)), whole.pop((2, 1, 0)), rtol=1e-5, n_earlier=2)
    assert_same_results(results, whole, rtol=1e-5)


class Own(keras.callbacks.Callback):
    """May count anything."""


def test_lanes_that_can_not_be_stored_are_refused_once_and_others_are_kept():
    grid = [{"callbacks": None}, {"callbacks": Own()}, {"callbacks": STOP}]
    setup, memory = setup_of(network()), Memory()
    results = trained(FusedEngine(memory), setup, specs_of(grid))
    assert len(results) == 6
    reason = "the callback Own keeps state that can't be stored"
    assert memory.refused == [((1, fold, 0), reason) for fold in (0, 1)]
    assert {key[0] for kept in memory.kept for key in kept} == {0, 2}
    results = trained(FusedEngine(), setup, specs_of([{**p, "epochs": 1} for p in grid], budget=Budget(1, last=False)))
    assert [results[n, 0, 0].no_checkpoint for n in range(3)] == [None, reason, None]
    assert [results[n, 0, 0].checkpoint is None for n in range(3)] == [False, True, False]


class OnceKept:
    """Is over once so many checkpoints of a group are kept."""

    def __init__(self, memory, times):
        self.memory, self.times = memory, times

    @property
    def is_over(self):
        return len(self.memory.kept) >= self.times


def test_when_the_deadline_is_over_only_what_has_ended_is_reported():
    grid = [{"epochs": 2, "shuffle": False}, {"epochs": 5}]
    setup, memory = setup_of(network()), Memory()
    whole = trained(FusedEngine(), setup, specs_of(grid))
    results = trained(FusedEngine(memory, OnceKept(memory, 3)), setup, specs_of(grid))
    assert results.keys() == {(0, 0, 0), (0, 1, 0)}
    rtol = 1e-6 if before("tensorflow", 2, 21) else 0.0  # as other lanes train beside them
    assert_same_results(results, {key: whole[key] for key in results}, rtol=rtol)
    last = memory.kept[-1]
    assert {key: checkpoint.epochs for key, checkpoint in last.items()} == {key: 2 + key[0] for key in whole}
    rest = [spec for spec in specs_of(grid, last) if spec.key not in results]
    left = {key: whole[key] for key in whole.keys() - results.keys()}
    assert_same_results(trained(FusedEngine(), setup, rest), left, rtol=1e-6)  # there are fewer beside each other


def test_groups_do_not_begin_after_the_deadline():
    setup, memory = setup_of(network()), Memory()
    assert trained(FusedEngine(memory, Deadline(0)), setup, specs_of([{"units": 4}, {"units": 8}])) == {}
    assert not memory.kept


def test_the_refit_has_no_deadline():
    setup, memory = setup_of(network()), Memory()
    best = network(random_state=0, verbose=0)
    FusedEngine(memory, Deadline(0)).refit(best, setup, {}, FitTask())
    assert best.current_epoch == 4
    assert not memory.kept


@pytest.mark.parametrize(
    ("callbacks", "n_kept"),
    [(None, 1), pytest.param(STOP, 1, marks=slow), (keras.callbacks.LearningRateScheduler(falling), 0)],
)
def test_ctrl_c_keeps_what_was_trained_before_the_epoch(callbacks, n_kept, monkeypatch):
    calls, train = [], Program.train

    def interrupted(*arguments, **options):
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return train(*arguments, **options)

    setup, memory = setup_of(network(callbacks=callbacks)), Memory(seconds=1e9)
    whole = trained(FusedEngine(), setup, specs_of(RATES))
    monkeypatch.setattr(Program, "train", interrupted)
    with pytest.raises(KeyboardInterrupt):
        trained(FusedEngine(memory), setup, specs_of(RATES))
    assert len(memory.kept) == n_kept
    for kept in memory.kept:
        assert {checkpoint.epochs for checkpoint in kept.values()} <= {1, 2}
        assert_same_results(trained(FusedEngine(), setup, specs_of(RATES, kept)), whole)


def test_groups_that_train_at_once_keep_their_own_when_nobody_wants_the_rest(monkeypatch):
    monkeypatch.setenv("TF_NUM_INTRAOP_THREADS", "2")
    grid = [{"activation": "relu", "epochs": 1}, {"activation": "tanh", "epochs": 10_000}]
    setup, memory = setup_of(network()), Memory(seconds=1e9)
    engine = FusedEngine(memory)
    results = engine.train(engine.admit(specs_of(grid), Round(setup)), Round(setup))
    assert next(results).candidate == 0
    results.close()
    assert [set(kept) for kept in memory.kept] == [{(1, 0, 0), (1, 1, 0)}]


def test_a_program_that_fails_leaves_the_checkpoint_to_the_other_engine(monkeypatch):
    setup, memory = setup_of(network()), Memory()
    trained(FusedEngine(memory), setup, specs_of(RATES))

    def fail(*arguments, **options):
        raise CannotFuseError("no luck")

    monkeypatch.setattr(Program, "train", fail)
    specs = specs_of(RATES, memory.kept[0])
    engine = FusedEngine()
    outcomes = list(engine.train(engine.admit(specs, Round(setup)), Round(setup)))
    assert all(isinstance(outcome, Refusal) for outcome in outcomes)
    assert [outcome.spec.paused for outcome in outcomes] == [spec.paused for spec in specs]


@pytest.mark.slow
def test_lanes_that_go_on_together_are_run_as_before(monkeypatch):
    asked, train = [], Program.train

    def asking(*arguments, n_epochs):
        asked.append(n_epochs)
        return train(*arguments, n_epochs=n_epochs)

    monkeypatch.setattr(Program, "train", asking)
    # Of 3 steps an epoch: for 4 epochs, not for 2. On JAX, all is by XLA.
    monkeypatch.setattr(f"{Program.__module__}._STEPS_WORTH_XLA", 9, raising=False)
    setup, memory = setup_of(network(nets.small)), Memory()
    grid = [{"epochs": 4, **params} for params in RATES[:2]] + [{"epochs": 6, **RATES[2]}]
    whole = trained(FusedEngine(memory), setup, specs_of(grid))
    before, asked[:] = list(asked), []
    assert_same_results(trained(FusedEngine(), setup, specs_of(grid, memory.kept[1])), whole)
    assert asked == before[2:]
    asked.clear()
    some = {key: checkpoint for key, checkpoint in memory.kept[1].items() if key[0] < 2}
    trained(FusedEngine(), setup, specs_of(grid[:1], some))
    assert asked == [2, 2]


def test_a_full_disk_costs_the_checkpoints_and_not_the_training():
    class Full(Memory):
        def keep(self, group, trainings):
            raise OSError("No space left on device")

    setup = setup_of(network())
    with pytest.warns(UserWarning, match="can't be kept on disk any more: No space left"):
        results = trained(FusedEngine(Full()), setup, specs_of(RATES))
    assert len(results) == 6


@slow
def test_lanes_that_went_on_are_scored_with_predictions_that_were_made_together():
    setup = setup_of(network(), scorer=get_scorer("neg_log_loss"), return_train_score=True)
    memory = Memory()
    whole = trained(FusedEngine(memory), setup, specs_of(RATES))
    again = trained(FusedEngine(), setup, specs_of(RATES, memory.kept[0]))
    assert_same_results(again, whole)
    for key, result in again.items():
        assert result.train_scores == whole[key].train_scores


def test_what_is_kept_does_not_change_as_training_goes_on():
    class Plain(Memory):
        def keep(self, group, trainings):
            super().keep(group, trainings)
            self.groups.append(trainings)

    memory = Plain()
    trained(FusedEngine(memory), setup_of(network(callbacks=PLATEAU)), specs_of(RATES))
    first = memory.groups[1]
    for key, checkpoint in memory.kept[0].items():
        for name, array in checkpoint.arrays.items():
            np.testing.assert_array_equal(array, first[key].arrays[name])
        assert dict(first[key].facts) == dict(checkpoint.facts)
