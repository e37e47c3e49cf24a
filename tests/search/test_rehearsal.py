"""What every trial would raise is raised once, before the first; what one candidate raises costs its own trials."""

import warnings

import keras
import numpy as np
import pytest
from joblib import parallel_config
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.exceptions import FitFailedWarning
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skhpt import (
    BayesianSearchCV,
    GridSearchCV,
    HalvingGridSearchCV,
    HyperbandSearchCV,
    KerasClassifier,
    KerasTransformer,
    RandomizedSearchCV,
)
from skhpt.exceptions import ModelError, UnknownParameterError
from skhpt.execution import ActiveCluster, FusedExecutor, JoblibExecutor
from skhpt.fused import FusedEngine
from skhpt.search import _rehearsal
from skhpt.trials import Deadline, SearchListener
from tests import builders
from tests.versions import needs_callbacks

rng = np.random.default_rng(0)
X = rng.normal(size=(30, 3))
Y = np.arange(30) % 3
ENGINES = ["auto", "per-trial"]


class Counting(SearchListener):
    """Counts what it is told of."""

    def __init__(self):
        self.n_told = 0

    def round_begins(self, beginning):
        self.n_told += 1

    def trial_ended(self, *args, **kwargs):
        self.n_told += 1


BUILT = []


def counted(meta, units=4):
    BUILT.append(units)
    return builders.classifier(meta, units)


def nothing(meta, units=4):
    builders.classifier(meta, units)


def narrow(meta, units=4):
    return builders.classifier({**meta, "n_classes_": 2}, units)


def misspelt(meta, units=4):
    return builders.classifier(meta, unitss)  # noqa: F821 - a mistake


def compiled(meta, units=4):
    model = builders.classifier(meta, units)
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return model


def softmax(meta, units=4):
    return keras.Sequential([builders.classifier(meta, units), keras.layers.Softmax()])


def fragile(meta, units=4):
    if units < 0:
        raise ValueError(f"{units} units are too few")
    return builders.classifier(meta, units)


def searched(estimator, grid=None, X=X, y=Y, *, said=None, **options):
    grid = {"units": [2, 4]} if grid is None else grid
    return GridSearchCV(estimator, grid, **{"cv": 2, "runs_dir": None} | options).fit(X, y, **(said or {}))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("estimator", "options", "error", "sentence"),
    [
        (KerasClassifier(nothing), {}, ModelError, "The model builder 'nothing' must return"),
        (KerasClassifier(narrow), {}, ModelError, "The model's output must have 3 units"),
        (KerasClassifier(misspelt), {}, NameError, "name 'unitss' is not defined"),
        (
            KerasClassifier(compiled, optimizer="sgd"),
            {},
            ModelError,
            "The 'optimizer' parameter",
        ),
        (
            KerasClassifier(softmax, loss="binary_crossentropy"),
            {"y": np.eye(3)[Y]},
            ModelError,
            "Each row of y has exactly one 1",
        ),
        (
            KerasClassifier(builders.classifier),
            {"said": {"epcohs": 3}},
            UnknownParameterError,
            "Invalid parameter",
        ),
        (KerasClassifier(builders.classifier), {"X": np.full_like(X, np.nan)}, ValueError, "Input X contains NaN"),
        (
            KerasClassifier(builders.classifier, class_weight={9: 1.0}),
            {},
            ValueError,
            "The classes, [0, 1, 2], are not in class_weight",
        ),
        (
            make_pipeline(StandardScaler(), KerasClassifier(narrow)),
            {"grid": {"kerasclassifier__units": [2, 4]}},
            ModelError,
            "The model's output must have 3 units",
        ),
    ],
    ids=["nothing", "narrow", "misspelt", "compiled", "one-hot", "fit", "NaN", "class_weight", "pipeline"],
)
def test_what_every_trial_would_raise_is_raised_before_the_first(engine, estimator, options, error, sentence):
    listener = Counting()
    with pytest.raises(error) as caught:
        searched(estimator, engine=engine, loggers=[listener], **options)
    assert str(caught.value).startswith(sentence)
    assert "fits failed" not in str(caught.value)
    assert listener.n_told == 0


@pytest.mark.parametrize(
    "make",
    [
        lambda estimator: RandomizedSearchCV(estimator, {"units": [2, 4, 8]}, n_iter=2, cv=2),
        lambda estimator: HalvingGridSearchCV(estimator, {"units": [2, 4, 8]}, cv=2),
        lambda estimator: HyperbandSearchCV(estimator, {"units": [2, 4, 8]}, cv=2),
        lambda estimator: BayesianSearchCV(estimator, {"units": [2, 4, 8]}, n_iter=2, cv=2),
    ],
    ids=["random", "halving", "hyperband", "bayesian"],
)
def test_every_searcher_checks_its_first_round(make):
    with pytest.raises(ModelError, match="The model builder 'nothing' must return"):
        make(KerasClassifier(nothing)).set_params(runs_dir=None, random_state=0).fit(X, Y)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("units", [[-1, 4], [4, -1], [-3, -2, 4, -1]])
def test_a_candidate_that_fails_by_itself_costs_its_own_trials(engine, units):
    with pytest.warns(FitFailedWarning, match="units are too few"), pytest.warns(UserWarning, match="non-finite"):
        search = searched(KerasClassifier(fragile), {"units": units}, engine=engine)
    assert search.best_params_ == {"units": 4}
    assert np.isnan(search.cv_results_["mean_test_score"]).tolist() == [value < 0 for value in units]


@pytest.mark.parametrize("engine", ENGINES)
def test_of_candidates_that_all_fail_the_error_of_the_first_is_raised(engine):
    with pytest.raises(ValueError, match=r"^-1 units are too few$"):
        searched(KerasClassifier(fragile), {"units": [-1, -2, -3]}, engine=engine)


class Wide:
    """Looks like any other."""

    def __init__(self, units):
        self.units = units

    def __repr__(self):
        return "a width"


def as_wide(meta, width=None):
    return builders.classifier(meta, width.units)


@pytest.mark.parametrize("engine", ENGINES)
def test_candidates_that_look_alike_are_tried_all_the_same(engine):
    grid = {"width": [Wide(-1), Wide(4)]}
    with pytest.warns(FitFailedWarning, match="2 fits failed"), pytest.warns(UserWarning, match="non-finite"):
        search = GridSearchCV(KerasClassifier(as_wide, epochs=1), grid, cv=2, engine=engine).fit(X, Y)
    assert search.best_index_ == 1


def test_an_error_of_the_first_candidate_is_raised_if_errors_are_to_be():
    with pytest.raises(ValueError, match=r"^-1 units are too few$"):
        searched(KerasClassifier(fragile), {"units": [-1, 4]}, error_score="raise")


def test_an_error_that_another_parameter_prevents_is_no_error_of_all():
    def build(meta, wide=False, deep=False):
        if not (wide and deep):
            raise ValueError("wide and deep go together")
        return builders.classifier(meta)

    with pytest.warns(FitFailedWarning), pytest.warns(UserWarning, match="non-finite"):
        search = searched(KerasClassifier(build), {"wide": [False, True], "deep": [False, True]})
    assert search.best_params_ == {"wide": True, "deep": True}


@pytest.mark.parametrize("engine", ENGINES)
def test_an_error_of_one_fold_costs_its_own_trials(engine):
    def build(meta):
        if meta["X_shape_"][0] == 19:
            raise ValueError("not of 19 rows")
        return builders.classifier(meta)

    splits = [(np.arange(19), np.arange(19, 30)), (np.arange(20), np.arange(20, 30))]
    with pytest.warns(FitFailedWarning, match="not of 19 rows"), pytest.warns(UserWarning, match="non-finite"):
        search = searched(KerasClassifier(build), {"batch_size": [8]}, engine=engine, cv=splits, refit=False)
    assert np.isfinite(search.cv_results_["split1_test_score"]).all()


def test_an_error_that_one_candidate_meets_on_each_fold_but_one_is_no_error_of_all():
    def build(meta, units=2):
        if (units, meta["X_shape_"][0]) != (4, 20):
            raise ValueError(f"{units} and {meta['X_shape_'][0]} don't go together")
        return builders.classifier(meta)

    splits = [(np.arange(19), np.arange(19, 30)), (np.arange(20), np.arange(20, 30))]
    with pytest.warns(FitFailedWarning), pytest.warns(UserWarning, match="non-finite"):
        search = searched(KerasClassifier(build), {"units": [2, 4, 6]}, cv=splits, refit=False)
    assert np.isfinite(search.cv_results_["split1_test_score"]).tolist() == [False, True, False]


def test_one_fold_on_which_one_candidate_works_is_enough():
    def build(meta, X, units=2):
        return builders.classifier(meta, -1 if units == 2 or len(X) < 20 else units)

    splits = [(np.arange(19), np.arange(19, 30)), (np.arange(20), np.arange(20, 30))]
    with pytest.warns(FitFailedWarning, match="3 fits failed"), pytest.warns(UserWarning, match="non-finite"):
        search = searched(KerasClassifier(build), {"units": [2, 4]}, cv=splits, refit=False)
    assert np.isfinite(search.cv_results_["split1_test_score"]).tolist() == [False, True]


def test_a_network_before_the_network_is_not_trained_for_the_check(tmp_path):
    def encoder(meta):
        encoded, decoded = keras.layers.Dense(2, name="encoder"), keras.layers.Dense(meta["n_features_in_"])
        return keras.Sequential([keras.Input(meta["X_shape_"][1:]), encoded, decoded])

    log = keras.callbacks.CSVLogger(str(tmp_path / "{trial}.csv"))
    pipeline = make_pipeline(KerasTransformer(encoder, callbacks=log), KerasClassifier(builders.classifier, epochs=1))
    searched(pipeline, {"kerasclassifier__units": [2, 4]}, refit=False, engine="per-trial")
    assert len(list(tmp_path.iterdir())) == 2 * 2


def test_a_search_that_can_not_be_checked_in_time_goes_on(monkeypatch):
    monkeypatch.setattr(_rehearsal, "_MOST_TRIALS", 2)
    with pytest.raises(ValueError, match="All the 8 fits failed"):
        searched(KerasClassifier(fragile), {"units": [-1, -2, -3, -4]})
    monkeypatch.undo()
    with pytest.raises(ValueError, match="fits failed"):
        searched(KerasClassifier(fragile), {"units": [-1]}, max_time=1e-9)


def test_an_estimator_that_a_candidate_brings_along_is_no_part_of_it():
    pipeline = make_pipeline(StandardScaler(), KerasClassifier(nothing))
    grid = {"kerasclassifier": [KerasClassifier(nothing), KerasClassifier(builders.classifier)]}
    with pytest.warns(FitFailedWarning), pytest.warns(UserWarning, match="non-finite"):
        search = searched(pipeline, grid)
    assert np.isfinite(search.cv_results_["mean_test_score"]).tolist() == [False, True]


def test_a_fit_of_a_users_own_is_not_rehearsed():
    class Own(KerasClassifier):
        def fit(self, X, y=None, **params):
            super().fit(X, y, **params)
            self.last_loss_ = self.history_["loss"][-1]
            return self

    search = searched(Own(builders.classifier))
    assert np.isfinite(search.best_estimator_.last_loss_)


def test_nothing_is_built_where_nothing_is_left_to_train(tmp_path):
    BUILT.clear()
    options = {"cv": 2, "engine": "per-trial", "runs_dir": tmp_path, "resume": True, "refit": False, "random_state": 0}
    first = GridSearchCV(KerasClassifier(counted), {"units": [2, 4]}, **options).fit(X, Y)
    n_built = len(BUILT)
    again = GridSearchCV(KerasClassifier(counted), {"units": [2, 4]}, **options).fit(X, Y)
    assert again.run_.path == first.run_.path
    assert len(BUILT) == n_built > 0


class Noisy(TransformerMixin, BaseEstimator):
    """Draws from NumPy's global state, remembers how many rows it was fitted on, and may need many of them."""

    n_rows = []
    has_callbacks = []

    def __init__(self, at_least=0):
        self.at_least = at_least

    def fit(self, X, y=None):
        self.n_rows.append(len(X))
        self.has_callbacks.append(hasattr(self, "_skl_callbacks"))
        if len(X) < self.at_least:
            raise ValueError("too few rows")
        self.noise_ = np.random.normal()
        return self

    def transform(self, X):
        return X + self.noise_


def test_random_numbers_are_as_they_were():
    noise = {}
    for engine in ("auto", "per-trial"):
        np.random.seed(0)
        pipeline = make_pipeline(Noisy(), KerasClassifier(builders.classifier, random_state=0))
        search = searched(pipeline, {"kerasclassifier__units": [4]}, engine=engine, random_state=0)
        noise[engine] = search.best_estimator_[0].noise_
    np.random.seed(0)
    expected = [np.random.normal() for _ in range(3)]  # two folds and the refit
    assert noise["per-trial"] == noise["auto"] == expected[-1]


@pytest.mark.parametrize("at_least", [0, 1500])
def test_steps_are_tried_on_few_rows_first(at_least):
    rows = rng.normal(size=(4000, 2))
    y = np.arange(4000) % 2
    y[-1] = 2
    Noisy.n_rows.clear()
    pipeline = make_pipeline(Noisy(at_least), KerasClassifier(builders.classifier, batch_size=-1))
    splits = [(np.arange(2000, 4000), np.arange(2000))]
    searched(pipeline, {"kerasclassifier__units": [4]}, rows, y, cv=splits, engine="per-trial", refit=False)
    assert Noisy.n_rows[0] <= 1001
    assert Noisy.n_rows[1:] == [2000] * (1 if at_least == 0 else 2)


@needs_callbacks
def test_callbacks_of_scikit_learns_are_not_told():
    Noisy.has_callbacks.clear()
    step = Noisy()
    step._skl_callbacks = []
    pipeline = make_pipeline(step, KerasClassifier(builders.classifier))
    searched(pipeline, {"kerasclassifier__units": [4]}, engine="per-trial", refit=False)
    assert Noisy.has_callbacks == [False, True, True]


def test_warnings_are_those_of_the_trials():
    def build(meta):
        warnings.warn("as it was built", UserWarning, stacklevel=1)
        return builders.classifier(meta)

    with pytest.warns(UserWarning, match="as it was built") as caught:
        searched(KerasClassifier(build), {"batch_size": [8]}, engine="per-trial", refit=False)
    assert len(caught) == 2


def test_all_of_a_list_comes_whatever_its_length():
    for n in range(12):
        assert sorted(_rehearsal._spread(range(n))) == list(range(n))
    assert list(_rehearsal._spread("abcde"))[:2] == ["e", "c"]


@pytest.fixture
def gpus(monkeypatch):
    """Lets the machine have GPUs, or none."""

    def having(n):
        monkeypatch.setattr("skhpt.execution._joblib.visible_gpus", lambda: ("gpu",) * n)

    return having


def executors(n_jobs):
    alone = JoblibExecutor(n_jobs, cluster=ActiveCluster(Deadline()))
    return alone, FusedExecutor(FusedEngine(), alone), FusedExecutor(FusedEngine(), None)


class Unfused(KerasClassifier):
    def _feed(self, *args, **kwargs):
        return super()._feed(*args, **kwargs)


@pytest.mark.parametrize(
    ("n_gpus", "n_jobs", "backend", "alone"),
    [
        (0, 1, "loky", True),
        (0, 2, "loky", True),
        (0, 2, "threading", True),
        (0, 2, "multiprocessing", False),
        (1, 1, "loky", True),
        (1, 2, "loky", False),
        (1, 2, "threading", True),
    ],
)
def test_models_are_built_here_where_that_is_no_harm_to_other_processes(gpus, n_gpus, n_jobs, backend, alone):
    gpus(n_gpus)
    ours, other = KerasClassifier(builders.classifier), Unfused(builders.classifier)
    with parallel_config(backend):
        by_itself, fused, only_fused = executors(n_jobs)
        assert by_itself.builds_here(ours) is alone
        assert fused.builds_here(ours)
        assert fused.builds_here(other) is alone
        assert only_fused.builds_here(ours)
