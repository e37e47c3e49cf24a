"""The rest of what scikit-learn's searchers promise, kept by all four of ours."""

import numpy as np
import pandas as pd
import pytest
from joblib import parallel_config
from scipy.sparse import csr_array
from scipy.stats import loguniform
from sklearn import config_context
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.dummy import DummyClassifier
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import get_scorer, make_scorer, pairwise_distances
from sklearn.model_selection import GroupKFold, LeaveOneGroupOut, PredefinedSplit
from sklearn.neighbors import KernelDensity, KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler
from sklearn.svm import SVC
from sklearn.utils.metaestimators import available_if

from tests.search.parity import MODULES, X, assert_equal, assert_same, assert_same_error, fit, outcome, y
from tests.versions import before

NAMES = {
    "GridSearchCV": {},
    "RandomizedSearchCV": {"n_iter": 3, "random_state": 0},
    "HalvingGridSearchCV": {"random_state": 0},
    "HalvingRandomSearchCV": {"n_candidates": 3, "random_state": 0},
}
SINGLE_ROUND = ["GridSearchCV", "RandomizedSearchCV"]
LOGISTIC = (LogisticRegression(), {"C": [0.01, 0.1, 1.0]})
GROUPS = np.arange(len(y)) % 4
WEIGHTS = np.linspace(0.5, 2, len(y))


@pytest.fixture(params=NAMES)
def name(request):
    return request.param


def same(name, *case, **options):
    assert_same(name, *case, **NAMES[name] | options)


class NotOnFriday(LogisticRegression):
    """Fails on every second fold's training rows; scores what its parameter says."""

    def fit(self, X, y, sample_weight=None):
        if X[0, 0] > X[-1, 0]:
            raise RuntimeError("not today")
        return super().fit(X, y, sample_weight)


class TestData:
    @pytest.mark.parametrize("kernel", ["precomputed", "rbf"])
    def test_a_pairwise_estimator_gets_the_rows_and_columns_of_its_fold(self, name, kernel):
        grid = {"C": [0.1, 1.0, 10.0]}
        same(name, SVC(kernel=kernel), grid, data=(X @ X.T, y))

    def test_distances(self, name):
        estimator = KNeighborsClassifier(metric="precomputed")
        same(name, estimator, {"n_neighbors": [1, 3, 5]}, data=(pairwise_distances(X), y))

    @pytest.mark.parametrize("kind", [csr_array, lambda X: X.tolist(), pd.DataFrame], ids=["sparse", "list", "frame"])
    def test_rows_of_any_kind(self, name, kind):
        same(name, *LOGISTIC, data=(kind(X), y))

    def test_labels_as_a_list_of_strings(self, name):
        same(name, *LOGISTIC, data=(X, np.array(["b", "a"])[y].tolist()))

    def test_several_targets(self, name):
        same(name, Ridge(), {"alpha": [0.1, 1.0, 10.0]}, data=(X, np.column_stack([y, 1 - y, X[:, 0]])))

    def test_texts(self, name):
        texts = [f"{'good' if label else 'bad'} word{row % 7}" for row, label in enumerate(y)]
        estimator = make_pipeline(CountVectorizer(), LogisticRegression())
        same(name, estimator, {"logisticregression__C": [0.01, 0.1, 1.0]}, data=(texts, y))

    def test_names_of_columns_are_kept(self, name):
        frame = pd.DataFrame(X[:, :2], columns=["left", "right"])
        ours, theirs = (fit(m, name, *LOGISTIC, data=(frame, y), **NAMES[name])[0] for m in MODULES)
        assert ours.feature_names_in_.tolist() == theirs.feature_names_in_.tolist() == ["left", "right"]
        assert ours.n_features_in_ == theirs.n_features_in_ == 2


class TestMethods:
    @pytest.mark.parametrize(
        ("estimator", "grid", "methods"),
        [
            (PCA(random_state=0), {"n_components": [1, 2, 3]}, ["transform", "inverse_transform", "score_samples"]),
            (KernelDensity(), {"bandwidth": [0.1, 1.0, 3.0]}, ["score_samples"]),
            (KMeans(random_state=0), {"n_clusters": [2, 3, 4]}, ["predict", "transform"]),
        ],
        ids=["PCA", "density", "k-means"],
    )
    def test_without_a_target(self, name, estimator, grid, methods):
        ours, theirs = (fit(m, name, estimator, grid, data=(X,), **NAMES[name])[0] for m in MODULES)
        for method in methods:
            data = theirs.transform(X) if method == "inverse_transform" else X
            np.testing.assert_array_equal(getattr(ours, method)(data), getattr(theirs, method)(data))

    @pytest.mark.parametrize("method", ["predict_proba", "predict_log_proba", "decision_function"])
    def test_of_a_classifier(self, name, method):
        ours, theirs = (fit(m, name, *LOGISTIC, **NAMES[name])[0] for m in MODULES)
        np.testing.assert_array_equal(getattr(ours, method)(X), getattr(theirs, method)(X))
        assert ours.classes_.tolist() == theirs.classes_.tolist()

    @pytest.mark.parametrize("method", ["predict", "transform", "inverse_transform", "score_samples", "predict_proba"])
    def test_are_there_if_the_estimator_has_them(self, name, method):
        for estimator in (SVC(), PCA(), KernelDensity()):
            ours, theirs = (getattr(m, name)(estimator, {}) for m in MODULES)
            assert hasattr(ours, method) == hasattr(theirs, method)

    def test_without_a_refit_say_why_they_are_not_there(self, name):
        messages = []
        for module in MODULES:
            search, _ = fit(module, name, *LOGISTIC, refit=False, **NAMES[name])
            with pytest.raises(AttributeError) as caught:
                search.predict(X)
            messages.append((str(caught.value), str(caught.value.__cause__)))
        assert messages[0] == messages[1]

    def test_before_a_fit_say_so(self, name):
        for module in MODULES:
            with pytest.raises(NotFittedError, match=f"This {name} instance is not fitted yet"):
                getattr(module, name)(*LOGISTIC).predict(X)


class TestScoring:
    @pytest.mark.parametrize("name", SINGLE_ROUND)
    @pytest.mark.parametrize(
        "scoring", [["f1", "accuracy"], ("f1", "accuracy"), {"b": "f1", "a": get_scorer("accuracy")}], ids=type
    )
    @pytest.mark.parametrize("refit", ["first", False, lambda results: 1], ids=["name", "none", "function"])
    def test_several_metrics(self, name, scoring, refit):
        refit = next(iter(scoring)) if refit == "first" else refit
        same(name, *LOGISTIC, scoring=scoring, refit=refit, return_train_score=True)

    @pytest.mark.parametrize("name", SINGLE_ROUND)
    @pytest.mark.parametrize(
        "refit", ["a", "c", True, False, lambda results: 0], ids=["a", "c", "yes", "no", "function"]
    )
    def test_a_function_that_returns_several(self, name, refit):
        def scoring(estimator, X, y):
            return {"a": estimator.score(X, y), "b": 1.0}

        for estimator in (LogisticRegression(), NotOnFriday()):
            same(name, estimator, {"C": [0.1, 1.0, 2.0]}, scoring=scoring, refit=refit, return_train_score=True)

    @pytest.mark.parametrize(
        "scoring",
        [lambda *_: "a", lambda *_: None, lambda estimator, *_: estimator.no_such_thing],
        ids=["string", "none", "raises"],
    )
    @pytest.mark.parametrize("error_score", ["raise", 0.25])
    def test_a_function_that_is_wrong(self, name, scoring, error_score):
        same(name, *LOGISTIC, scoring=scoring, error_score=error_score)

    @pytest.mark.parametrize("name", SINGLE_ROUND)
    @pytest.mark.parametrize("error_score", ["raise", 0.25])
    def test_one_of_several_that_fails(self, name, error_score):
        scoring = {"good": "accuracy", "bad": make_scorer(lambda y, predicted: 1 / 0)}
        same(name, *LOGISTIC, scoring=scoring, refit="good", error_score=error_score)

    @pytest.mark.parametrize("name", SINGLE_ROUND)
    @pytest.mark.parametrize("index", [99, -1, 0.5, "a"])
    def test_a_refit_that_selects_what_is_not_there(self, name, index):
        same(name, *LOGISTIC, refit=lambda results: index)

    def test_an_estimator_that_has_no_score(self, name):
        class Scoreless(DummyClassifier):
            score = available_if(lambda self: False)(DummyClassifier.score)

        same(name, Scoreless(), {"strategy": ["prior", "uniform"]})


class TestFailures:
    @pytest.mark.parametrize("error_score", [np.nan, 0.25, "raise"])
    @pytest.mark.parametrize("return_train_score", [True, False])
    def test_some_folds(self, name, error_score, return_train_score):
        options = {"error_score": error_score, "return_train_score": return_train_score}
        same(name, NotOnFriday(), {"C": [0.1, 1.0, 2.0]}, cv=5, **options)

    def test_a_splitter_that_breaks_its_word(self, name):
        class Liar(PredefinedSplit):
            def get_n_splits(self, X=None, y=None, groups=None):
                return 7

        same(name, *LOGISTIC, cv=Liar(GROUPS))


class TestParallel:
    @pytest.mark.parametrize("pre_dispatch", ["all", 1, "n_jobs", "2*n_jobs"])
    @pytest.mark.parametrize("name", SINGLE_ROUND)
    def test_pre_dispatch(self, name, pre_dispatch):
        with parallel_config("threading", n_jobs=2):
            same(name, *LOGISTIC, pre_dispatch=pre_dispatch)

    @pytest.mark.parametrize("name", SINGLE_ROUND)
    def test_a_wrong_pre_dispatch(self, name):
        assert_same_error(name, *LOGISTIC, pre_dispatch=[1], **NAMES[name])


class TestArgumentsOfFit:
    @pytest.mark.parametrize("cv", [GroupKFold(3), LeaveOneGroupOut()], ids=["k-fold", "one out"])
    def test_groups(self, name, cv):
        same(name, *LOGISTIC, cv=cv, fit_params={"groups": GROUPS})
        assert_same_error(name, *LOGISTIC, cv=cv, **NAMES[name])

    @pytest.mark.parametrize("scoring", [None, "roc_auc", lambda estimator, X, y: 0.5], ids=["own", "auc", "function"])
    def test_weights(self, name, scoring):
        same(name, *LOGISTIC, scoring=scoring, fit_params={"sample_weight": WEIGHTS})

    def test_what_the_estimator_does_not_take(self, name):
        same(name, *LOGISTIC, fit_params={"no_such_argument": 1})

    def test_splits_from_a_generator(self, name):
        def splits():
            for fold in range(3):
                yield np.flatnonzero(fold != GROUPS), np.flatnonzero(fold == GROUPS)

        if name not in SINGLE_ROUND and before("scikit-learn", 1, 9):
            pytest.skip("scikit-learn's own halving uses the generator up in its first round")
        ours, theirs = (fit(m, name, *LOGISTIC, **NAMES[name] | {"cv": splits()}) for m in MODULES)
        assert_equal(ours, theirs)


class TestMetadataRouting:
    @pytest.fixture(autouse=True)
    def routing(self):
        with config_context(enable_metadata_routing=True):
            yield

    def test_each_gets_what_it_asks_for(self, name):
        estimator = LogisticRegression().set_fit_request(sample_weight=True)
        scorer = make_scorer(weighted_accuracy).set_score_request(sample_weight="other")
        options = {"scoring": scorer, "cv": GroupKFold(3)}
        metadata = {"sample_weight": WEIGHTS, "other": WEIGHTS[::-1].copy(), "groups": GROUPS}
        same_searches(name, estimator, LOGISTIC[1], metadata, **options)

    def test_what_nobody_asks_for_is_an_error(self, name):
        for metadata in ({"sample_weight": WEIGHTS}, {"unknown": 1}):
            assert_same_error(name, *LOGISTIC, fit_params=metadata, **NAMES[name])

    def test_through_a_pipeline(self, name):
        estimator = make_pipeline(MinMaxScaler(), LogisticRegression().set_fit_request(sample_weight=True))
        scorer = make_scorer(weighted_accuracy).set_score_request(sample_weight=True)
        grid = {"logisticregression__C": [0.01, 0.1, 1.0]}
        same_searches(name, estimator, grid, {"sample_weight": WEIGHTS}, scoring=scorer)

    def test_the_routes_are_those_of_scikit_learn(self, name):
        ours, theirs = (getattr(m, name)(*LOGISTIC).get_metadata_routing() for m in MODULES)
        assert repr(ours) == repr(theirs)


def weighted_accuracy(y, predicted, sample_weight=None):
    return float(np.average(y == predicted, weights=sample_weight))


def same_searches(name, estimator, grid, metadata, **options):
    """As `assert_same`, for a scorer that can't be called without metadata afterwards."""
    ours, theirs = (outcome(m, name, estimator, grid, fit_params=metadata, **NAMES[name] | options) for m in MODULES)
    assert not isinstance(theirs[0], type)
    assert_equal(ours, theirs)


@pytest.mark.parametrize("name", ["RandomizedSearchCV", "HalvingRandomSearchCV"])
def test_candidates_drawn_from_a_list_of_spaces(name):
    same(name, LogisticRegression(), [{"C": loguniform(1e-3, 1)}, {"C": [1.0, 2.0], "fit_intercept": [False]}])
