import numpy as np
import pytest

from skhpt.results import failure_counts, metric_names, score_table
from skhpt.trials import Budget, Candidate, TrialStatus
from tests.fakes import result


def table(scores, params=None, **options):
    """The table of candidates whose scores by fold are given."""
    params = params or [{"a": index} for index in range(len(scores))]
    candidates = [Candidate(index, p) for index, p in enumerate(params)]
    trials = [result(c, f, score) for c, row in enumerate(scores) for f, score in enumerate(row)]
    return score_table(candidates, trials, error_score=np.nan, **options)


def test_means_deviations_and_splits():
    results = table([[0.0, 1.0], [0.5, 0.7]])
    np.testing.assert_allclose(results["mean_test_score"], [0.5, 0.6])
    np.testing.assert_allclose(results["std_test_score"], [0.5, 0.1])
    np.testing.assert_allclose(results["split1_test_score"], [1.0, 0.7])
    np.testing.assert_allclose(results["mean_fit_time"], [1.0, 1.0])


def test_ties_share_the_better_rank():
    assert table([[0.5], [0.9], [0.5], [0.1]])["rank_test_score"].tolist() == [2, 1, 2, 4]


def test_a_missing_score_ranks_below_the_worst():
    assert table([[0.1], [np.nan], [0.9]])["rank_test_score"].tolist() == [2, 3, 1]


def test_all_scores_missing_all_rank_first():
    assert table([[np.nan], [np.nan]])["rank_test_score"].tolist() == [1, 1]


def test_a_failed_trial_counts_with_the_error_score():
    failed = result(0, 0, test_scores={}, status=TrialStatus.FAILED, error="boom")
    results = score_table([Candidate(0, {})], [failed, result(0, 1, 0.8)], error_score=0.2)
    assert results["mean_test_score"].tolist() == [0.5]


def test_metrics_are_named_by_a_trial_that_was_scored():
    scored = result(0, 1, test_scores={"f1": 0.5, "auc": 0.7}, multimetric=True)
    failed = result(0, 0, test_scores={}, status=TrialStatus.FAILED, error="boom")
    assert metric_names([failed, scored]) == ["f1", "auc"]


def test_a_parameter_is_masked_where_a_candidate_does_not_set_it():
    column = table([[1.0], [1.0]], params=[{"a": 1}, {"b": "x"}])["param_a"]
    assert column.mask.tolist() == [False, True]
    assert column.dtype == int


@pytest.mark.parametrize(
    "values",
    [["x", "y"], [[1], [2, 3]], [(1, 2), (3, 4)], [None, 1], [2**63, 1], [2**63, -1], [-(2**63) - 1, 1], [2**63, 0.5]],
)
def test_strings_sequences_and_mixtures_are_kept_as_objects(values):
    column = table([[1.0], [1.0]], params=[{"a": value} for value in values])["param_a"]
    assert column.dtype == object
    assert list(column) == values


def test_masked_arrays_are_kept_whole_and_mask_nothing():
    values = [np.ma.array([1, 2], mask=[0, 1]), np.ma.array([1, 2], mask=[1, 0])]
    column = table([[1.0], [1.0], [1.0]], params=[{"a": values[0]}, {"a": values[1]}, {}])["param_a"]
    assert column.mask.tolist() == [False, False, True]
    assert [column.data[row] is value for row, value in enumerate(values)] == [True, True]


def test_budgets_stand_first():
    trials = [result(0, fold, budget=Budget(3, rung=1)) for fold in range(2)]
    results = score_table([Candidate(0, {})], trials, error_score=np.nan)
    assert list(results)[:2] == ["iter", "n_resources"]
    assert (results["iter"].tolist(), results["n_resources"].tolist()) == ([1], [3])


def test_brackets_stand_before_their_budgets():
    trials = [result(0, budget=Budget(3, bracket=1)), result(1, budget=Budget(3, rung=1, bracket=2))]
    table = score_table([Candidate(0, {}), Candidate(1, {})], trials, error_score=np.nan)
    assert list(table)[:3] == ["bracket", "iter", "n_resources"]
    assert [table[name].tolist() for name in ("bracket", "iter")] == [[1, 2], [0, 1]]


def test_equal_tracebacks_are_counted_together():
    trials = [result(0, 0, error="a"), result(0, 1, error="a"), result(1, 0, error="b"), result(1, 1)]
    assert failure_counts(trials) == {"a": 2, "b": 1}


def repeated(scores, **options):
    """Of one candidate whose scores by repeat and fold are given."""
    trials = [
        result(0, fold, score, repeat=repeat) for repeat, row in enumerate(scores) for fold, score in enumerate(row)
    ]
    return score_table([Candidate(0, {})], trials, error_score=np.nan, **options)


def test_spreads_over_folds_and_over_repeats_are_told_apart():
    results = repeated([[0.2, 0.8], [0.4, 1.0]])  # folds: 0.3 and 0.9; repeats: 0.5 and 0.7
    assert results["mean_test_score"].tolist() == [pytest.approx(0.6)]
    assert results["std_folds_test_score"].tolist() == [pytest.approx(0.3)]
    assert results["std_repeats_test_score"].tolist() == [pytest.approx(0.1)]
    assert [results[f"split{split}_test_score"][0] for split in range(4)] == [0.2, 0.8, 0.4, 1.0]


def test_one_repeat_has_no_spread_of_its_own():
    assert not any("folds" in name or "repeats" in name for name in table([[0.0, 1.0]]))


def test_training_scores_have_spreads_too():
    trials = [result(0, 0, repeat=repeat, train_scores={"score": repeat / 2}) for repeat in range(2)]
    results = score_table([Candidate(0, {})], trials, error_score=np.nan)
    assert (results["std_repeats_train_score"][0], results["std_folds_train_score"][0]) == (0.25, 0.0)


def test_numbers_of_parameters_are_shown_if_asked_for_and_known():
    candidates = [Candidate(0, {}), Candidate(1, {})]
    failed = result(0, 0, test_scores={}, status=TrialStatus.FAILED, error="boom")
    trials = [failed, result(0, 1, n_parameters=35), result(1, 0), result(1, 1)]
    counts = score_table(candidates, trials, error_score=0.0, shows_parameters=True)["n_parameters"]
    assert (counts[0], counts.mask.tolist()) == (35, [False, True])
    assert "n_parameters" not in score_table(candidates, trials, error_score=0.0)
    assert "n_parameters" not in score_table(candidates[:1], trials[2:], error_score=0.0, shows_parameters=True)
