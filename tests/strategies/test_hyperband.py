import numpy as np
import pytest

from skhpt.strategies import HyperbandSchedule, HyperbandStrategy, Report
from tests.strategies.contract import StrategyContract

# Table 1 of the paper (Li et al., JMLR 18, 2018), by bracket: candidates and budget of each rung.
TABLE_1 = {
    4: [(81, 1), (27, 3), (9, 9), (3, 27), (1, 81)],
    3: [(27, 3), (9, 9), (3, 27), (1, 81)],
    2: [(9, 9), (3, 27), (1, 81)],
    1: [(6, 27), (2, 81)],
    0: [(5, 81)],
}


def table(schedule):
    return {
        bracket.number: [(rung.n_candidates, rung.budget.amount) for rung in bracket.rungs()]
        for bracket in schedule.brackets()
    }


def hyperband(max_resources=27, factor=3, **options):
    schedule = HyperbandSchedule(max_resources, factor, **options)
    return HyperbandStrategy([{"a": index} for index in range(schedule.n_candidates)], schedule)


def test_the_brackets_are_those_of_the_papers_table():
    assert table(HyperbandSchedule(max_resources=81, factor=3)) == TABLE_1


@pytest.mark.parametrize(
    ("most", "factor", "least", "n_brackets"),
    [
        (27, 3, 1, 4),
        (242, 3, 1, 5),
        (243, 3, 1, 6),  # math.log(243, 3) is 4.999…
        (1000, 10, 1, 4),  # math.log(1000, 10) is 2.999…
        (999, 10, 1, 3),
        (64, 4, 1, 4),
        (63, 4, 1, 3),
        (81, 3, 3, 4),
        (81, 3, 2, 4),  # 2 * 3**3 = 54
        (1, 3, 1, 1),
        (100, 2.5, 1, 6),  # 2.5**5 = 97.7
        (121, 1.1, 100, 3),  # 100 * 1.1**2 = 121, and a little more in binary
        (np.int64(9), np.float64(3.0), np.int64(1), 3),
    ],
)
def test_there_are_as_many_brackets_as_divisions_by_the_factor_leave_the_least(most, factor, least, n_brackets):
    schedule = HyperbandSchedule(most, factor, least)
    assert [bracket.number for bracket in schedule.brackets()] == list(range(n_brackets))[::-1]
    for bracket in schedule.brackets():
        assert len(bracket.amounts) == bracket.number + 1
        assert bracket.amounts[0] >= least
        assert bracket.amounts[-1] == most


def test_budgets_that_are_no_powers_are_rounded_down():
    # 100 / 81, 100 / 27, 100 / 9, 100 / 3
    assert table(HyperbandSchedule(100, 3))[4] == [(81, 1), (27, 3), (9, 11), (3, 33), (1, 100)]


def test_a_factor_that_is_no_integer_rounds_first_rungs_up_and_later_ones_down():
    # s_max is 2: ceil(1 * 6.25) = 7, then 7 / 2.5 = 2.8 and 7 / 6.25 = 1.12; ceil(1 * 2.5) = 3, then 1.2; 3.
    # Budgets: 10 / 6.25 = 1.6, and 10 / 2.5 = 4.
    assert table(HyperbandSchedule(10, 2.5)) == {2: [(7, 1), (2, 4), (1, 10)], 1: [(3, 4), (1, 10)], 0: [(3, 10)]}


def test_where_there_are_few_settings_no_bracket_has_more():
    # 5 / 3 = 1.7; at least one goes on to the end.
    assert table(HyperbandSchedule(9, 3, n_settings=5)) == {
        2: [(5, 1), (1, 3), (1, 9)],
        1: [(3, 3), (1, 9)],
        0: [(3, 9)],
    }


class TestHyperbandStrategy(StrategyContract):
    def make(self):
        return hyperband()

    def test_brackets_run_side_by_side_on_equal_budgets_and_end_together(self):
        rounds = self.play(hyperband(81))
        counts = [[(request.budget.bracket, request.budget.amount) for request in requests] for requests in rounds]
        assert [{key: keys.count(key) for key in keys} for keys in counts] == [
            {(4, 1): 81},
            {(4, 3): 27, (3, 3): 27},
            {(4, 9): 9, (3, 9): 9, (2, 9): 9},
            {(4, 27): 3, (3, 27): 3, (2, 27): 3, (1, 27): 6},
            {(4, 81): 1, (3, 81): 1, (2, 81): 1, (1, 81): 2, (0, 81): 5},
        ]

    def test_candidates_have_one_index_over_all_brackets(self):
        strategy = hyperband()
        homes = {}
        for requests in self.play(strategy):
            for request in requests:
                assert request.candidate.params == {"a": request.candidate.index}
                assert homes.setdefault(request.candidate.index, request.budget.bracket) == request.budget.bracket
        assert sorted(homes) == list(range(27 + 9 + 6 + 4))

    def test_the_best_of_each_bracket_go_on_whatever_the_other_brackets_have(self):
        rounds = self.play(hyperband(9), score=float)  # 9, 3 and 3 candidates: later brackets have the better ones
        assert [[request.candidate.index for request in requests] for requests in rounds] == [
            list(range(9)),
            [6, 7, 8, 9, 10, 11],
            [8, 11, 12, 13, 14],
        ]

    def test_only_the_last_rung_of_a_bracket_is_the_last(self):
        for requests in self.play(self.make()):
            assert all(request.budget.last == (request.budget.amount == 27) for request in requests)

    def test_a_bracket_that_waits_is_not_to_be_told(self):
        with pytest.raises(KeyError):
            self.make().tell(Report(27, 1.0))

    def test_a_bracket_that_was_told_waits_for_the_others(self):
        strategy = hyperband(9)
        for _ in range(2):  # rounds: in the second, the best three of the first bracket's rung come first
            requests = strategy.ask()
            for request in requests[:3] if requests[0].budget.rung else requests:
                strategy.tell(Report(request.candidate.index, float(request.candidate.index)))
        assert [request.budget.bracket for request in strategy.ask()] == [1, 1, 1]
        with pytest.raises(KeyError):
            strategy.tell(Report(8, 1.0))


class TestHyperbandOfOneBracket(StrategyContract):
    def make(self):
        return hyperband(4, 3, min_resources=2)
