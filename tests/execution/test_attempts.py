"""What is run next, decided without running anything."""

import pytest

from skhpt.execution._attempts import Attempts
from skhpt.execution._notes import Notes
from tests.execution.contract import SPECS

KEYS = [spec.key for spec in SPECS]


def test_all_are_run_together_until_they_end():
    attempts = Attempts(SPECS, max_retries=1)
    attempts.ended(KEYS[0])
    assert [spec.key for spec in attempts.together] == KEYS[1:]
    assert attempts.suspects == []


def test_suspects_are_taken_out_of_those_that_run_together():
    attempts = Attempts(SPECS, max_retries=1)
    assert attempts.died({KEYS[1], KEYS[0]}, "why.") == []
    assert [spec.key for spec in attempts.together] == KEYS[2:]
    assert [spec.key for spec in attempts.suspects] == KEYS[:2]
    attempts.ended(KEYS[0])
    assert [spec.key for spec in attempts.suspects] == KEYS[1:2]


@pytest.mark.parametrize("max_retries", [1, 2, 5])
def test_a_suspect_is_given_up_once_its_retries_are_spent(max_retries):
    attempts = Attempts(SPECS, max_retries)
    assert all(attempts.died(KEYS[:1], "why.") == [] for _ in range(max_retries))
    (loss,) = attempts.died(KEYS[:1], "why.")
    assert loss.spec is SPECS[0]
    times = max_retries + 1
    assert loss.reason == f"The worker process that ran this trial died {times} times (killed, or out of memory): why."
    assert attempts.suspects == []


def test_without_retries_nobody_knows_whose_worker_it_was():
    losses = Attempts(SPECS, max_retries=0).died(KEYS[:2], "why.")
    assert [loss.spec.key for loss in losses] == KEYS[:2]
    assert {loss.reason for loss in losses} == {
        "A worker process died while this trial ran (killed, or out of memory): why."
    }


def test_suspects_are_those_that_ran_or_else_that_ended_or_else_all():
    with Notes() as notes:
        assert notes.suspects(set(KEYS)) == set(KEYS)
        notes.begins(SPECS[0])
        notes.ends(SPECS[0])
        assert notes.suspects(set(KEYS)) == {KEYS[0]}
        notes.begins(SPECS[1])
        assert notes.suspects(set(KEYS)) == {KEYS[1]}
        notes.begins(SPECS[0])
        assert notes.suspects(set(KEYS)) == set(KEYS[:2])
        assert notes.suspects(set(KEYS[2:])) == set(KEYS[2:])


def test_without_a_file_all_are_suspects(monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", "/no/such/folder")
    with Notes() as notes:
        notes.begins(SPECS[0])
        assert notes.suspects(set(KEYS)) == set(KEYS)
