import numpy as np
import pytest

from skhpt.results import OneStandardError, cheapest_within


def results(scores, **columns):
    """A table of candidates whose scores by split are given."""
    scores = np.array(scores, dtype=float)
    splits = {f"split{split}_test_score": scores[:, split] for split in range(scores.shape[1])}
    return {"params": [{}] * len(scores), "mean_test_score": scores.mean(axis=1)} | splits | columns


# The best has the mean 0.8 and the deviation 0.1 (of two: (0.9 - 0.8)² + (0.7 - 0.8)² = 0.02, over 1; its root is
# 0.1414, over the root of 2). So 0.7 is just within one standard error, and 0.69 is not.
BEST, WITHIN, OUTSIDE = [0.9, 0.7], [0.71, 0.71], [0.69, 0.69]


def test_the_cheapest_within_one_standard_error_is_chosen():
    assert OneStandardError("cost")(results([BEST, WITHIN, OUTSIDE], cost=np.array([9, 5, 1]))) == 1


def test_the_standard_error_is_that_of_the_best_candidate():
    rule = OneStandardError("cost")
    assert rule.standard_error(results([WITHIN, BEST]), np.arange(2)) == pytest.approx(0.1)


def test_of_equal_costs_the_better_score_wins_and_of_equal_scores_the_first():
    costs = np.array([2, 1, 1, 1])
    assert OneStandardError("cost")(results([BEST, [0.71, 0.71], [0.75, 0.75], [0.75, 0.75]], cost=costs)) == 2


def test_the_default_cost_is_the_number_of_parameters():
    assert OneStandardError()(results([BEST, WITHIN], n_parameters=np.array([100, 10]))) == 1


def test_a_function_of_a_candidates_row_may_say_the_cost():
    rule = OneStandardError(lambda row: row["param_a"] * row["mean_test_score"])
    assert rule(results([BEST, WITHIN], param_a=np.array([1.0, -1.0]))) == 1


def test_a_cost_that_is_not_known_is_infinite():
    costs = np.ma.MaskedArray([9, 1, 5], mask=[False, True, False])
    assert OneStandardError("cost")(results([BEST, WITHIN, WITHIN], cost=costs)) == 2
    assert OneStandardError("cost")(results([WITHIN, BEST], cost=np.array([np.nan, np.nan]))) == 1


def test_a_candidate_without_a_score_is_chosen_only_if_none_has_one():
    missing = [np.nan, 0.9]
    assert OneStandardError("cost")(results([missing, BEST], cost=np.array([1, 9]))) == 1
    assert OneStandardError("cost")(results([missing, missing], cost=np.array([9, 1]))) == 0


def test_one_fold_says_nothing_of_its_luck():
    assert OneStandardError("cost")(results([[0.8], [0.79]], cost=np.array([9, 1]))) == 0


def test_repeats_of_a_fold_count_as_one():
    rule = OneStandardError("cost")
    table = results([[0.9, 0.7, 0.9, 0.7]])  # two folds twice
    assert rule.standard_error(table, np.arange(1), n_repeats=2) == pytest.approx(0.1)
    assert rule.standard_error(table, np.arange(1)) < 0.1


def test_only_the_rows_that_may_be_chosen_count():
    table = results([[1.0, 1.0], BEST, WITHIN], cost=np.array([1, 9, 5]))
    assert OneStandardError("cost").best_index(table, np.array([1, 2])) == 2


def test_another_metric_may_decide():
    table = results([BEST, WITHIN], cost=np.array([9, 1]))
    renamed = {name.replace("score", "f1"): column for name, column in table.items()}
    assert OneStandardError("cost", metric="f1")(renamed) == 1
    with pytest.raises(ValueError, match=r"The 'metric' parameter of OneStandardError must be one of \['f1'\]"):
        OneStandardError("cost")(renamed)


@pytest.mark.parametrize(
    ("cost", "says"),
    [
        (None, "is None, the number of parameters"),
        ("param_b", "Got 'param_b'. Give a column, such as 'mean_test_score'"),
    ],
)
def test_a_cost_that_is_nowhere_is_refused_with_advice(cost, says):
    with pytest.raises(ValueError, match=says):
        OneStandardError(cost)(results([BEST]))


def test_a_cost_that_is_no_number_is_refused():
    column = np.ma.MaskedArray(np.array([(1, 2), None], dtype=object))
    with pytest.raises(ValueError, match=r"must lead to numbers\. Got 'param_a'"):
        OneStandardError("param_a")(results([BEST, WITHIN], param_a=column))


def test_each_row_of_scores_has_its_own_choice():
    scores = np.array([[0.9, 0.85, 0.5], [0.5, 0.85, 0.9], [np.nan, 0.1, 0.9]])
    assert cheapest_within(scores, np.array([3.0, 2.0, 1.0]), margin=0.1).tolist() == [1, 2, 2]
