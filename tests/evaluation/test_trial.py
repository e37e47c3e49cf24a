import math
from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import check_scoring

from skhpt._compat.sklearn import MultimetricScorer
from skhpt.evaluation import FitTask, TrialSetup, lose_trial, run_trial
from skhpt.exceptions import WorkerDiedError
from skhpt.trials import Candidate, SearchSeeds, TrialSpec, TrialStatus
from tests.fakes import FakeEstimator


@pytest.fixture
def setup(rows):
    X, y = rows
    halves = (np.arange(30), np.arange(30, 60))
    return TrialSetup(
        estimator=FakeEstimator(),
        X=X,
        y=y,
        splits=[halves, halves[::-1]],
        scorer=check_scoring(FakeEstimator()),
        seeds=SearchSeeds(0),
        fit_params={},
        score_params={},
        error_score=math.nan,
        return_train_score=False,
    )


def trial(setup, fold=0, **params):
    return run_trial(TrialSpec(Candidate(0, params), fold), setup)


def test_the_test_fold_is_scored(setup, rows):
    X, y = rows
    expected = FakeEstimator(slope=2.0).fit(X[30:], y[30:]).score(X[:30], y[:30])
    assert trial(setup, fold=1, slope=2.0).test_scores == {"score": expected}


def test_the_training_fold_is_scored_if_asked_for(setup, rows):
    X, y = rows
    assert trial(setup).train_scores is None
    scored = trial(replace(setup, return_train_score=True))
    assert scored.train_scores == {"score": FakeEstimator().fit(X, y).score(X[:30], y[:30])}


def test_the_history_comes_back(setup):
    result = trial(setup, epochs=3)
    assert [log.epoch for log in result.epochs] == [1, 2, 3]
    assert result.epochs[-1].metrics == {"loss": 0.5}


def test_a_failing_fit_is_a_value(setup):
    result = trial(setup, fail_if="always")
    assert (result.status, result.test_scores) == (TrialStatus.FAILED, {})
    assert "RuntimeError: no luck on this fold" in result.error


def test_a_failing_fit_is_an_error_if_asked_for(setup):
    with pytest.raises(RuntimeError, match="no luck"):
        trial(replace(setup, error_score="raise"), fail_if="always")


def test_a_loss_that_is_not_finite_is_marked_and_its_score_stands(setup):
    result = trial(setup, loss=math.inf)
    assert result.status == TrialStatus.DIVERGED
    assert math.isfinite(result.test_scores["score"])


def test_several_metrics(setup):
    scorers = {name: check_scoring(FakeEstimator(), name) for name in ("r2", "neg_max_error")}
    result = trial(replace(setup, scorer=MultimetricScorer(scorers=scorers, raise_exc=False)))
    assert list(result.test_scores) == ["r2", "neg_max_error"]
    assert result.multimetric


def test_a_failing_scorer_costs_the_score_and_warns(setup):
    def broken(estimator, X, y):
        raise ZeroDivisionError

    with pytest.warns(UserWarning, match="Scoring failed"):
        result = trial(replace(setup, scorer=broken, error_score=-1.0))
    assert (result.status, result.test_scores) == (TrialStatus.COMPLETED, {"score": -1.0})


def test_what_has_a_row_for_each_sample_is_split_with_the_rows(setup):
    weights = np.arange(60.0)

    class Checked(FakeEstimator):
        def fit(self, X, y, sample_weight=None):
            np.testing.assert_array_equal(sample_weight, weights[:30])
            return super().fit(X, y)

    result = trial(replace(setup, estimator=Checked(), fit_params={"sample_weight": weights}))
    assert result.error is None


def test_a_fold_has_one_seed_whatever_the_candidate(setup):
    class Seeded(FakeEstimator):
        def score(self, X, y):
            return float(self.random_state)

    seeded = replace(setup, estimator=Seeded(), scorer=check_scoring(Seeded()))
    scores = [trial(seeded, fold, slope=slope).test_scores["score"] for fold in (0, 1) for slope in (1.0, 2.0)]
    assert scores == [setup.seeds.trial(0)] * 2 + [setup.seeds.trial(1)] * 2


class Told(FitTask):
    """Counts how often it is told that it has ended, and on how many rows."""

    def __init__(self):
        super().__init__()
        object.__setattr__(self, "rows", [])

    def end(self, X, y, fit_params):
        self.rows.append(len(X))


def test_a_lost_trial_is_a_failed_one_whose_end_is_told(setup):
    task, spec = Told(), TrialSpec(Candidate(3, {"slope": 2.0}), 1)
    result = lose_trial(spec, replace(setup, return_train_score=True), "The worker died.", task)
    assert result.key == (3, 1, 0)
    assert (result.status, result.error) == (TrialStatus.FAILED, "The worker died.")
    assert (result.test_scores, result.train_scores) == ({}, {})
    assert task.rows == [30]


def test_a_lost_trial_is_an_error_if_asked_for(setup):
    task = Told()
    with pytest.raises(WorkerDiedError, match=r"The worker died\. It was fold 1 of the candidate {'slope': 2.0}"):
        lose_trial(
            TrialSpec(Candidate(3, {"slope": 2.0}), 1), replace(setup, error_score="raise"), "The worker died.", task
        )
    assert task.rows == [30]
