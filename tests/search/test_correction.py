"""The corrected best score of searches."""

import numpy as np
import pytest
from sklearn import config_context
from sklearn.datasets import load_iris
from sklearn.dummy import DummyClassifier
from sklearn.exceptions import FitFailedWarning
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score, make_scorer
from sklearn.model_selection import KFold, PredefinedSplit, ShuffleSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from skhpt import GridSearchCV, HalvingGridSearchCV, OneStandardError, RandomizedSearchCV, load_run
from tests.fakes import FIRST_ROW_MARK, FakeEstimator
from tests.search.fakes import Tied

GRID = {"slope": [0.0, 2.9, 3.0, 3.1]}


def search(estimator=None, grid=GRID, **options):
    options = {"cv": 3, "random_state": 0, "store_predictions": True} | options
    return GridSearchCV(FakeEstimator() if estimator is None else estimator, grid, **options)


@pytest.fixture
def noise():
    """Rows of two classes that nothing gives away."""
    rng = np.random.default_rng(1)
    return rng.normal(size=(120, 3)), rng.integers(2, size=120)


TREES = {"max_depth": [1, 3, 5], "random_state": [0, 1, 2]}


def test_luck_is_taken_off_the_best_score(noise):
    fitted = search(DecisionTreeClassifier(), TREES).fit(*noise)
    assert fitted.best_score_ > 0.55
    assert fitted.corrected_score_ < fitted.best_score_ - 0.02
    low, high = fitted.corrected_interval_
    assert low < 0.5 < high
    assert low < fitted.corrected_score_ < high


def test_a_best_candidate_that_is_no_luck_keeps_its_score(rows):
    fitted = search(grid={"slope": [3.0, 0.0]}).fit(*rows)
    assert fitted.corrected_score_ == pytest.approx(fitted.best_score_, abs=0.002)


def test_there_is_none_unless_asked_for(rows):
    fitted = search(store_predictions=False).fit(*rows)
    assert not hasattr(fitted, "corrected_score_")
    again = search().fit(*rows)
    assert hasattr(again.set_params(store_predictions=False).fit(*rows), "best_score_")
    assert not hasattr(again, "corrected_score_")


def test_a_seed_decides_the_bootstraps_and_workers_make_no_difference(noise):
    first, again, other, by_workers = (
        search(DecisionTreeClassifier(), TREES, random_state=state, **options).fit(*noise).corrected_score_
        for state, options in ((0, {}), (0, {}), (1, {}), (0, {"n_jobs": 2}))
    )
    assert first == again == by_workers != other


def test_labels_may_be_text_or_objects(noise):
    X, y = noise
    scores = [
        search(DecisionTreeClassifier(), TREES).fit(X, labels).corrected_score_
        for labels in (y, np.array(["a", "b"])[y], np.array(["a", "b"], dtype=object)[y], y.tolist())
    ]
    assert len(set(scores)) == 1


def test_the_metric_is_that_which_decides(noise):
    alone = search(DecisionTreeClassifier(), TREES, scoring="roc_auc").fit(*noise)
    among = search(DecisionTreeClassifier(), TREES, scoring=["accuracy", "roc_auc"], refit="roc_auc").fit(*noise)
    assert alone.corrected_score_ == among.corrected_score_
    assert alone.corrected_score_ == pytest.approx(0.5, abs=0.1)


METRICS = ["f1_macro", "neg_log_loss", "roc_auc_ovr", "balanced_accuracy"]


@pytest.mark.parametrize("scoring", [*METRICS, make_scorer(f1_score, average="weighted")])
def test_any_metric_of_predictions_can_be_corrected(scoring, monkeypatch):
    monkeypatch.setattr("skhpt.search._correction._BOOTSTRAPS_ONE_BY_ONE", 30)
    X, y = load_iris(return_X_y=True)
    model = make_pipeline(StandardScaler(), LogisticRegression())
    fitted = search(model, {"logisticregression__C": [0.5, 1.0]}, scoring=scoring).fit(X, y)
    assert fitted.corrected_score_ == pytest.approx(fitted.best_score_, abs=0.03)


@pytest.mark.filterwarnings("ignore:The scoring .* does not support sample_weight:UserWarning")
@pytest.mark.parametrize("routing", [True, False])
@pytest.mark.parametrize("metric", ["weighted", "plain"])
def test_of_several_metrics_each_has_the_weights_that_it_asks_for(noise, routing, metric):
    def right(y_true, y_pred):  # takes no weights
        return np.mean(y_true == y_pred)

    weights = np.random.default_rng(0).uniform(size=120)
    tree, scoring = DecisionTreeClassifier(), {"weighted": make_scorer(accuracy_score), "plain": make_scorer(right)}
    with config_context(enable_metadata_routing=routing):
        if routing:
            tree.set_fit_request(sample_weight=True)
            scoring["weighted"].set_score_request(sample_weight=True)
        among = search(tree, {"max_depth": [2]}, scoring=scoring, refit=metric).fit(*noise, sample_weight=weights)
        alone = search(tree, {"max_depth": [2]}, scoring=scoring[metric]).fit(*noise, sample_weight=weights)
    assert np.isfinite(alone.corrected_score_)
    assert among.corrected_score_ == alone.corrected_score_


def test_losses_count_the_other_way_round(rows):
    fitted = search(scoring="neg_mean_squared_error").fit(*rows)
    assert -0.02 < fitted.corrected_score_ < 0
    assert fitted.best_params_["slope"] == 3.0


def test_repeats_of_one_prediction_change_nothing(rows):
    assert search(repeats=2).fit(*rows).corrected_score_ == search().fit(*rows).corrected_score_


def test_the_choice_by_cost_is_what_is_corrected(rows):
    rule = OneStandardError(lambda row: row["param_slope"])
    fitted = search(grid={"slope": [3.0, 2.99]}, refit=rule).fit(*rows)
    alone = search(grid={"slope": [2.99]}).fit(*rows)
    assert fitted.best_params_ == {"slope": 2.99}
    assert fitted.corrected_score_ == pytest.approx(alone.corrected_score_)


def test_rows_that_are_never_held_out_are_left_out(rows):
    X, y = rows
    cv = PredefinedSplit([-1] * 30 + [0] * 15 + [1] * 15)
    assert np.isfinite(search(cv=cv).fit(X, y).corrected_score_)


def test_a_candidate_with_a_failed_trial_is_left_out(rows):
    X, y = rows
    X[0, 0] = 2 * FIRST_ROW_MARK
    with pytest.warns(FitFailedWarning):
        fitted = search(grid={"fail_if": ["first_row_held_out", None], "slope": [3.0]}, error_score=2.0).fit(X, y)
    alone = search(grid={"slope": [3.0]}).fit(X, y)
    assert fitted.best_params_["fail_if"] == "first_row_held_out"  # an error score above all others
    assert fitted.corrected_score_ == alone.corrected_score_


def test_the_last_rung_of_a_halving_is_corrected(noise):
    halving = HalvingGridSearchCV(
        DecisionTreeClassifier(), TREES | {"max_depth": [2]}, resource="max_leaf_nodes", min_resources=2,
        max_resources=18, store_predictions=True, cv=3, random_state=0,
    ).fit(*noise)  # fmt: skip
    last = halving.cv_results_["iter"] == halving.n_iterations_ - 1
    settings = [{k: [v] for k, v in params.items()} for params in np.array(halving.cv_results_["params"])[last]]
    alone = search(DecisionTreeClassifier(), settings).fit(*noise)
    assert halving.corrected_score_ == alone.corrected_score_


class Own(DummyClassifier):
    """Has a score of its own."""

    def score(self, X, y):
        return 0.7


REFUSED = {
    "a callable scoring": ({"scoring": lambda estimator, X, y: 1.0}, "sklearn.metrics.make_scorer makes of a function"),
    "a function that refits": ({"refit": lambda results: 0}, "'refit' can't be a function"),
    "no deciding metric": ({"scoring": ["r2", "neg_max_error"], "refit": False}, "'refit' must name it"),
    "rows held out twice": ({"cv": ShuffleSplit(5)}, "a 'cv' in which each row is held out once at most"),
    "a score of its own": ({"estimator": Own(), "grid": {"strategy": ["prior"]}}, "the `score` of Own"),
    "something else": ({"store_predictions": 3}, "The 'store_predictions' parameter of GridSearchCV must be"),
}


@pytest.mark.parametrize(("options", "message"), REFUSED.values(), ids=REFUSED)
def test_what_can_not_be_corrected_is_refused(options, message, rows):
    with pytest.raises(ValueError, match=message):
        search(**options).fit(*rows)


def test_no_target_is_refused(rows):
    with pytest.raises(ValueError, match="needs targets"):
        search(scoring="r2").fit(rows[0])


def test_halving_on_samples_is_refused(rows):
    halving = HalvingGridSearchCV(FakeEstimator(), GRID, store_predictions=True, resource="n_samples")
    with pytest.raises(ValueError, match="Got resource='n_samples'"):
        halving.fit(*rows)


def test_a_score_that_predictions_do_not_lead_to_is_no_base(rows):
    class Odd(FakeEstimator):
        score_offset = 0.5

        def predict(self, X):
            type(self).score_offset += 1  # another prediction each time
            return super().predict(X) + self.score_offset

    with pytest.warns(UserWarning, match="There is no corrected_score_: the predictions don't lead to the scores"):
        fitted = search(Odd(), {"slope": [3.0]}).fit(*rows)
    assert np.isnan(fitted.corrected_score_)
    assert np.isnan(fitted.corrected_interval_).all()


@pytest.mark.parametrize("damage", [None, "lost", "torn", "another"])
def test_a_search_that_goes_on_has_the_predictions_of_before(rows, tmp_path, damage):
    options = {"runs_dir": tmp_path / "runs", "resume": True, "cv": KFold(3)}
    first = search(**options).fit(*rows)
    files = sorted((first.run_.path / "predictions").iterdir())
    assert len(files) == 12
    if damage == "lost":
        files[0].unlink()
    elif damage == "torn":
        files[0].write_bytes(files[0].read_bytes()[:-20])
    elif damage == "another":
        np.savez(files[0], predictions=np.array([{}], dtype=object))
    again = search(**options).fit(*rows)
    assert (again.corrected_score_, again.corrected_interval_) == (first.corrected_score_, first.corrected_interval_)
    assert again.run_.path == first.run_.path
    assert ("is run again: its predictions are gone" in (first.run_.path / "log").read_text()) if damage else True
    assert sorted((first.run_.path / "predictions").iterdir()) == files


def test_the_run_says_the_same(rows, tmp_path):
    fitted = search(runs_dir=tmp_path).fit(*rows)
    run = load_run(fitted.run_.id, tmp_path)
    assert (run.corrected_score_, run.corrected_interval_) == (fitted.corrected_score_, fitted.corrected_interval_)
    journal = run.path / "journal"
    journal.write_bytes(b"".join(line for line in journal.read_bytes().splitlines(True) if b'"correction"' not in line))
    assert not hasattr(load_run(run.path), "corrected_score_"), "the search was killed before it knew"
    plain = search(runs_dir=tmp_path, store_predictions=False).fit(*rows).run_
    with pytest.raises(AttributeError, match=r"no corrected score: it takes a search with store_predictions=True"):
        _ = plain.corrected_interval_


def test_randomized_search_corrects_too(rows):
    fitted = RandomizedSearchCV(FakeEstimator(), GRID, n_iter=3, store_predictions=True, random_state=0).fit(*rows)
    assert np.isfinite(fitted.corrected_score_)


def test_an_estimator_that_scores_by_itself_needs_a_scoring(rows):
    X, y = rows
    fitted = search(Tied(), {"seed": [0, 1]}, scoring="accuracy").fit(X, y > 0)
    assert np.isfinite(fitted.corrected_score_)
    with pytest.raises(ValueError, match="Give the name of a metric"):
        search(Tied(), {"seed": [0, 1]}).fit(X, y > 0)
