from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.linear_model import SGDRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skhpt.evaluation import prepare
from tests.fakes import FakeEstimator


def test_the_given_estimator_is_left_alone():
    estimator = FakeEstimator(slope=1.0)
    prepared = prepare(estimator, {"slope": 2.0}, seed=5)
    assert (estimator.slope, estimator.random_state) == (1.0, None)
    assert (prepared.slope, prepared.random_state) == (2.0, 5)


def test_a_random_state_of_the_estimator_or_the_candidate_stands():
    assert prepare(FakeEstimator(random_state=1), {}, seed=5).random_state == 1
    assert prepare(FakeEstimator(), {"random_state": 2}, seed=5).random_state == 2


def test_verbose_is_silenced_within_a_search():
    assert prepare(FakeEstimator(), {}, seed=5).verbose == 0


def test_wrappers_are_found_inside_pipelines_and_meta_estimators():
    inside = make_pipeline(StandardScaler(), TransformedTargetRegressor(FakeEstimator()))
    prepared = prepare(inside, {}, seed=5)
    assert prepared.get_params()["transformedtargetregressor__regressor__random_state"] == 5


def test_a_step_that_the_candidate_brings_along_is_seeded():
    prepared = prepare(make_pipeline(StandardScaler()), {"standardscaler": FakeEstimator()}, seed=5)
    assert prepared["standardscaler"].random_state == 5


def test_the_estimator_that_a_candidate_holds_is_left_alone():
    step = FakeEstimator()
    prepare(make_pipeline(StandardScaler()), {"standardscaler": step}, seed=5)
    assert step.random_state is None


def test_estimators_that_are_not_ours_are_never_seeded():
    assert prepare(SGDRegressor(), {}, seed=5).random_state is None


def test_the_copy_can_be_cloned():
    assert clone(prepare(FakeEstimator(), {"slope": 2.0}, seed=5)).random_state == 5
