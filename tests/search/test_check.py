import pytest
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from skhpt.exceptions import UnknownParameterError
from skhpt.search._check import check_parameter_names

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


def test_the_estimator_is_left_alone():
    check_parameter_names(PIPELINE, {"clf__C": 7.0})
    assert PIPELINE["clf"].C == 1.0
