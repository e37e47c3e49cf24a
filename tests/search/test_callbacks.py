"""scikit-learn's callbacks are told of a search what scikit-learn's own search tells them."""

import pickle
import re

import numpy as np
import pytest
from scipy.stats import loguniform
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skhpt import BayesianSearchCV, GridSearchCV
from skhpt.search._task_tree import TaskTree
from tests.fakes import FakeEstimator
from tests.search.parity import MODULES, X, fit, y

callback = pytest.importorskip("sklearn.callback", reason="scikit-learn has callbacks since version 1.9")

NAMES = {
    "GridSearchCV": {},
    "RandomizedSearchCV": {"n_iter": 2, "random_state": 0},
    "HalvingGridSearchCV": {"factor": 2, "random_state": 0},
    "HalvingRandomSearchCV": {"n_candidates": 3, "factor": 2, "random_state": 0},
}
LOGISTIC = (LogisticRegression(), {"C": [0.1, 0.5, 1.0]})
CASES = {
    "logistic": (*LOGISTIC, {}),
    "no refit": (*LOGISTIC, {"refit": False}),
    "a function as refit": (*LOGISTIC, {"refit": lambda results: 0}),
    "weights": (*LOGISTIC, {"fit_params": {"sample_weight": np.linspace(1, 2, len(y))}}),
    "failing": (LogisticRegression(), {"C": [0.1, -1.0, 1.0]}, {}),
    "pipeline": (make_pipeline(StandardScaler(), LogisticRegression()), {"logisticregression__C": [0.1, 1.0, 2.0]}, {}),
}


class Recorder:
    """Writes down what it is told, and where in the tree. It stays with the estimator that it was set on."""

    def __init__(self):
        self.events = []

    def setup(self, estimator, context):
        self.root = context
        self.events.append(("setup", type(estimator).__name__))

    def teardown(self, estimator, context):
        self.events.append(("teardown", type(estimator).__name__))

    def on_fit_task_begin(self, estimator, context, *, X=None, y=None, metadata=None):
        self.events.append(("begin", type(estimator).__name__, path(context), describe(X, y, metadata)))

    def on_fit_task_end(self, estimator, context, *, X=None, y=None, metadata=None):
        self.events.append(("end", type(estimator).__name__, path(context), describe(X, y, metadata)))


class PropagatedRecorder(Recorder):
    """Is set on every estimator inside as well."""

    max_propagation_depth = None


class Failing(Recorder):
    def on_fit_task_begin(self, estimator, context):
        if context.task_name == "candidate-split-evaluation":
            raise OSError("the callback is broken")


def path(context):
    return [] if context is None else [*path(context.parent), node(context)]


def node(context):
    names = ("estimator_name", "task_name", "task_id", "max_subtasks", "sequential_subtasks", "source_task_name")
    return tuple(getattr(context, name) for name in names)


def describe(X, y, metadata):
    weights = (metadata or {}).get("sample_weight")
    return [None if data is None else float(np.sum(data)) for data in (X, y, weights)]


def observed(module, name, case, callback):
    """What a callback is told of a search, and the tree that is left."""
    estimator, grid, options = case
    options = NAMES[name] | options
    fit_params = options.pop("fit_params", {})
    search = getattr(module, name)(estimator, grid, **{"cv": 2} | options).set_callbacks(callback)
    search.fit(X, y, **fit_params)
    return callback.events, [path(context) for context in callback.root]


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
@pytest.mark.filterwarnings("ignore:One or more of the:UserWarning")
@pytest.mark.parametrize("recorder", [Recorder, PropagatedRecorder])
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("name", NAMES)
def test_they_see_the_tasks_that_scikit_learn_shows(name, case, recorder):
    ours, theirs = (observed(module, name, CASES[case], recorder()) for module in MODULES)
    assert ours == theirs


@pytest.mark.parametrize("n_jobs", [1, pytest.param(2, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", NAMES)
def test_scores_that_the_estimator_logs_carry_their_place_in_the_search(name, n_jobs):
    logs = []
    for module in MODULES:
        monitor = callback.ScoringMonitor(scoring="accuracy")
        estimator, grid = LogisticRegression().set_callbacks(monitor), {"C": [0.1, 1.0]}
        fit(module, name, estimator, grid, n_jobs=n_jobs, **NAMES[name] | {"cv": 2})
        logs.append(monitor.get_logs(include_lineage=True))
    assert logs[0].estimator_name == logs[1].estimator_name == name
    assert logs[0].data == logs[1].data
    assert any("accuracy" in row for row in logs[0].data)


@pytest.mark.parametrize("n_jobs", [1, pytest.param(2, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", NAMES)
def test_the_progress_bars_are_those_of_scikit_learn(name, n_jobs, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    shown = []
    for module in MODULES:
        search = getattr(module, name)(*LOGISTIC, cv=2, n_jobs=n_jobs, **NAMES[name]).set_callbacks(
            callback.ProgressBar()
        )
        search.fit(X, y)
        lines = capsys.readouterr().out.splitlines()
        shown.append([re.sub(r"\d+:\d+:\d+", "", line) for line in lines if "100%" in line])
    assert sorted(shown[0]) == sorted(shown[1])
    assert f"{name} - search #0" in "".join(shown[0])


def test_an_estimator_without_callbacks_is_warned_of(rows):
    search = GridSearchCV(Ridge(), {"alpha": [1.0]}, cv=2).set_callbacks(PropagatedRecorder())
    with pytest.warns(UserWarning, match="The estimator Ridge does not support callbacks"):
        search.fit(*rows)


def test_a_callback_that_raises_fails_the_fit_that_it_is_told_of(rows):
    search = GridSearchCV(FakeEstimator(), {"slope": [1.0]}, cv=2).set_callbacks(Failing())
    with pytest.raises(ValueError, match=r"(?s)All the 2 fits failed.*the callback is broken"):
        search.fit(*rows)


def test_callbacks_are_torn_down_after_a_search_that_raises(rows):
    recorder = Recorder()
    search = GridSearchCV(FakeEstimator(fail_if="always"), {"slope": [1.0]}, cv=2).set_callbacks(recorder)
    with pytest.raises(ValueError, match="fits failed"):
        search.fit(*rows)
    assert recorder.events[-1] == ("teardown", "GridSearchCV")
    assert not {"_callback_fit_ctx", "_skl_callbacks_to_teardown"} & set(vars(search))


def test_a_search_within_a_search_is_part_of_its_tree():
    trees = []
    for module in MODULES:
        inner = module.GridSearchCV(*LOGISTIC, cv=2)
        _, tree = observed(module, "GridSearchCV", (inner, {"cv": [2, 3]}, {}), PropagatedRecorder())
        trees.append(tree)
    assert trees[0] == trees[1]


def test_a_trial_is_sent_with_its_own_path_and_not_with_the_whole_tree(rows):
    search = GridSearchCV(FakeEstimator(), {"slope": [1.0]})
    sizes = []
    for n_trials in (10, 1000):
        tree = TaskTree(search, *rows, {})
        tree.begin_search(n_trials, round_name=None)
        sizes.append(len(pickle.dumps(tree.begin_round(n_trials))))
    assert sizes[1] < sizes[0] + 100


def test_a_trial_is_sent_without_the_results_of_an_earlier_fit(rows):
    search = GridSearchCV(FakeEstimator(), {"slope": [1.0]})
    sizes = []
    for results in ({}, {"mean_test_score": np.zeros(100_000)}):
        search.cv_results_ = results
        tree = TaskTree(search, *rows, {})
        tree.begin_search(1, round_name=None)
        sizes.append(len(pickle.dumps(tree.begin_round(1))))
    assert abs(sizes[0] - sizes[1]) < 100  # the name of a task is drawn at random, of about the same length
    assert len(search.cv_results_["mean_test_score"]) == 100_000


def test_callbacks_see_each_batch_of_a_bayesian_search():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 2))
    y = (X[:, 0] > 0).astype(int)
    recorder = Recorder()
    settings = {"n_iter": 8, "n_initial": 4, "batch_size": 2, "cv": 3, "random_state": 0}
    search = BayesianSearchCV(LogisticRegression(), {"C": loguniform(0.1, 10)}, **settings)
    search.set_callbacks(recorder).fit(X, y)
    tasks = [event[2][-1][1:3] for event in recorder.events if event[0] == "begin"]
    assert [task for task in tasks if task[0] == "bayesian-batch"] == [("bayesian-batch", batch) for batch in range(3)]
    assert sum(name == "candidate-split-evaluation" for name, _ in tasks) == 8 * 3
