"""What TensorBoard is told of one trial."""

import math

import pytest

from skhpt.reporting._trial_events import TrialEvents
from skhpt.trials import Budget, EpochLog, TrialStatus
from tests.fakes import result


def logs(first, last, offset=0.0, seconds=1.0):
    """Epochs whose loss is their number, and the offset."""
    return tuple(EpochLog(epoch, {"loss": epoch + offset}, seconds) for epoch in range(first, last + 1))


def losses(events):
    return [
        (event.step, round(value.simple_value, 3))
        for event in events
        for value in event.summary.value
        if value.tag == "epoch/loss"
    ]


def has_ended(events):
    return [value.tag for event in events for value in event.summary.value].count("_hparams_/session_end_info")


def told(*results, time=100.0):
    trial = TrialEvents()
    return [event for each in results for event in trial.of(each, {}, {}, time=time)]


def rung(amount, rung, epochs, *, last=False):
    return result(0, 0, 0.5, budget=Budget(amount, rung, last=last), epochs=epochs)


def test_a_rung_that_goes_on_adds_its_epochs():
    assert losses(told(rung(2, 0, logs(1, 2)), rung(4, 1, logs(3, 4)))) == [(1, 1), (2, 2), (3, 3), (4, 4)]


def test_of_a_rung_that_starts_over_only_what_is_new_is_written():
    # Another engine's last digits.
    assert losses(told(rung(2, 0, logs(1, 2)), rung(4, 1, logs(1, 4, offset=1e-5)))) == [(1, 1), (2, 2), (3, 3), (4, 4)]


def test_another_training_stands_after_the_one_before():
    # On more rows, so that no epoch is as it was.
    assert losses(told(rung(50, 0, logs(1, 2)), rung(100, 1, logs(1, 2, offset=0.5)))) == [
        (1, 1),
        (2, 2),
        (3, 1.5),
        (4, 2.5),
    ]


def test_a_training_that_diverged_at_once_is_the_same_when_it_starts_over():
    assert losses(told(rung(1, 0, logs(1, 1, math.nan)), rung(2, 1, logs(1, 1, math.nan)))) == [
        (1, pytest.approx(math.nan, nan_ok=True))
    ]


def test_the_end_of_a_halving_is_told_once_and_with_its_last_rung():
    trial = TrialEvents()
    assert not has_ended(trial.of(rung(2, 0, logs(1, 2)), {}, {}, time=0.0))
    assert has_ended(trial.of(rung(4, 1, logs(3, 4), last=True), {}, {}, time=0.0))
    assert trial.end() == []


def test_a_trial_that_never_reaches_the_last_rung_ends_when_that_is_known():
    trial = TrialEvents()
    trial.of(rung(2, 0, logs(1, 2)), {}, {}, time=0.0)
    assert has_ended(trial.end())
    assert trial.end() == []


def test_epochs_are_dated_back_from_the_end_of_the_trial():
    # 0.5 seconds of scoring came after the last epoch.
    trial = result(0, 0, 0.5, epochs=logs(1, 3, seconds=2.0), fit_seconds=7.0)
    times = [event.wall_time for event in told(trial) if losses([event])]
    assert times == [95.5, 97.5, 99.5]


def test_an_estimator_without_epochs_has_scores_alone():
    events = told(result(0, 0, 0.5))
    assert losses(events) == []
    assert {event.step for event in events} == {0}


def test_a_failed_trial_has_its_traceback_and_no_score():
    failed = result(0, 0, status=TrialStatus.FAILED, test_scores={}, error="Traceback:\nValueError: no luck\n")
    tags = {value.tag: value for event in told(failed) for value in event.summary.value}
    assert "test_score" not in tags
    assert tags["status"].tensor.string_val == [b"failed\n\n    Traceback:\n    ValueError: no luck"]
