"""What every strategy promises. A test class inherits this and says how to make one."""

import math

import pytest

from skhpt.strategies import Report


class StrategyContract:
    """Subclasses define `make`, which returns a new strategy each time, always the same."""

    def make(self):
        raise NotImplementedError

    def play(self, strategy, score=lambda index: float(index % 7)):
        """Answer every request; the rounds of candidates that were asked for."""
        rounds = []
        while not strategy.is_done:
            rounds.append(strategy.ask())
            assert rounds[-1], "a strategy that is not done must ask for something"
            for request in rounds[-1]:
                strategy.tell(Report(request.candidate.index, score(request.candidate.index)))
        return rounds

    def test_it_ends(self):
        assert self.play(self.make())

    def test_its_plan_is_what_it_asks_for(self):
        strategy = self.make()
        plan = []
        for round_ in strategy.plan():
            budgets = [round_.budget] * round_.n_candidates
            if round_.joins:
                plan[-1] += budgets
            else:
                plan.append(budgets)
        assert [[request.budget for request in requests] for requests in self.play(strategy)] == plan

    def test_equal_reports_lead_to_equal_requests(self):
        assert self.play(self.make()) == self.play(self.make())

    def test_the_order_of_the_reports_within_a_round_does_not_matter(self):
        forwards, backwards = self.make(), self.make()
        while not forwards.is_done:
            requests = forwards.ask()
            assert backwards.ask() == requests
            for strategy, told in ((forwards, requests), (backwards, requests[::-1])):
                for request in told:
                    strategy.tell(Report(request.candidate.index, self.uneven(request.candidate.index)))
        assert backwards.is_done

    def test_a_replay_of_its_reports_restores_it_at_any_step(self):
        """What is stored of a search: after a kill another process tells a new strategy the same."""
        whole, stored = self.make(), []
        while not whole.is_done:
            requests = whole.ask()
            for place, request in enumerate(requests):
                restored = self.make()
                for report in stored:
                    restored.tell(report)
                assert restored.ask() == requests[place:]
                stored.append(Report(request.candidate.index, self.uneven(request.candidate.index)))
                whole.tell(stored[-1])
        restored = self.make()
        for report in stored:
            restored.tell(report)
        assert restored.is_done

    @staticmethod
    def uneven(index):
        """A score for each candidate that no other has, in no order."""
        return math.sin(index)

    def test_asking_twice_changes_nothing(self):
        strategy = self.make()
        assert strategy.ask() == strategy.ask()

    def test_what_was_told_is_not_asked_for_again(self):
        strategy = self.make()
        first, *others = strategy.ask()
        strategy.tell(Report(first.candidate.index, 1.0))
        assert strategy.is_done or first not in strategy.ask()
        assert strategy.ask() == others or not others

    def test_a_report_may_not_come_twice(self):
        strategy = self.make()
        strategy.tell(Report(0, 1.0))
        with pytest.raises(KeyError):
            strategy.tell(Report(0, 1.0))

    def test_the_requests_of_a_round_have_budgets_of_one_amount(self):
        for requests in self.play(self.make()):
            assert len({None if request.budget is None else request.budget.amount for request in requests}) == 1

    def test_no_candidate_twice_in_a_round(self):
        for requests in self.play(self.make()):
            indices = [request.candidate.index for request in requests]
            assert len(set(indices)) == len(indices)

    def test_a_missing_score_does_not_stop_it(self):
        assert self.play(self.make(), score=lambda index: float("nan"))

    def test_a_report_that_nobody_asked_for_is_an_error(self):
        with pytest.raises(KeyError):
            self.make().tell(Report(candidate=10_000, score=1.0))
