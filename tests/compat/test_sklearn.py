"""What we rely on in scikit-learn's private parts, so that a change there is told by name."""

import inspect

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.dummy import DummyClassifier
from sklearn.metrics import check_scoring, get_scorer
from sklearn.model_selection import KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from skhpt._compat import sklearn as _sklearn
from tests.versions import needs_callbacks


def test_score_estimator_takes_what_a_trial_hands_it():
    parameters = list(inspect.signature(_sklearn.score_estimator).parameters)
    assert parameters == ["estimator", "X_test", "y_test", "scorer", "score_params", "error_score"]


def test_score_estimator_gives_a_dict_for_several_metrics():
    scorer = _sklearn.MultimetricScorer(scorers={"a": get_scorer("accuracy"), "b": get_scorer("f1")}, raise_exc=False)
    X, y = np.zeros((4, 1)), np.array([0, 1, 1, 1])
    scores = _sklearn.score_estimator(DummyClassifier().fit(X, y), X, y, scorer, {})
    assert scores == {"a": 0.75, "b": pytest.approx(6 / 7)}
    assert set(scorer._scorers) == {"a", "b"}


def test_safe_split_cuts_columns_too_for_a_pairwise_estimator():
    kernel = np.arange(16.0).reshape(4, 4)
    part, _ = _sklearn.safe_split(SVC(kernel="precomputed"), kernel, np.arange(4), np.array([0, 1]), np.array([2, 3]))
    np.testing.assert_array_equal(part, kernel[:2, 2:])


def test_check_method_params_splits_what_has_a_row_for_each_sample():
    params = {"sample_weight": np.arange(4), "classes": [0, 1]}
    split = _sklearn.check_method_params(np.zeros((4, 1)), params=params, indices=np.array([1, 3]))
    np.testing.assert_array_equal(split["sample_weight"], [1, 3])
    assert split["classes"] == [0, 1]


def test_a_splitter_that_shuffles_without_a_seed_is_not_constant():
    assert _sklearn.yields_constant_splits(KFold(3))
    assert _sklearn.yields_constant_splits(KFold(3, shuffle=True, random_state=0))
    assert not _sklearn.yields_constant_splits(KFold(3, shuffle=True))


@pytest.mark.parametrize("X", [[[1], [2]], np.zeros((2, 3)), csr_array((2, 3))], ids=["list", "array", "sparse"])
def test_num_samples_counts_rows_of_any_kind(X):
    assert _sklearn.num_samples(X) == 2


class Behind(DummyClassifier):
    def fit(self, X, y):
        self.is_behind = _sklearn.is_behind_pipeline(self)
        return super().fit(X, y)


@needs_callbacks  # by which a pipeline tells its steps their place
def test_the_last_step_of_a_pipeline_knows_that_it_is():
    X, y = np.zeros((4, 1)), np.array([0, 1, 1, 1])
    fitted = [make_pipeline(*steps, Behind()).fit(X, y)[-1] for steps in ([], ["passthrough"], [StandardScaler()])]
    assert [step.is_behind for step in [Behind().fit(X, y), *fitted]] == [False, False, True, True]


def test_the_search_class_offers_what_our_fit_calls():
    needed = {"_get_scorers", "_get_routed_params_for_fit", "_check_refit_for_multimetric", "_select_best_index"}
    assert needed <= set(dir(_sklearn.BaseSearchCV))


def test_a_single_metric_scorer_is_no_multimetric_one():
    assert not isinstance(check_scoring(DummyClassifier(), "accuracy"), _sklearn.MultimetricScorer)


def test_a_scorer_is_a_function_of_targets_and_responses_with_a_sign():
    scorer = get_scorer("neg_log_loss")
    assert isinstance(scorer, _sklearn.Scorer)
    assert (scorer._sign, scorer._kwargs, scorer._score_func.__name__) == (-1, {}, "log_loss")


def test_without_scoring_the_scorer_leaves_it_to_the_estimator():
    assert isinstance(check_scoring(DummyClassifier(), None), _sklearn.PassthroughScorer)
