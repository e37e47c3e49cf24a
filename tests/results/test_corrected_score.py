import numpy as np
import pytest
from scipy.stats import binomtest, norm
from sklearn.metrics import accuracy_score, r2_score, roc_auc_score

from skhpt.results import (
    Determination,
    MeanOverRepeats,
    RocAuc,
    RowMeans,
    ScoredAnew,
    cheapest_within,
    corrected_score,
    first_best,
)

RNG = np.random.default_rng(0)
Y = RNG.normal(size=30)
PREDICTED = Y + RNG.normal(size=(4, 30)).round(1)
COUNTS = RNG.integers(4, size=(5, 30)).astype(float)


def one_by_one(score, predicted, y):
    return ScoredAnew(lambda candidate, rows: score(y[rows], predicted[candidate][rows]), len(predicted))


PAIRS = {
    "accuracy": (RowMeans((PREDICTED > 0) == (Y > 0)), one_by_one(accuracy_score, PREDICTED > 0, Y > 0)),
    "r2": (Determination(Y + 1e6, PREDICTED + 1e6), one_by_one(r2_score, PREDICTED, Y)),
    "roc auc": (RocAuc(Y > 0, PREDICTED.round()), one_by_one(roc_auc_score, PREDICTED.round(), Y > 0)),
}


@pytest.mark.parametrize(("fast", "slow"), PAIRS.values(), ids=PAIRS)
def test_metrics_are_computed_at_once_as_scikit_learn_computes_them_one_by_one(fast, slow):
    np.testing.assert_allclose(fast.of_all(COUNTS), slow.of_all(COUNTS), rtol=1e-6)
    chosen = np.array([0, 3, 1, 1, 2])
    np.testing.assert_allclose(fast.of_chosen(COUNTS, chosen), slow.of_chosen(COUNTS, chosen), rtol=1e-6)


def test_the_scores_of_repeats_are_averaged():
    repeats = MeanOverRepeats([RowMeans([[1, 0], [0, 0]]), RowMeans([[1, 1], [0, 0]])])
    assert repeats.of_all(np.array([[1.0, 1.0]])).tolist() == [[0.75, 0.0]]
    assert repeats.of_chosen(np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([0, 0])).tolist() == [1.0, 0.5]


def test_a_candidate_that_is_always_right_is_worth_what_it_scores():
    corrected = corrected_score(RowMeans([[1] * 20, [0] * 20]), 20, seed=0, n_bootstraps=50)
    assert (corrected.score, corrected.low, corrected.high, corrected.n_bootstraps) == (1.0, 1.0, 1.0, 50)


def test_a_candidate_is_scored_on_rows_that_had_no_say_in_its_choice():
    # Each of two is right where the other is wrong. The more of its rows are drawn, the fewer are left to score it.
    right = np.arange(20) % 2
    corrected = corrected_score(RowMeans([right, 1 - right]), 20, seed=0)
    assert corrected.score < 0.5


def test_equal_seeds_give_equal_scores_and_others_others():
    right = RNG.integers(2, size=(5, 40))
    first, again, other = (corrected_score(RowMeans(right), 40, seed=seed) for seed in (1, 1, 2))
    assert first == again != other


def test_blocks_of_bootstraps_make_no_difference(monkeypatch):
    right = RNG.integers(2, size=(5, 40))
    whole = corrected_score(RowMeans(right), 40, seed=1, n_bootstraps=30)
    monkeypatch.setattr("skhpt.results._corrected_score._LARGEST_BLOCK", 7 * 40)
    assert corrected_score(RowMeans(right), 40, seed=1, n_bootstraps=30) == whole


def test_bootstraps_without_a_score_are_left_out():
    y = np.array([0] * 9 + [1])  # a third of the bootstraps lacks the one row, and all others leave only one class out
    corrected = corrected_score(RocAuc(y, [np.arange(10)]), 10, seed=0, n_bootstraps=100)
    assert corrected.n_bootstraps < 100
    assert corrected_score(RowMeans([[1]]), 1, seed=0).n_bootstraps == 0  # the only row is always drawn


def test_bootstraps_without_a_score_to_choose_by_are_left_out():
    class Rare(RowMeans):
        def of_all(self, counts):
            return np.where(counts[:, :1] == 0, np.nan, super().of_all(counts))  # a row that nothing goes without

    corrected = corrected_score(Rare(np.ones((2, 9))), 9, seed=0, n_bootstraps=200)
    assert corrected.n_bootstraps == pytest.approx(200 * (1 - (8 / 9) ** 9), abs=20)


def test_the_choice_may_be_another_than_the_best():
    values = RowMeans([[1] * 10 + [0] * 10, [1] * 9 + [0] * 11])
    cheap = corrected_score(
        values, 20, seed=0, choose=lambda scores: cheapest_within(scores, np.array([2.0, 1.0]), margin=1.0)
    )
    alone = corrected_score(RowMeans([[1] * 9 + [0] * 11]), 20, seed=0)
    assert cheap == alone


def test_the_first_of_equal_scores_is_chosen_and_a_missing_one_never():
    assert first_best(np.array([[0.5, 0.5, 0.1], [np.nan, 0.1, 0.3]])).tolist() == [0, 2]


def selections(n, n_candidates, n_rows, draw, correlation=0.3, n_bootstraps=200):
    """Of many searches: the best score, the corrected one, whether the interval covers, less the truth.

    Candidates err on the same rows as others do, more or less, as those of a search do.
    """
    rng = np.random.default_rng(7)
    found = []
    for seed in range(n):
        accuracies = draw(rng, n_candidates)
        shared, own = rng.normal(size=(1, n_rows)), rng.normal(size=(n_candidates, n_rows))
        luck = np.sqrt(correlation) * shared + np.sqrt(1 - correlation) * own
        right = luck < norm.ppf(accuracies)[:, np.newaxis]
        best = right.mean(axis=1).argmax()
        corrected = corrected_score(RowMeans(right), n_rows, seed=seed, n_bootstraps=n_bootstraps)
        truth = accuracies[best]
        covers = corrected.low <= truth <= corrected.high
        found.append((right.mean(axis=1)[best] - truth, corrected.score - truth, covers))
    return np.array(found, dtype=float)


SELECTIONS = {
    "equal": (30, 150, lambda rng, n: np.full(n, 0.75)),
    "slightly different": (30, 150, lambda rng, n: rng.uniform(0.7, 0.8, n)),
    "different": (20, 200, lambda rng, n: rng.uniform(0.5, 0.8, n)),
}


@pytest.mark.parametrize("case", SELECTIONS.values(), ids=SELECTIONS)
def test_the_bias_is_less_than_a_third_and_intervals_cover_as_they_say(case):
    best, corrected, covers = selections(200, *case).T
    assert abs(corrected.mean()) < best.mean() / 3
    # Not less than 95 % of 200, but for what the number of simulations leaves open.
    assert binomtest(int(covers.sum()), 200, 0.95, alternative="less").pvalue > 0.05


def test_without_a_choice_the_interval_is_that_of_a_mean():
    right = np.arange(200) % 4 != 0  # 3 in 4: the standard error is the root of 0.75 * 0.25 / 200
    corrected = corrected_score(RowMeans([right]), 200, seed=0, n_bootstraps=5000)
    assert corrected.score == pytest.approx(0.75, abs=0.002)
    width = 2 * norm.ppf(0.975) * np.sqrt(0.75 * 0.25 / 200)
    assert corrected.high - corrected.low == pytest.approx(width, rel=0.05)
