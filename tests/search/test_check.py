import pytest
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from skhpt.exceptions import UnknownParameterError
from skhpt.search import GridSearchCV
from skhpt.search._check import check_parameter_names, check_scoring, rows_of_search

PIPELINE = Pipeline([("scale", StandardScaler()), ("clf", LogisticRegression())])


class TakesAnything(BaseEstimator):
    """Like SciKeras: its own `set_params` takes names that `get_params` does not list."""

    def set_params(self, **params):
        raise AssertionError("checking must not call set_params")


@pytest.mark.parametrize(
    ("name", "suggestion"), [("clf__c", "clf__C"), ("scale__with_meen", "scale__with_mean"), ("skale", "scale")]
)
def test_a_typo_is_refused_with_the_right_name(name, suggestion):
    with pytest.raises(UnknownParameterError) as caught:
        check_parameter_names(PIPELINE, {name: 1})
    assert caught.value.suggestion == suggestion
    assert name in str(caught.value)


@pytest.mark.parametrize(
    "params",
    [
        {"clf__C": 1.0, "scale": "passthrough"},
        {"clf": SVC(), "clf__gamma": 0.1},
        {"steps": [("svc", SVC())], "svc__gamma": 0.1},
        {"clf": TakesAnything(), "clf__whatever": 1},
    ],
    ids=["plain", "swapped step", "new steps", "own set_params"],
)
def test_what_set_params_would_take_is_accepted(params):
    check_parameter_names(PIPELINE, params)


def test_a_swapped_step_is_what_names_are_checked_against():
    with pytest.raises(UnknownParameterError, match="clf__l1_ratio"):
        check_parameter_names(PIPELINE, {"clf": SVC(), "clf__l1_ratio": 0.5})


class PyDataset:
    __module__ = "keras.src.trainers.data_adapters.py_dataset_adapter"


class Batches(PyDataset):
    """Of a user's own."""


def test_a_dataset_is_refused_as_it_has_no_rows_to_be_picked():
    for dataset in (Batches(), (batch for batch in []), lambda: iter([])):
        kind = type(dataset).__name__
        with pytest.raises(TypeError, match=rf"X must be an array.*GridSearchCV splits it by rows, but it is a {kind}"):
            rows_of_search(dataset, None, "GridSearchCV", {})
    with pytest.raises(TypeError, match="argument validation_data of GridSearchCV must not be an iterator"):
        GridSearchCV(LogisticRegression(), {"C": [1.0]}).fit([[1.0]], [0], validation_data=iter([]))
    assert rows_of_search([[1.0]], [0], "GridSearchCV", {}) == [[1.0]]
    assert rows_of_search(None, None, "GridSearchCV", {}) is None


def test_the_datasets_of_keras_and_tensorflow_are_known():
    keras = pytest.importorskip("keras")

    class Own(keras.utils.PyDataset):
        def __len__(self):
            return 1

    known = [Own()]
    if keras.backend.backend() == "tensorflow":
        tensorflow = pytest.importorskip("tensorflow")
        rows = tensorflow.data.Dataset.from_tensor_slices(([[1.0]], [1]))
        known += [rows, rows.batch(1), rows.map(lambda X, y: (X, y)).prefetch(1)]
    for dataset in known:
        with pytest.raises(TypeError, match="which gives batches"):
            GridSearchCV(LogisticRegression(), {"C": [1.0]}).fit(dataset)


class Network(LogisticRegression):
    """Is taken for a wrapper of skhpt's."""

    def _trial_parameters(self, seed, repeat):
        return {}


@pytest.mark.parametrize("scoring", ["acuracy", ["f1", "acuracy"], {"right": "acuracy"}])
def test_a_misspelt_metric_is_told_with_five_names_at_most(scoring):
    with pytest.raises(ValueError, match=r"'scoring' parameter of GridSearchCV.*Did you mean 'accuracy'") as caught:
        GridSearchCV(Network(), {"C": [1.0]}, scoring=scoring, refit=False).fit([[0.0], [1.0]], [0, 1])
    assert str(caught.value).partition("The nearest are: ")[2].count(",") == 4


@pytest.mark.parametrize("scoring", [None, "f1", ("f1", "accuracy"), {"own": len, "f1": "f1"}, len])
def test_what_scikit_learn_scores_with_is_accepted(scoring):
    check_scoring(scoring, "GridSearchCV")


def test_the_estimator_is_left_alone():
    check_parameter_names(PIPELINE, {"clf__C": 7.0})
    assert PIPELINE["clf"].C == 1.0
