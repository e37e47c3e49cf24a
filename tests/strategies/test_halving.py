import math

import pytest

from skhpt.strategies import HalvingSchedule, HalvingStrategy
from tests.strategies.contract import StrategyContract


def halving(n_candidates=27, factor=3, least=1, most=27, **options):
    schedule = HalvingSchedule(n_candidates, factor, least, most, **options)
    return HalvingStrategy([{"a": index} for index in range(n_candidates)], schedule)


def amounts(schedule):
    return [(rung.n_candidates, rung.budget.amount) for rung in schedule.rungs()]


class TestHalvingStrategy(StrategyContract):
    def make(self):
        return halving()

    def test_the_best_third_goes_on_with_three_times_as_much(self):
        rounds = self.play(self.make(), score=float)
        assert [[request.candidate.index for request in requests] for requests in rounds] == [
            list(range(27)),
            list(range(18, 27)),
            [24, 25, 26],
            [26],
        ]
        assert [requests[0].budget.amount for requests in rounds] == [1, 3, 9, 27]

    def test_survivors_are_asked_for_from_the_worst_to_the_best(self):
        rounds = self.play(halving(6, 2, 1, 2), score=lambda index: -float(index))
        assert [request.candidate.index for request in rounds[1]] == [2, 1, 0]

    def test_only_the_last_rung_is_the_last(self):
        rounds = self.play(self.make())
        assert [requests[0].budget.last for requests in rounds] == [False, False, False, True]
        assert [requests[0].budget.rung for requests in rounds] == [0, 1, 2, 3]

    def test_a_missing_score_counts_as_the_worst(self):
        rounds = self.play(halving(3, 3, 1, 3), score=lambda index: [math.nan, -9.0, math.nan][index])
        assert [request.candidate.index for request in rounds[1]] == [1]

    def test_what_is_left_in_the_end_is_counted(self):
        strategy = halving(10, 3, 1, 3)
        self.play(strategy)
        assert strategy.n_remaining == 2


class TestAggressiveHalving(StrategyContract):
    """The same budget for several rungs."""

    def make(self):
        return halving(20, 3, 4, 12, aggressive_elimination=True)


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        (HalvingSchedule(27, 3, 1, 27), [(27, 1), (9, 3), (3, 9), (1, 27)]),
        (HalvingSchedule(27, 3, 1, 10), [(27, 1), (9, 3), (3, 9)]),
        (HalvingSchedule(27, 3, 10, 10), [(27, 10)]),
        (HalvingSchedule(4, 3, 1, 100), [(4, 1), (2, 3)]),
        (HalvingSchedule(8, 2.5, 4, 30), [(8, 4), (4, 10), (2, 25)]),
        (HalvingSchedule(27, 3, 5, 15, aggressive_elimination=True), [(27, 5), (9, 5), (3, 5), (1, 15)]),
        (HalvingSchedule.exhausting(9, 3, 1, 40), [(9, 4), (3, 12), (1, 36)]),
        (HalvingSchedule.exhausting(9, 3, 20, 40), [(9, 20)]),
    ],
    ids=repr,
)
def test_rungs(schedule, expected):
    assert amounts(schedule) == expected
    assert schedule.n_iterations == len(expected)


def test_rungs_that_are_required_and_possible():
    schedule = HalvingSchedule(n_candidates=27, factor=3, min_resources=5, max_resources=15)
    assert (schedule.n_required_iterations, schedule.n_possible_iterations) == (4, 2)
