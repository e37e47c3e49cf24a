"""Halving on epochs: survivors go on exactly where they were left off."""

import threading
from dataclasses import replace
from functools import partial

import cloudpickle
import keras
import numpy as np
import pandas as pd
import pytest
import sklearn.experimental.enable_halving_search_cv  # noqa: F401 - scikit-learn hides its halving classes without it
from sklearn import model_selection
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.decomposition import PCA
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.utils import shuffle

from skhpt import HalvingGridSearchCV, HalvingRandomSearchCV, KerasClassifier
from skhpt.evaluation import TrialSetup, run_trial
from skhpt.trials import Budget, Candidate, SearchSeeds, TrialSpec
from tests import builders
from tests.search.parity import assert_equal_tables

X, y = shuffle(*load_iris(return_X_y=True), random_state=0)
ADAM = {"optimizer": "adam", "optimizer__learning_rate": 0.02, "dropout": 0.2}
RATES = {"optimizer__learning_rate": [0.001, 0.01, 0.03, 0.1]}


def network(**params):
    return KerasClassifier(builders.classifier, **ADAM | {"verbose": 0, "random_state": 0} | params)


def pipeline(*steps, **params):
    return Pipeline([*enumerate_steps(steps), ("net", network(**params))])


def enumerate_steps(steps):
    return [(f"step{place}", step) for place, step in enumerate(steps)]


class Cut(FunctionTransformer):
    """What it makes of the rows it is fitted on is not what it makes of them later."""

    def fit_transform(self, X, y=None):
        return self.fit(X).transform(X) + 1


STOPPING = keras.callbacks.EarlyStopping("loss", patience=0, min_delta=0.05, restore_best_weights=True)
PLATEAU = keras.callbacks.ReduceLROnPlateau("loss", factor=0.5, patience=1, min_delta=0.1)
ESTIMATORS = {
    "network": network(),
    "early stopping": network(callbacks=[STOPPING]),
    "plateau": network(callbacks=[PLATEAU]),
    "scaled": pipeline(StandardScaler()),
    "rotated": pipeline(StandardScaler(), PCA(3)),
    "another transform": pipeline(Cut()),
    "nothing before": pipeline(),
    "passed through": pipeline("passthrough"),
}


def setup_of(estimator, **changes):
    fields = {
        "estimator": estimator,
        "X": X,
        "y": y,
        "splits": [(np.arange(100), np.arange(100, 150))],
        "scorer": lambda estimator, X, y: estimator.score(X, y),
        "seeds": SearchSeeds(0),
        "fit_params": {},
        "score_params": {},
        "error_score": "raise",
        "return_train_score": True,
        "epochs": "net__epochs" if isinstance(estimator, Pipeline) else "epochs",
    }
    return TrialSetup(**fields | changes)


def here(paused):
    """A rung goes on in the process of the last one."""
    return paused


def there(paused):
    """A rung goes on in another process: what is sent there passes through the search's own unopened."""
    packed = cloudpickle.loads(cloudpickle.dumps(paused))
    assert packed is None or isinstance(packed.packed, bytes)
    return cloudpickle.loads(cloudpickle.dumps(packed))


def trained_in_rungs(setup, amounts, travel=here):
    """The results of one trial on growing budgets, and its estimator."""
    results, paused, scorer = [], None, KeepingScorer()
    for rung, amount in enumerate(amounts):
        budget = Budget(amount, rung, last=rung == len(amounts) - 1)
        spec = TrialSpec(Candidate(0, {setup.epochs: amount}), 0, budget=budget, paused=paused)
        results.append(run_trial(spec, replace(setup, scorer=scorer)))
        paused = travel(results[-1].paused)
    return results, scorer.estimator


class KeepingScorer:
    """Keeps the estimator that it has scored last."""

    def __call__(self, estimator, X, y):
        self.estimator = estimator
        return estimator.score(X, y)


def net(estimator):
    return estimator[-1] if isinstance(estimator, Pipeline) else estimator


@pytest.mark.parametrize(
    ("name", "travel"),
    [*((name, here) for name in ("network", "early stopping", "another transform")), *((n, there) for n in ESTIMATORS)],
)
def test_a_survivor_is_trained_exactly_as_in_one_go(name, travel):
    estimator = ESTIMATORS[name]
    setup = setup_of(estimator)
    results, survivor = trained_in_rungs(setup, [1, 3, 6], travel)
    whole = clone(estimator).set_params(**{setup.epochs: 6}).fit(X[:100], y[:100])
    for ours, expected in zip(net(survivor).model_.get_weights(), net(whole).model_.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, expected)
    assert net(survivor).history_ == net(whole).history_
    assert survivor.get_params()[setup.epochs] == 6
    assert results[-1].test_scores == {"score": whole.score(X[100:], y[100:])}
    assert results[-1].paused is None
    epochs = [log.epoch for result in results for log in result.epochs]
    assert epochs == list(range(1, len(net(whole).history_["loss"]) + 1))


def test_a_rung_that_gives_no_more_trains_no_more():
    results, survivor = trained_in_rungs(setup_of(network()), [2, 2, 2])
    assert [len(result.epochs) for result in results] == [2, 0, 0]
    assert len(survivor.history_["loss"]) == 2
    assert results[0].test_scores == results[1].test_scores == results[2].test_scores


def test_weights_of_the_rows_go_on_as_well():
    weights = np.linspace(0, 2, 150)
    results, survivor = trained_in_rungs(setup_of(network(), fit_params={"sample_weight": weights}), [1, 4])
    whole = network(epochs=4).fit(X[:100], y[:100], sample_weight=weights[:100])
    assert survivor.history_ == whole.history_
    assert len(results[1].epochs) == 3


def sees_epochs(meta, epochs=1, units=4):
    return builders.classifier(meta, units=units)


class OwnFit(KerasClassifier):
    def fit(self, X, y):
        return super().fit(X, y)


@pytest.mark.parametrize(
    "estimator",
    [
        KerasClassifier(sees_epochs, verbose=0, random_state=0),
        KerasClassifier(lambda meta, params: builders.classifier(meta), verbose=0, random_state=0),
        OwnFit(partial(builders.classifier, dropout=0.2), verbose=0, random_state=0),
    ],
    ids=["builder takes epochs", "builder takes all parameters", "own fit"],
)
def test_what_can_not_go_on_exactly_starts_over(estimator):
    setup = setup_of(estimator)
    for rung, amount in enumerate([1, 3]):
        result = run_trial(TrialSpec(Candidate(0, {"epochs": amount}), 0, budget=Budget(amount, rung, False)), setup)
        assert result.paused is None
        assert [log.epoch for log in result.epochs] == list(range(1, amount + 1))


class Locked(keras.callbacks.Callback):
    """Can't be pickled once it has begun."""

    def on_train_begin(self, logs=None):
        self.lock = threading.Lock()


def test_what_can_not_travel_starts_over_there_and_goes_on_here():
    setup = setup_of(network(callbacks=Locked))
    at_home, _ = trained_in_rungs(setup, [1, 3])
    abroad, _ = trained_in_rungs(setup, [1, 3], there)
    assert [len(result.epochs) for result in at_home] == [1, 2]
    assert [len(result.epochs) for result in abroad] == [1, 3]
    assert at_home[-1].test_scores == abroad[-1].test_scores


def test_a_parameter_that_is_wrong_fails_the_trial_and_not_the_search():
    with pytest.raises(ValueError, match="The 'batch_size' parameter of KerasClassifier must be"):
        trained_in_rungs(setup_of(network(batch_size=0)), [1, 3])


@pytest.mark.slow
@pytest.mark.parametrize(("name", "n_jobs"), [("early stopping", 2), ("scaled", 2), ("network", 1)])
def test_a_search_gives_what_scikit_learns_gives_by_starting_over(name, n_jobs):
    estimator = ESTIMATORS[name]
    prefix = "net__" if name == "scaled" else ""
    grid = {prefix + key: values for key, values in RATES.items()}
    options = {"cv": 2, "factor": 2, "max_resources": 6, "random_state": 0}
    if name == "early stopping":  # which restores weights at the end of a training only, so that rungs would differ
        estimator = network(callbacks=[keras.callbacks.EarlyStopping("loss", patience=0, min_delta=0.05)])
    bit_for_bit = {"engine": "per-trial", "n_jobs": n_jobs}
    ours = HalvingGridSearchCV(estimator, grid, resource="epochs", **bit_for_bit, **options).fit(X, y)
    theirs = model_selection.HalvingGridSearchCV(estimator, grid, resource=f"{prefix}epochs", **options).fit(X, y)
    assert_equal_tables(ours.cv_results_, theirs.cv_results_)
    assert ours.best_params_ == theirs.best_params_
    np.testing.assert_array_equal(ours.predict_proba(X), theirs.predict_proba(X))


@pytest.mark.slow
def test_workers_give_bit_for_bit_what_one_process_gives():
    options = {"resource": "auto", "cv": 2, "factor": 2, "random_state": 0, "engine": "per-trial"}
    estimator = network(epochs=4, callbacks=[STOPPING], random_state=None)
    here, there = (HalvingGridSearchCV(estimator, RATES, n_jobs=n_jobs, **options).fit(X, y) for n_jobs in (1, 2))
    assert_equal_tables(here.cv_results_, there.cv_results_)
    columns = ["candidate", "fold", "repeat", "iter", "epoch", "loss"]
    pd.testing.assert_frame_equal(here.histories_[columns], there.histories_[columns], check_exact=True)


@pytest.mark.parametrize(
    ("n_candidates", "factor", "most", "rungs"),
    [
        (4, 2, 4, [(4, 1), (2, 2), (1, 4)]),
        pytest.param(27, 3, 27, [(27, 1), (9, 3), (3, 9), (1, 27)], marks=pytest.mark.slow),
    ],
)
def test_the_epochs_that_are_trained_are_those_of_the_plan(n_candidates, factor, most, rungs):
    grid = {"optimizer__learning_rate": np.geomspace(1e-3, 1e-1, n_candidates).tolist()}
    options = {"resource": "auto", "factor": factor, "min_resources": 1, "cv": 2, "random_state": 0}
    search = HalvingGridSearchCV(network(epochs=most), grid, **options).fit(X, y)
    assert list(zip(search.n_candidates_, search.n_resources_, strict=True)) == rungs
    before = [0, *(amount for _, amount in rungs)]
    planned = sum(n * (amount - done) for (n, amount), done in zip(rungs, before, strict=False))
    assert len(search.histories_) == planned * 2
    for (candidate, fold), history in search.histories_.groupby(["candidate", "fold"]):
        assert history.epoch.tolist() == list(range(1, len(history) + 1)), (candidate, fold)


class TestTheResource:
    def make(self, estimator, grid=RATES, **options):
        return HalvingGridSearchCV(estimator, grid, **{"cv": 2, "factor": 2, "random_state": 0} | options).fit(X, y)

    def test_auto_is_the_epochs_of_a_wrapper_up_to_its_own(self):
        search = self.make(network(epochs=4), resource="auto")
        assert (search.resource_, search.max_resources_, search.n_resources_) == ("epochs", 4, [1, 2, 4])
        assert len(search.best_history_["loss"]) == search.best_params_["epochs"] == 4

    def test_auto_is_the_epochs_of_a_pipelines_last_step(self):
        search = self.make(pipeline(StandardScaler(), epochs=2), {"net__units": [4, 8]}, resource="auto")
        assert search.resource_ == "net__epochs"

    def test_auto_is_samples_where_epochs_are_searched(self):
        search = self.make(network(), {"epochs": [1, 2]}, resource="auto")
        assert (search.resource_, search.max_resources_) == ("n_samples", 150)

    def test_epochs_can_not_be_searched_as_well(self):
        with pytest.raises(ValueError, match="Cannot use parameter epochs as the resource since it is part"):
            self.make(network(epochs=4), {"epochs": [1, 2]}, resource="epochs")

    def test_random_candidates_exhaust_the_epochs(self):
        search = HalvingRandomSearchCV(
            network(epochs=4), RATES, resource="auto", factor=2, min_resources=1, cv=2, random_state=0
        ).fit(X, y)
        assert search.n_candidates_ == [4, 2, 1]
