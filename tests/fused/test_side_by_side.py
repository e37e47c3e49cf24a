"""Groups that are worked on at once."""

import threading
from dataclasses import dataclass

import pytest

from skhpt.fused._side_by_side import side_by_side


@dataclass(frozen=True)
class Task:
    name: str
    may_run_beside_others: bool = True


@pytest.fixture(autouse=True)
def two_cores(monkeypatch):
    monkeypatch.setenv("TF_NUM_INTRAOP_THREADS", "2")


def test_what_comes_of_tasks_is_in_their_order_whichever_is_faster():
    second_is_done = threading.Event()

    def work(task, cancelled):
        if task.name == "first":
            assert second_is_done.wait(10)  # it can only go on if they really run at once
        else:
            second_is_done.set()
        return task.name

    assert list(side_by_side([Task("first"), Task("second")], work)) == ["first", "second"]


def test_what_may_not_run_beside_others_is_done_here_and_by_itself():
    here, running, most = threading.get_ident(), [], []

    def work(task, cancelled):
        running.append(task)
        most.append(len(running))
        assert task.may_run_beside_others or threading.get_ident() == here
        running.remove(task)
        return task.name, len(running)

    tasks = [Task("a"), Task("b", may_run_beside_others=False), Task("c"), Task("d", may_run_beside_others=False)]
    done = list(side_by_side(tasks, work))
    assert [name for name, _ in done] == ["a", "c", "b", "d"]
    assert [beside for name, beside in done if name in "bd"] == [0, 0]


def test_a_single_task_needs_no_thread():
    assert list(side_by_side([Task("a")], lambda task, cancelled: threading.get_ident())) == [threading.get_ident()]


def test_whoever_stops_early_cancels_the_rest():
    begun, cancellations = [], []

    def work(task, cancelled):
        begun.append(task.name)
        if task.name != "a":
            cancellations.append(cancelled.wait(10))
        return task.name

    results = side_by_side([Task(name) for name in "abcdef"], work)
    assert next(results) == "a"
    results.close()
    assert all(cancellations)
    assert len(begun) < 6


def test_an_error_goes_through():
    def work(task, cancelled):
        raise OSError(task.name)

    with pytest.raises(OSError, match="a"):
        list(side_by_side([Task("a"), Task("b")], work))
