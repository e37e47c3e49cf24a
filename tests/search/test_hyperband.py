"""Hyperband, with an estimator that costs nothing."""

import numpy as np
import pytest
from scipy.stats import uniform
from sklearn.base import clone
from sklearn.model_selection import ParameterSampler

from skhpt import HyperbandSearchCV, load_run, ls_trials
from skhpt.store import candidates_table
from tests.fakes import FakeEstimator

SPACE = {"slope": uniform(1, 4)}
N_TRIALS = 3 * (9 + (3 + 3) + (1 + 1 + 3))  # of R=9, by round


def search(estimator=None, space=SPACE, **options):
    options = {"cv": 3, "random_state": 0, "resource": "epochs", "max_resources": 9} | options
    return HyperbandSearchCV(FakeEstimator() if estimator is None else estimator, space, **options)


def same_scores(one, other):
    for name in one.cv_results_:
        if "time" not in name:
            np.testing.assert_array_equal(one.cv_results_[name], other.cv_results_[name])


def test_brackets_and_rounds_are_told(rows):
    fitted = search(max_resources=81).fit(*rows)
    assert fitted.brackets_.query("rung == 0")[["bracket", "n_candidates", "n_resources"]].to_numpy().tolist() == [
        [4, 81, 1], [3, 27, 3], [2, 9, 9], [1, 6, 27], [0, 5, 81],
    ]  # fmt: skip
    assert fitted.n_candidates_ == [81, 27 + 27, 9 + 9 + 9, 3 + 3 + 3 + 6, 1 + 1 + 1 + 2 + 5]
    assert fitted.n_resources_ == [1, 3, 9, 27, 81]
    assert (fitted.n_iterations_, fitted.min_resources_, fitted.max_resources_) == (5, 1, 81)


def test_results_tell_bracket_rung_and_budget_of_each_row(rows):
    table = search().fit(*rows).cv_results_
    assert list(table)[:3] == ["bracket", "iter", "n_resources"]
    assert table["bracket"].tolist() == [2] * 9 + [2] * 3 + [1] * 3 + [2, 1, 0, 0, 0]
    assert table["iter"].tolist() == [0] * 9 + [1] * 3 + [0] * 3 + [2, 1, 0, 0, 0]
    assert table["n_resources"].tolist() == table["param_epochs"].tolist() == [1] * 9 + [3] * 6 + [9] * 5


def test_the_best_of_each_rung_go_on_in_their_bracket(rows):
    table = search().fit(*rows).cv_results_
    scores, slopes = table["mean_test_score"], table["param_slope"]
    first_rung = np.argsort(scores[:9])[-3:]
    assert slopes[9:12].tolist() == slopes[first_rung].tolist()
    assert slopes[15] == slopes[9:12][np.argmax(scores[9:12])]
    assert slopes[16] == slopes[12:15][np.argmax(scores[12:15])]


class BetterWhenShort(FakeEstimator):
    """Scores less, the longer it trains."""

    def score(self, X, y):
        return super().score(X, y) - self.epochs


def test_only_candidates_with_the_whole_budget_win(rows):
    fitted = search(BetterWhenShort()).fit(*rows)
    full = fitted.cv_results_["n_resources"] == 9
    assert fitted.best_params_["epochs"] == 9
    assert fitted.best_score_ == fitted.cv_results_["mean_test_score"][full].max()
    assert fitted.best_score_ < fitted.cv_results_["mean_test_score"][~full].min()


def test_unless_a_function_is_asked_which_is_the_best(rows, tmp_path):
    fitted = search(BetterWhenShort(), refit=lambda results: results["mean_test_score"].argmax(), runs_dir=tmp_path)
    scores = fitted.fit(*rows).cv_results_["mean_test_score"]
    assert fitted.best_params_["epochs"] == fitted.best_estimator_.epochs == 1
    assert fitted.best_score_ == scores.max()
    assert load_run(fitted.run_.id, tmp_path).best_index_ == fitted.best_index_
    with pytest.raises(IndexError):
        search(refit=lambda results: len(scores)).fit(*rows)


def test_candidates_are_those_that_scikit_learn_draws(rows):
    table = search().fit(*rows).cv_results_
    drawn = [params["slope"] for params in ParameterSampler(SPACE, 9 + 3 + 3, random_state=0)]
    assert [*table["param_slope"][:9], *table["param_slope"][12:15], *table["param_slope"][17:]] == drawn


@pytest.mark.parametrize("random_state", [0, "RandomState"])
def test_equal_seeds_give_equal_candidates_for_any_number_of_jobs(rows, random_state):
    def state():
        return np.random.RandomState(3) if random_state == "RandomState" else random_state

    same_scores(search(random_state=state(), n_jobs=1).fit(*rows), search(random_state=state(), n_jobs=2).fit(*rows))


def test_no_combination_of_a_grid_comes_twice_where_there_are_enough(rows):
    fitted = search(space={"slope": np.linspace(1, 5, 15).tolist()}).fit(*rows)
    assert len(set(fitted.cv_results_["param_slope"])) == 15


def test_of_a_small_grid_each_bracket_draws_by_itself(rows):
    table = search(space={"slope": [1.0, 2.0, 3.0, 4.0, 5.0]}).fit(*rows).cv_results_
    first = table["iter"] == 0
    slopes = {number: table["param_slope"][first & (table["bracket"] == number)].tolist() for number in (2, 1, 0)}
    assert sorted(slopes[2]) == [1.0, 2.0, 3.0, 4.0, 5.0]
    assert [len(set(drawn)) for drawn in slopes.values()] == [5, 3, 3]


def test_samples_are_a_resource_as_well(rows):
    class Counting(FakeEstimator):
        def score(self, X, y):
            return float(len(y))

    fitted = search(Counting(), resource="auto", max_resources="auto", min_resources=6).fit(*rows)
    assert fitted.resource_ == "n_samples"
    assert fitted.n_resources_ == [6, 20, 60]  # 60 / 9 and 60 / 3
    # Of the 20 test rows of a fold.
    assert fitted.cv_results_["mean_test_score"].tolist() == [2] * 9 + [6] * 6 + [20] * 5


def test_the_least_of_samples_has_some_of_each_class_in_each_fold(rows):
    assert search(resource="n_samples", max_resources="auto").fit(*rows).min_resources_ == 3 * 2


def test_what_is_the_resource_may_not_be_searched(rows):
    with pytest.raises(ValueError, match="Cannot use parameter epochs as the resource"):
        search(space={"epochs": [1, 2], "slope": [1.0]}).fit(*rows)


@pytest.mark.parametrize(("name", "value"), [("factor", 1), ("min_resources", 0), ("min_resources", "exhaust")])
def test_what_is_no_such_setting_is_refused(rows, name, value):
    with pytest.raises(ValueError, match=f"The '{name}' parameter of HyperbandSearchCV must be"):
        search(**{name: value}).fit(*rows)


def test_a_least_above_the_most_is_refused(rows):
    with pytest.raises(ValueError, match="min_resources_=10 is greater than max_resources_=9"):
        search(min_resources=10).fit(*rows)


def test_it_can_be_cloned_and_has_no_parameters_of_other_halvings(rows):
    copied = clone(search(factor=2).fit(*rows))
    assert copied.factor == 2
    assert not {"aggressive_elimination", "n_candidates"} & copied.get_params().keys()


def test_verbose_tells_the_brackets_and_the_rounds(rows, capsys):
    search(max_resources=3, verbose=1).fit(*rows)
    assert capsys.readouterr().out.splitlines() == [
        "bracket 1: 3 @ 1, 1 @ 3",
        "bracket 0: 2 @ 3",
        "-" * 10,
        "n_resources: 1",
        "n_candidates: 3 of bracket 1",
        "Fitting 3 folds for each of 3 candidates, totalling 9 fits",
        "-" * 10,
        "n_resources: 3",
        "n_candidates: 1 of bracket 1, 2 of bracket 0",
        "Fitting 3 folds for each of 3 candidates, totalling 9 fits",
    ]


def test_it_goes_on_wherever_it_was_cut_off(rows, tmp_path):
    undisturbed = search().fit(*rows)
    whole = search(runs_dir=tmp_path).fit(*rows)
    journal = whole.run_.path / "journal"
    lines = journal.read_bytes().splitlines(keepends=True)
    assert len(lines) > N_TRIALS
    for n_lines in range(0, len(lines), 4):
        journal.write_bytes(b"".join(lines[:n_lines]))
        again = search(runs_dir=tmp_path, resume=whole.run_.id).fit(*rows)
        same_scores(again, undisturbed)
        assert again.best_index_ == undisturbed.best_index_
        assert len(again.run_.trials) == N_TRIALS


@pytest.mark.parametrize("estimator", [FakeEstimator(), BetterWhenShort()])
def test_the_run_on_disk_has_the_same_results_and_the_same_best(rows, tmp_path, estimator):
    fitted = search(estimator, runs_dir=tmp_path).fit(*rows)
    run = load_run(fitted.run_.id, tmp_path)
    same_scores(run, fitted)
    assert (run.best_index_, run.best_score_) == (fitted.best_index_, fitted.best_score_)


@pytest.mark.filterwarnings("ignore:.* the search is fitted on the:UserWarning")
def test_the_run_says_on_which_rung_the_best_was_chosen(rows, tmp_path):
    """The best of the first round has come on in the second one, which is not whole."""
    fitted = search(runs_dir=tmp_path, max_epochs_total=3 * (9 + 9 + 3)).fit(*rows)
    table = fitted.cv_results_
    assert table["n_resources"].tolist() == [1] * 9 + [3] * 4
    assert np.sum(table["param_slope"] == fitted.best_params_["slope"]) == 2
    run = load_run(fitted.run_.id, tmp_path)
    assert (run.best_index_, run.best_params_) == (fitted.best_index_, fitted.best_params_)
    assert run.best_params_["epochs"] == 1


@pytest.mark.parametrize(("n_trials", "n_full"), [(N_TRIALS - 1, 4), (N_TRIALS - 15, 0), (30, 0), (5, 0)])
def test_the_run_of_a_search_that_was_cut_off_has_a_best_among_the_furthest(rows, tmp_path, n_trials, n_full):
    fitted = search(BetterWhenShort(), runs_dir=tmp_path).fit(*rows)
    journal = fitted.run_.path / "journal"
    kept, left = [], n_trials
    for line in journal.read_bytes().splitlines(keepends=True):
        left -= b'"kind":"trial"' in line.replace(b" ", b"")
        if left < 0:
            break
        kept.append(line)
    journal.write_bytes(b"".join(kept))
    run = load_run(fitted.run_.id, tmp_path)
    table = run.cv_results_
    assert np.sum(table["n_resources"] == 9) == n_full
    # The last round that is whole, or what there is of the first; or the whole budget.
    furthest = 9 if n_full else {30: 1, 5: 1}.get(n_trials, 3)
    assert table["n_resources"][run.best_index_] == furthest


def test_tables_of_the_run_tell_the_brackets_apart_and_begin_with_the_whole_budget(rows, tmp_path):
    fitted = search(runs_dir=tmp_path).fit(*rows)
    trials = ls_trials(fitted.run_)
    assert trials[trials["fold"] == 0]["bracket"].tolist() == fitted.cv_results_["bracket"].tolist()
    table = candidates_table(fitted.run_)
    assert table["n_resources"].tolist() == [9] * 5 + [3] * 6 + [1] * 9
    assert table["mean_test_score"][0] == fitted.best_score_
    assert set(table["bracket"][:5]) == {0, 1, 2}
