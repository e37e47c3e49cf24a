"""How often lanes are kept."""

import pytest

from skhpt.fused._keeping import Keeping
from skhpt.fused._lane import Together
from tests.fused.rounds import Memory


class Clock:
    now = 0.0

    def monotonic(self):
        return self.now


@pytest.mark.parametrize(("seconds", "cost", "due"), [(10, 0.1, 10), (10, 3, 60), (0, 0, 0)])
def test_checkpoints_cost_a_twentieth_of_the_time_at_most(seconds, cost, due, monkeypatch):
    clock, memory = Clock(), Memory(seconds)
    monkeypatch.setattr("skhpt.fused._keeping._MOST_OF_THE_TIME", 0.05)
    monkeypatch.setattr("skhpt.fused._keeping.time", clock)
    keeping = Keeping(memory)

    def slowly():
        clock.now += cost
        return []

    clock.now = seconds
    assert keeping.is_due
    keeping.keep(slowly, Together("", 1, 1))
    end = clock.now
    clock.now = max(end, end + due - 0.001)
    assert keeping.is_due == (due == 0)
    clock.now = end + due
    assert keeping.is_due
