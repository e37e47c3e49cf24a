from scipy.stats import uniform
from sklearn.model_selection import ParameterGrid, ParameterSampler

from skhpt import Int, SearchSpace
from skhpt.strategies import ExhaustiveStrategy
from tests.strategies.contract import StrategyContract

GRID = ParameterGrid({"slope": [1.0, 2.0], "epochs": [1, 2, 3]})


class TestExhaustiveStrategy(StrategyContract):
    def make(self):
        return ExhaustiveStrategy(GRID)

    def test_every_setting_is_asked_for_in_order_at_once(self):
        requests = self.make().ask()
        assert [request.candidate.params for request in requests] == list(GRID)
        assert [request.candidate.index for request in requests] == list(range(6))

    def test_equal_settings_are_candidates_of_their_own(self):
        (requests,) = self.play(ExhaustiveStrategy([{"slope": 1.0}, {"slope": 1.0}]))
        assert [request.candidate.index for request in requests] == [0, 1]

    def test_without_settings_it_is_done(self):
        assert ExhaustiveStrategy([]).is_done


class TestSettingsDrawnByScikitLearn(StrategyContract):
    def make(self):
        return ExhaustiveStrategy(ParameterSampler({"slope": uniform(0, 6), "epochs": [1, 2]}, 5, random_state=0))


class TestSettingsOfAFiniteSpaceDrawnOnce(StrategyContract):
    """Of which some are likelier than others, so that scikit-learn does not draw them."""

    def make(self):
        return ExhaustiveStrategy(SearchSpace({"units": Int(1, 9, log=True), "epochs": [1, 2]}).sampler(0.5, 0))
