"""Searches that end before their strategy does: good enough, or trained for long enough."""

import numpy as np
import pytest
from sklearn.exceptions import FitFailedWarning
from sklearn.linear_model import Ridge

from skhpt import GridSearchCV, HalvingGridSearchCV, HyperbandSearchCV, OneStandardError, RandomizedSearchCV, load_run
from tests.fakes import FakeEstimator

SLOPES = [1.0, 2.0, 3.0, 4.0]
SCORES = {1.0: 0.5, 2.0: 0.8, 3.0: 1.0, 4.0: 0.8}

# All but one of these end early on purpose, and `test_ending_early` is about what is said of that.
pytestmark = pytest.mark.filterwarnings("ignore:.* the search is fitted on the:UserWarning")


class Scored(FakeEstimator):
    """Scores what its slope says."""

    def score(self, X, y):
        return SCORES[self.slope]


class StoppedEarly(FakeEstimator):
    """Trains for one epoch, whatever it was asked for, if its slope is below 3."""

    def fit(self, X, y):
        super().fit(X, y)
        if self.slope < 3:
            self.history_ = {"loss": [0.5]}
            self.epoch_seconds_ = [0.25]
        return self


def slopes(search):
    return search.cv_results_["param_slope"].tolist()


def grid(estimator=None, **options):
    return GridSearchCV(Scored() if estimator is None else estimator, {"slope": SLOPES}, **{"cv": 3} | options)


class TestTargetScore:
    def test_the_candidate_that_reaches_it_is_the_last(self, rows):
        search = grid(target_score=0.8).fit(*rows)
        assert slopes(search) == [1.0, 2.0]
        assert search.best_params_ == {"slope": 2.0}
        assert search.best_estimator_.n_rows_ == 60

    def test_it_has_to_be_reached_on_average_over_all_folds(self, rows):
        class Varying(FakeEstimator):
            def score(self, X, y):
                return SCORES[self.slope] + (0.3 if X[0, 0] == rows[0][0, 0] else -0.15)  # 1.1 on the first fold

        assert slopes(grid(Varying(), target_score=0.9).fit(*rows)) == [1.0, 2.0, 3.0]

    def test_a_score_that_nobody_reaches_changes_nothing(self, rows):
        assert slopes(grid(target_score=1.5).fit(*rows)) == SLOPES

    @pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
    @pytest.mark.filterwarnings("ignore:One or more of the:UserWarning")
    def test_failed_trials_reach_nothing(self, rows):
        search = GridSearchCV(FakeEstimator(), {"fail_if": ["always", None]}, cv=3, target_score=-100.0).fit(*rows)
        assert search.best_params_ == {"fail_if": None}

    def test_nor_does_the_error_score_that_they_are_given(self, rows):
        grid = {"fail_if": ["always", None]}
        search = GridSearchCV(FakeEstimator(), grid, cv=3, target_score=0.9, error_score=1.0, refit=False)
        with pytest.warns(FitFailedWarning):
            search.fit(*rows)
        assert len(search.cv_results_["params"]) == 2

    def test_with_workers_those_that_run_are_waited_for(self, rows):
        search = grid(target_score=0.8, n_jobs=2).fit(*rows)
        assert slopes(search)[:2] == [1.0, 2.0]
        assert search.best_score_ >= 0.8

    def test_the_run_is_finished_and_found_again(self, rows, tmp_path):
        search = grid(target_score=0.8, runs_dir=tmp_path, resume=True).fit(*rows)
        assert search.run_.status == "finished"
        again = grid(target_score=0.8, runs_dir=tmp_path, resume=True).fit(*rows)
        assert again.run_.id == search.run_.id
        assert len(again.run_.trials) == 6

    def test_a_run_goes_on_to_a_higher_target(self, rows, tmp_path):
        first = grid(target_score=0.8, runs_dir=tmp_path).fit(*rows)
        search = grid(target_score=0.9, runs_dir=tmp_path, resume=True).fit(*rows)
        assert search.run_.id == first.run_.id
        assert slopes(search) == [1.0, 2.0, 3.0]

    def test_of_several_metrics_it_is_the_one_that_decides(self, rows):
        scoring = {"high": lambda *args: 1.0, "own": lambda estimator, X, y: SCORES[estimator.slope]}
        assert slopes(grid(scoring=scoring, refit="own", target_score=0.8).fit(*rows)) == [1.0, 2.0]

    def test_a_rule_may_name_the_metric_that_decides(self, rows):
        scoring = {"high": lambda *args: 1.0, "own": lambda estimator, X, y: SCORES[estimator.slope]}
        search = grid(scoring=scoring, refit=OneStandardError("param_slope", metric="own"), target_score=0.8)
        assert slopes(search.fit(*rows)) == [1.0, 2.0]

    def test_several_metrics_of_which_none_decides_are_refused_before_any_fit(self, rows):
        scoring = {"high": lambda *args: 1.0, "own": lambda *args: 0.5}
        with pytest.raises(ValueError, match="'target_score' parameter of GridSearchCV needs one metric that decides"):
            grid(FakeEstimator(fail_if="always"), scoring=scoring, refit=False, target_score=0.8).fit(*rows)

    def test_only_the_last_rung_of_a_halving_reaches_it(self, rows):
        options = {"resource": "epochs", "max_resources": 4, "factor": 2, "min_resources": 1, "cv": 3}
        search = HalvingGridSearchCV(Scored(), {"slope": SLOPES}, random_state=0, target_score=0.5, **options)
        search.fit(*rows)
        assert search.n_resources_ == [1, 2, 4]
        assert (search.best_params_, search.cv_results_["iter"].max()) == ({"slope": 3.0, "epochs": 4}, 2)

    def test_who_reaches_it_wins_though_the_rung_is_not_whole(self, rows, tmp_path):
        """A last rung of 2.0 and 3.0 (the best comes last), of which the first is good enough."""
        options = {"resource": "epochs", "max_resources": 2, "factor": 2, "min_resources": 1, "cv": 3}
        search = HalvingGridSearchCV(Scored(), {"slope": SLOPES[:3]}, random_state=0, target_score=0.8, **options)
        search.set_params(runs_dir=tmp_path).fit(*rows)
        assert slopes(search) == [1.0, 2.0, 3.0, 2.0]
        assert search.best_index_ == 3
        assert load_run(search.run_.id, tmp_path).best_index_ == 3

    def test_hyperband_ends_with_the_first_candidate_of_the_last_round(self, rows):
        space = {"slope": np.linspace(1, 4, 100).tolist()}
        search = HyperbandSearchCV(
            FakeEstimator(), space, resource="epochs", max_resources=9, cv=3, random_state=0, target_score=0.0
        ).fit(*rows)
        assert search.cv_results_["n_resources"].tolist() == [1] * 9 + [3] * 6 + [9]
        assert search.best_index_ == 15


class TestMaxEpochsTotal:
    @pytest.mark.parametrize(("most", "n_candidates"), [(6, 1), (11, 1), (12, 2), (23, 3), (24, 4), (1000, 4)])
    def test_candidates_begin_in_order_while_all_their_folds_fit_in(self, rows, most, n_candidates):
        search = grid(max_epochs_total=most).fit(*rows)  # 3 folds of 2 epochs
        assert slopes(search) == SLOPES[:n_candidates]
        assert len(search.histories_) == 6 * n_candidates
        assert search.best_estimator_.n_rows_ == 60

    def test_it_does_not_depend_on_the_number_of_jobs(self, rows):
        assert slopes(grid(max_epochs_total=12, n_jobs=2).fit(*rows)) == [1.0, 2.0]

    def test_searched_epochs_count_as_each_candidate_has_them(self, rows):
        search = GridSearchCV(FakeEstimator(), {"epochs": [2, 5, 1]}, cv=3, max_epochs_total=20).fit(*rows)
        assert search.cv_results_["param_epochs"].tolist() == [2]  # 6 and 15 are 21; who comes later has to wait

    def test_what_early_stopping_saves_is_given_to_the_next(self, rows):
        # 10 epochs on each of 3 folds: 30 of 66 begin twice, and train for 3 each; 60 are left for the other two.
        search = grid(StoppedEarly(epochs=10), max_epochs_total=66).fit(*rows)
        assert slopes(search) == SLOPES
        assert slopes(grid(StoppedEarly(epochs=10), max_epochs_total=65).fit(*rows)) == SLOPES[:3]

    def test_a_run_goes_on_with_more(self, rows, tmp_path):
        first = grid(max_epochs_total=13, runs_dir=tmp_path).fit(*rows)
        assert first.run_.status == "interrupted"
        assert '"reason":"max_epochs_total=13"' in (first.run_.path / "journal").read_text()
        search = grid(max_epochs_total=18, runs_dir=tmp_path, resume=True).fit(*rows)
        assert search.run_.id == first.run_.id
        assert slopes(search) == [1.0, 2.0, 3.0], "what has been trained before counts"
        assert grid(runs_dir=tmp_path, resume=True).fit(*rows).run_.status == "finished"

    def test_a_halving_takes_the_best_of_the_last_whole_rung(self, rows):
        options = {"resource": "epochs", "max_resources": 4, "factor": 2, "min_resources": 1, "cv": 3}
        # Rungs of 4, 2 and 1: 12 epochs, 12 and 12, as this estimator starts over; one of the second rung fits in.
        search = HalvingGridSearchCV(Scored(), {"slope": SLOPES}, random_state=0, max_epochs_total=18, **options)
        search.fit(*rows)
        assert search.cv_results_["n_resources"].tolist() == [1, 1, 1, 1, 2]
        assert search.best_params_ == {"slope": 3.0, "epochs": 1}

    def test_too_few_for_any_candidate_are_an_error_that_says_so(self, rows, tmp_path):
        with pytest.raises(ValueError, match=r"max_epochs_total=5 epochs were used up before any candidate .*Give it"):
            grid(max_epochs_total=5).fit(*rows)

    def test_an_estimator_without_epochs_is_refused(self, rows):
        search = RandomizedSearchCV(Ridge(), {"alpha": [1.0]}, n_iter=1, max_epochs_total=5)
        with pytest.raises(
            ValueError, match="'max_epochs_total' parameter of RandomizedSearchCV counts epochs, and Ri"
        ):
            search.fit(*rows)


@pytest.mark.parametrize(("name", "value"), [("max_epochs_total", 0), ("max_epochs_total", 1.5), ("target_score", "x")])
def test_what_is_no_limit_is_refused(rows, name, value):
    with pytest.raises(ValueError, match=f"The '{name}' parameter of GridSearchCV must be"):
        grid(**{name: value}).fit(*rows)


def test_both_limits_hold_together(rows):
    assert slopes(grid(max_epochs_total=6, target_score=0.8).fit(*rows)) == [1.0]
    assert slopes(grid(max_epochs_total=18, target_score=0.8).fit(*rows)) == [1.0, 2.0]
