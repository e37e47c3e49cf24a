import warnings

import numpy as np
import optuna
import pytest
from bayes_opt import BayesianOptimization
from scipy.stats import loguniform, randint, uniform
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.svm import SVC

from skhpt import BayesianSearchCV, OneStandardError
from skhpt.exceptions import DifferentSearchError, MissingExtraError, UnknownParameterError
from tests.fakes import FakeEstimator

SLOPES = {"slope": uniform(0, 6)}
MIXED = {"slope": uniform(0, 6), "epochs": randint(1, 4), "loss": [0.1, 0.5]}


class Failing(FakeEstimator):
    """Fails above a slope."""

    def __init__(self, slope=3.0, most=3.5, random_state=None, verbose=0):
        super().__init__(slope=slope, random_state=random_state, verbose=verbose)
        self.most = most

    def fit(self, X, y):
        if self.slope > self.most:
            raise RuntimeError("too steep")
        return super().fit(X, y)


class Interrupted(FakeEstimator):
    """Is interrupted, as by Ctrl-C, once there were so many fits."""

    n_left = 0

    def fit(self, X, y):
        type(self).n_left -= 1
        if type(self).n_left == 0:
            raise KeyboardInterrupt
        return super().fit(X, y)


def make(space=SLOPES, estimator=None, **settings):
    defaults = {"n_iter": 8, "n_initial": 4, "batch_size": 2, "cv": 3, "random_state": 0}
    if settings.get("sampler") == "gp":
        defaults["sampler_options"] = {"n_restarts_optimizer": 0}
    return BayesianSearchCV(estimator or FakeEstimator(), space, **defaults | settings)


def scores(search):
    return {name: of.tolist() for name, of in search.cv_results_.items() if "_test_" in name or "param_" in name}


@pytest.mark.parametrize("sampler", ["tpe", "gp"])
def test_it_finds_what_is_best_and_refits_it(rows, sampler):
    search = make(n_iter=20, sampler=sampler).fit(*rows)
    assert search.best_params_["slope"] == pytest.approx(3, abs=0.3)
    assert search.best_estimator_.slope == search.best_params_["slope"]
    assert search.best_score_ == search.cv_results_["mean_test_score"].max()
    assert search.cv_results_["mean_test_score"][4:].max() > search.cv_results_["mean_test_score"][:4].max()
    assert "iter" not in search.cv_results_


def test_candidates_are_those_of_optuna_by_hand_with_the_same_seed(rows):
    search = make(batch_size=1, n_iter=15, random_state=7).fit(*rows)
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=7, n_startup_trials=4), direction="maximize")
    for score in search.cv_results_["mean_test_score"]:
        trial = study.ask()
        trial.suggest_float("slope", 0, 6)
        study.tell(trial, score)
    assert search.cv_results_["param_slope"].tolist() == [trial.params["slope"] for trial in study.trials]


def test_candidates_are_those_of_bayesian_optimization_by_hand_with_the_same_seed(rows):
    search = make(batch_size=1, n_iter=9, random_state=7, sampler="gp", sampler_options={}).fit(*rows)
    optimizer = BayesianOptimization(None, {"slope": (0, 1)}, random_state=7, verbose=0)
    for place, score in enumerate(search.cv_results_["mean_test_score"]):
        units = optimizer.random_sample(1)[0] if place < 4 else optimizer.suggest()
        assert search.cv_results_["param_slope"][place] == pytest.approx(6 * units["slope"], rel=1e-12)
        optimizer.register(units, score)


def test_equal_seeds_lead_to_equal_candidates_for_any_n_jobs(rows):
    one = make(MIXED, batch_size="auto").fit(*rows)
    assert scores(one) == scores(make(MIXED, batch_size="auto", n_jobs=2).fit(*rows))
    assert scores(one) != scores(make(MIXED, batch_size="auto", random_state=1).fit(*rows))


def test_a_random_state_is_read_and_not_advanced(rows):
    random_state = np.random.RandomState(0)
    first = scores(make(random_state=random_state).fit(*rows))
    assert scores(make(random_state=random_state).fit(*rows)) == first


def test_without_a_seed_each_search_is_another(rows):
    assert scores(make(random_state=None).fit(*rows)) != scores(make(random_state=None).fit(*rows))


@pytest.mark.parametrize(
    ("n_iter", "cv", "repeats", "expected"),
    [(104, 5, 1, 4), (104, 3, 1, 6), (104, 2, 4, 2), (104, 20, 1, 1), (24, 2, 1, 4), (6, 5, 1, 1), (2, 5, 1, 1)],
)
def test_a_batch_is_of_16_trials_unless_too_few_batches_were_left_to_learn(rows, n_iter, cv, repeats, expected):
    search = make(batch_size="auto", n_iter=n_iter, cv=cv, repeats=repeats)
    search.n_splits_ = cv
    assert search._n_at_a_time == expected


@pytest.mark.filterwarnings("ignore:One or more of the test scores are non-finite:UserWarning")
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
def test_a_batch_of_failures_is_one_to_learn_from_and_not_the_end(rows):
    search = make(estimator=Failing(), n_iter=20, batch_size=1).fit(*rows)
    failed = search.cv_results_["param_slope"] > 3.5
    assert (np.isnan(search.cv_results_["mean_test_score"]) == failed).all()
    assert failed[4:].any()
    assert search.best_params_["slope"] == pytest.approx(3, abs=0.3)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
def test_the_error_score_of_failures_is_no_score_to_learn_from(rows):
    """It is above all others here, and would be what is looked for."""
    settings = {"estimator": Failing(), "n_iter": 20, "batch_size": 1, "refit": False}
    search = make(error_score=2.0, **settings).fit(*rows)
    with pytest.warns(UserWarning, match="non-finite"):
        missing = make(**settings).fit(*rows)
    assert search.cv_results_["params"] == missing.cv_results_["params"]


def test_if_all_of_the_first_fail_it_ends_as_any_search(rows):
    with pytest.raises(ValueError, match="All the 12 fits failed"):
        make(estimator=FakeEstimator(fail_if="always")).fit(*rows)


def test_a_batch_without_failures_does_not_warn_of_those_before(rows):
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        search = make(estimator=Failing(), n_iter=20, batch_size=1).fit(*rows)
    failed = np.isnan(search.cv_results_["mean_test_score"])
    n_batches = failed[:4].any() + failed[4:].sum()
    assert sum("are non-finite" in str(warning.message) for warning in told) == n_batches


def test_a_list_of_dicts_is_searched_part_by_part(rows):
    space = [{"slope": uniform(0, 2)}, {"slope": uniform(2, 2), "epochs": [1, 2, 3]}]
    search = make(space, n_iter=20).fit(*rows)
    for params in search.cv_results_["params"]:
        assert (params["slope"] >= 2) == ("epochs" in params)
    assert search.best_params_["slope"] > 2
    with pytest.raises(ValueError, match="sampler='gp' can't search a list of several dicts"):
        make(space, sampler="gp").fit(*rows)


def test_estimators_are_options_like_any_others():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 2))
    y = (X[:, 0] > 0).astype(int)
    space = [
        {"last": [SVC()], "last__C": loguniform(0.1, 10)},
        {"last": [LogisticRegression()], "last__C": loguniform(0.1, 10), "last__fit_intercept": [True, False]},
    ]
    search = make(space, Pipeline([("last", SVC())])).fit(X, y)
    assert {type(params["last"]) for params in search.cv_results_["params"]} == {SVC, LogisticRegression}


def test_a_finite_space_is_tried_to_its_end_with_scikit_learns_warning(rows):
    with pytest.warns(UserWarning, match="The total space of parameters 3 is smaller than n_iter=8. Running 3 iter"):
        search = make({"slope": [1.0, 2.0, 3.0]}).fit(*rows)
    assert sorted(search.cv_results_["param_slope"]) == [1.0, 2.0, 3.0]
    assert search.best_params_ == {"slope": 3.0}


def test_of_several_metrics_refit_names_the_one_to_learn_from(rows):
    scoring = {"flat": lambda estimator, X, y: -estimator.slope, "fit": "r2"}
    flat = make(n_iter=20, scoring=scoring, refit="flat").fit(*rows)
    fit = make(n_iter=20, scoring=scoring, refit="fit").fit(*rows)
    assert flat.best_params_["slope"] < 0.5
    assert fit.best_params_["slope"] == pytest.approx(3, abs=0.3)
    assert flat.cv_results_["params"][:4] == fit.cv_results_["params"][:4]
    assert flat.cv_results_["params"][4:] != fit.cv_results_["params"][4:]


def test_a_rule_may_name_the_metric_to_learn_from(rows):
    scoring = {"flat": lambda estimator, X, y: -estimator.slope, "fit": "r2"}
    by_name = make(n_iter=12, scoring=scoring, refit="fit").fit(*rows)
    by_rule = make(n_iter=12, scoring=scoring, refit=OneStandardError("param_slope", metric="fit")).fit(*rows)
    assert by_rule.cv_results_["params"] == by_name.cv_results_["params"]


@pytest.mark.parametrize("refit", [False, True, lambda results: 0, OneStandardError("param_slope")])
@pytest.mark.parametrize("scoring", [["r2", "neg_max_error"], lambda estimator, X, y: {"a": 1.0, "b": 2.0}])
def test_several_metrics_without_one_to_learn_from_are_refused(rows, scoring, refit):
    with pytest.raises(ValueError, match=r"refit|'metric' parameter of OneStandardError"):
        make(scoring=scoring, refit=refit).fit(*rows)


def test_a_function_as_refit_chooses_among_candidates_for_the_one_metric_there_is(rows):
    search = make(n_iter=20, refit=lambda results: 1).fit(*rows)
    assert search.best_index_ == 1
    assert max(search.cv_results_["mean_test_score"]) > 0.99


@pytest.mark.parametrize("sampler", ["tpe", "gp"])
def test_a_run_that_was_cut_anywhere_goes_on_as_if_it_had_not_been(rows, tmp_path, sampler):
    undisturbed = make(MIXED, sampler=sampler).fit(*rows)
    run = make(MIXED, sampler=sampler, runs_dir=tmp_path / "runs").fit(*rows).run_
    journal = run.path / "journal"
    lines = journal.read_bytes().splitlines(keepends=True)
    for n_lines in range(0, len(lines), 7):
        journal.write_bytes(b"".join(lines[:n_lines]))
        again = make(MIXED, sampler=sampler, runs_dir=tmp_path / "runs", resume=run.id, n_jobs=1).fit(*rows)
        assert scores(again) == scores(undisturbed)
        assert len(again.run_.trials) == 8 * 3


@pytest.mark.parametrize("random_state", [None, 0, "RandomState"])
def test_a_search_that_is_interrupted_goes_on_with_its_own_seed(rows, tmp_path, random_state):
    def random():
        return np.random.RandomState(0) if random_state == "RandomState" else random_state

    settings = {"estimator": Interrupted(), "runs_dir": tmp_path / "runs", "resume": True}
    Interrupted.n_left = 17  # in the middle of the second batch
    search = make(**settings, random_state=random())
    with pytest.raises(KeyboardInterrupt):
        search.fit(*rows)
    assert search.cv_results_["param_slope"].shape == (5,)
    before = search.cv_results_["param_slope"].tolist()
    again = make(**settings, random_state=random()).fit(*rows)
    assert again.run_.id == search.run_.id
    assert again.cv_results_["param_slope"].tolist()[:5] == before
    assert again.run_.best_params_ == again.best_params_


def test_a_run_goes_on_with_the_metric_that_it_has_learnt_from(rows, tmp_path):
    settings = {"scoring": ["r2", "neg_max_error"], "runs_dir": tmp_path / "runs"}
    run = make(**settings, refit="r2").fit(*rows).run_
    with pytest.raises(DifferentSearchError, match="refit is r2 there and neg_max_error here"):
        make(**settings, refit="neg_max_error", resume=run.id).fit(*rows)
    single = make(runs_dir=tmp_path / "runs", refit=False).fit(*rows).run_
    assert make(runs_dir=tmp_path / "runs", refit=True, resume=single.id).fit(*rows).best_estimator_


@pytest.mark.parametrize(
    ("changes", "error", "said"),
    [
        ({"sampler": "bayes"}, ValueError, "The 'sampler' parameter of BayesianSearchCV must be"),
        ({"n_iter": 0}, ValueError, "The 'n_iter' parameter"),
        ({"n_initial": 0}, ValueError, "The 'n_initial' parameter"),
        ({"batch_size": "all"}, ValueError, "The 'batch_size' parameter"),
        ({"sampler_options": 3}, ValueError, "The 'sampler_options' parameter"),
        ({"sampler_options": {"multivariat": 1}}, ValueError, "no option 'multivariat'. Did you mean 'multivariate'"),
        ({"space": {"slope": 3}}, TypeError, "'slope' must be a list or tuple of options"),
        ({"space": [{"slope": [1]}, {"slop": [1]}]}, UnknownParameterError, "Did you mean 'slope'"),
    ],
)
def test_what_is_wrong_is_told_before_anything_is_fitted_or_written(rows, tmp_path, changes, error, said):
    with pytest.raises(error, match=said):
        make(**changes, estimator=FakeEstimator(fail_if="always"), runs_dir=tmp_path / "runs").fit(*rows)
    assert not (tmp_path / "runs").exists()


def test_without_the_extra_the_error_names_it(rows, monkeypatch):
    monkeypatch.delitem(__import__("sys").modules, "skhpt.strategies._tpe", raising=False)
    monkeypatch.setitem(__import__("sys").modules, "optuna", None)
    with pytest.raises(MissingExtraError, match=r"sampler='tpe' needs .* pip install 'skhpt\[bayes\]'"):
        make().fit(*rows)


def test_it_can_be_cloned_with_all_that_it_was_given():
    search = make(MIXED, sampler="gp", batch_size=3, n_initial=2)
    copied = clone(search).get_params()
    for name, value in search.get_params(deep=False).items():
        assert repr(copied[name]) == repr(value) or name in ("param_space", "estimator")


def test_each_batch_is_told_where_verbose_asks_for_it(rows, capsys):
    make(verbose=1).fit(*rows)
    assert capsys.readouterr().out.splitlines() == [
        "Fitting 3 folds for each of 4 candidates, totalling 12 fits",
        *["Fitting 3 folds for each of 2 candidates, totalling 6 fits"] * 2,
    ]
