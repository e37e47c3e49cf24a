import pytest
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from skhpt.search._resource import Resource
from skhpt.strategies import Request
from skhpt.trials import Budget, Candidate
from tests.fakes import FakeEstimator


class GoesOn(FakeEstimator):
    """Looks like a wrapper whose training can go on."""

    def _continue_fit(self, X, y, *, epochs, close=True):
        raise AssertionError("naming a resource fits nothing")


class NoEpochs(BaseEstimator):
    """Has none."""


INSIDE = make_pipeline(StandardScaler(), GoesOn())
DEEPER = Pipeline([("outer", INSIDE)])


@pytest.mark.parametrize(
    ("name", "estimator", "searched", "expected"),
    [
        ("auto", GoesOn(), {"slope"}, Resource("epochs", continues=True)),
        ("auto", INSIDE, {"goeson__slope"}, Resource("goeson__epochs", continues=True)),
        ("auto", DEEPER, set(), Resource("outer__goeson__epochs", continues=True)),
        ("auto", GoesOn(), {"epochs"}, Resource("n_samples")),
        ("auto", INSIDE, {"goeson__fit__epochs"}, Resource("n_samples")),
        ("auto", FakeEstimator(), set(), Resource("n_samples")),
        ("auto", make_pipeline(GoesOn(), LogisticRegression()), set(), Resource("n_samples")),
        ("epochs", GoesOn(), set(), Resource("epochs", continues=True)),
        ("epochs", INSIDE, set(), Resource("goeson__epochs", continues=True)),
        ("goeson__epochs", INSIDE, set(), Resource("goeson__epochs", continues=True)),
        ("epochs", FakeEstimator(), set(), Resource("epochs")),
        ("epochs", make_pipeline(FakeEstimator()), set(), Resource("fakeestimator__epochs")),
        ("epochs", NoEpochs(), set(), Resource("epochs")),
        ("max_iter", LogisticRegression(), set(), Resource("max_iter")),
        ("n_samples", GoesOn(), set(), Resource("n_samples")),
    ],
)
def test_what_a_name_means(name, estimator, searched, expected):
    assert Resource.named(name, estimator, searched) == expected


def test_samples_are_no_parameter_of_a_candidate():
    request = Request(Candidate(1, {"a": 2}), Budget(5))
    assert Resource("n_samples").candidate(request) == request.candidate


def test_a_budget_is_the_value_of_its_parameter_and_leaves_the_candidate_alone():
    request = Request(Candidate(1, {"a": 2}), Budget(5))
    assert Resource("epochs").candidate(request) == Candidate(1, {"a": 2, "epochs": 5})
    assert request.candidate.params == {"a": 2}
