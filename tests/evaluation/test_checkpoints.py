"""Trials that go on from plain values, each by itself."""

import math
from dataclasses import replace

import keras
import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.decomposition import PCA
from sklearn.kernel_approximation import RBFSampler
from sklearn.metrics import get_scorer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.utils import shuffle

from skhpt import KerasClassifier
from skhpt.evaluation import TrialSetup, run_trial
from skhpt.trials import Budget, Candidate, SearchSeeds, TrialSpec, TrialStatus
from tests import builders
from tests.roundtrip import read_back

X, y = shuffle(*load_iris(return_X_y=True), random_state=0)


def network(**params):
    return KerasClassifier(**{"model": builders.classifier, "optimizer": "adam", "dropout": 0.2, "verbose": 0} | params)


def pipeline(*steps):
    return Pipeline([*((f"step{place}", step) for place, step in enumerate(steps)), ("net", network())])


def setup_of(estimator, **options):
    defaults = {
        "splits": [(np.arange(50), np.arange(50, 75)), (np.arange(50, 100), np.arange(25))],
        "scorer": get_scorer("neg_log_loss"),
        "seeds": SearchSeeds(0),
        "fit_params": {},
        "score_params": {},
        "error_score": math.nan,
        "return_train_score": True,
        "epochs": "net__epochs" if isinstance(estimator, Pipeline) else "epochs",
        "keeps_checkpoints": True,
    }
    return TrialSetup(estimator=estimator, X=X, y=y, **defaults | options)


def rung(setup, epochs, *, last=False, paused=None, number=0, **params):
    candidate = Candidate(3, {**params, setup.epochs: epochs})
    return run_trial(TrialSpec(candidate, 1, 0, Budget(epochs, number, last), paused=paused), setup)


def at_once(setup, epochs, *, paused=None):
    return run_trial(TrialSpec(Candidate(3, {setup.epochs: epochs}), 1, paused=paused), setup)


def assert_same(result, expected, n_earlier=0):
    assert (result.status, result.error) == (TrialStatus.COMPLETED, None)
    assert (result.test_scores, result.train_scores) == (expected.test_scores, expected.train_scores)
    assert [log.metrics for log in result.epochs] == [log.metrics for log in expected.epochs[n_earlier:]]
    assert [log.epoch for log in result.epochs] == [log.epoch for log in expected.epochs[n_earlier:]]


STOP = keras.callbacks.EarlyStopping("loss", patience=0, min_delta=0.2, restore_best_weights=True)
PLATEAU = keras.callbacks.ReduceLROnPlateau("loss", factor=0.5, patience=1, min_delta=10.0)
ESTIMATORS = {
    "network": network(),
    "early stopping": network(callbacks=STOP),
    "plateau": network(callbacks=PLATEAU),
    "pipeline": pipeline(StandardScaler(), PCA(3)),
    "random steps": pipeline(RBFSampler(n_components=8, random_state=0)),
}


@pytest.mark.slow
@pytest.mark.parametrize("estimator", ESTIMATORS.values(), ids=ESTIMATORS)
def test_rungs_of_several_processes_are_exactly_those_of_one(estimator):
    setup = setup_of(estimator, record_validation=True)
    paused = checkpoint = None
    for number, epochs in enumerate((1, 3, 4)):
        options = {"last": epochs == 4, "number": number}
        here, elsewhere = (rung(setup, epochs, paused=earlier, **options) for earlier in (paused, checkpoint))
        assert_same(elsewhere, here)
        if epochs < 4:
            paused, checkpoint = here.paused, read_back(elsewhere.checkpoint)
            assert checkpoint.reported == checkpoint.epochs == paused.n_epochs
    assert (elsewhere.paused, elsewhere.checkpoint, elsewhere.no_checkpoint) == (None, None, None)


def middle(setup, epochs):
    """A checkpoint from the middle of a trial that has reported nothing."""
    return replace(read_back(rung(setup, epochs).checkpoint), reported=0)


@pytest.mark.parametrize("name", ["pipeline", pytest.param("network", marks=pytest.mark.slow)])
def test_an_ordinary_trial_goes_on_from_the_middle(name):
    setup = setup_of(ESTIMATORS[name])
    checkpoint = middle(setup, 2)
    for ours in (at_once(setup, 4, paused=checkpoint), rung(setup, 4, last=True, paused=checkpoint)):
        assert_same(ours, at_once(setup, 4))
        assert ours.fit_seconds > sum(checkpoint.facts["seconds"])
        assert (ours.paused, ours.checkpoint) == (None, None)


def test_nothing_is_stored_if_nobody_asks():
    result = rung(setup_of(network(), keeps_checkpoints=False), 1)
    assert result.paused is not None
    assert (result.checkpoint, result.no_checkpoint) == (None, None)


def test_why_a_training_can_not_be_stored_is_said():
    result = rung(setup_of(network(callbacks=keras.callbacks.LambdaCallback())), 1)
    assert result.paused is not None
    assert result.checkpoint is None
    assert result.no_checkpoint == "the callback LambdaCallback keeps state that can't be stored"


def test_a_damaged_checkpoint_lets_the_trial_start_over():
    setup = setup_of(network())
    checkpoint = rung(setup, 1).checkpoint
    damaged = replace(checkpoint, arrays={**checkpoint.arrays, "weights_0": np.zeros((2, 2))})
    result = rung(setup, 3, paused=damaged)
    assert_same(result, at_once(setup, 3))
    assert result.checkpoint.epochs == 3


def test_a_checkpoint_of_another_fold_lets_the_trial_start_over():
    setup = setup_of(network(random_state=0))
    other = replace(setup, splits=[setup.splits[0], setup.splits[0]])
    assert_same(rung(setup, 3, paused=rung(other, 1).checkpoint), at_once(setup, 3))


def test_steps_that_draw_other_numbers_each_time_let_the_trial_start_over():
    setup = setup_of(pipeline(RBFSampler(n_components=8)))
    result = rung(setup, 3, paused=rung(setup, 1).checkpoint)
    assert [log.epoch for log in result.epochs] == [1, 2, 3]


def test_an_estimator_that_can_not_go_on_starts_over():
    class Own(KerasClassifier):
        def fit(self, *arguments, **params):
            return super().fit(*arguments, **params)

    checkpoint = middle(setup_of(network()), 2)
    own = Own(builders.classifier, optimizer="adam", dropout=0.2, verbose=0)
    assert_same(at_once(setup_of(own), 4, paused=checkpoint), at_once(setup_of(network()), 4))
    other = setup_of(FunctionTransformer(), scorer=lambda *ignored: 1.0, epochs="validate")
    assert at_once(other, True, paused=checkpoint).test_scores == {"score": 1.0}
