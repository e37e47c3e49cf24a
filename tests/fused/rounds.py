"""Rounds of trials for the engine itself, without a search around it."""

import math

import numpy as np
from sklearn.metrics import get_scorer
from sklearn.pipeline import Pipeline

from skhpt import KerasClassifier
from skhpt.evaluation import FitTask, TrialSetup, keras_step, run_trial
from skhpt.trials import Candidate, SearchSeeds, TrialSpec
from tests.fused import architectures as nets
from tests.fused.architectures import IRIS, KIND
from tests.roundtrip import read_back


class Memory:
    """Checkpoints as they would come back from a disk, every time that some are kept."""

    def __init__(self, seconds=0.0):
        self.seconds = seconds
        self.kept, self.groups, self.refused = [], [], []

    def keep(self, group, trainings):
        self.groups.append(group)
        self.kept.append({key: read_back(checkpoint) for key, checkpoint in trainings.items()})

    def refuse(self, key, reason):
        self.refused.append((key, reason))


class Round:
    def __init__(self, setup):
        self.setup = setup

    def __call__(self, spec):
        return run_trial(spec, self.setup)

    def task(self, spec):
        return FitTask()

    def begins(self, spec):
        pass


def trained(engine, setup, specs):
    """What comes of the trials, by their keys."""
    admission = engine.admit(specs, Round(setup))
    assert not admission.refusals, admission.refusals
    outcomes = list(engine.train(admission, Round(setup)))
    assert len({outcome.key for outcome in outcomes}) == len(outcomes)
    return {outcome.key: outcome for outcome in outcomes}


def network(build=nets.mlp, **params):
    return KerasClassifier(build, **{"optimizer": "adam", "optimizer__learning_rate": 0.02, "epochs": 4} | params)


def scores(estimator, X, y):
    """Bit for bit another one for other weights."""
    weights = keras_step(estimator).model_.get_weights()
    size = float(sum(np.abs(weight).sum() for weight in weights))
    return {"weights": size, "loss": get_scorer("neg_log_loss")(estimator, X, y)}


def setup_of(estimator, **options):
    defaults = {
        "splits": [(np.arange(75), np.arange(75, 150)), (np.arange(50, 131), np.arange(50))],  # unequal folds
        "scorer": scores,
        "seeds": SearchSeeds(0),
        "fit_params": {},
        "score_params": {},
        "error_score": math.nan,
        "return_train_score": False,
        "epochs": "net__epochs" if isinstance(estimator, Pipeline) else "epochs",
        "keeps_checkpoints": True,
    }
    return TrialSetup(estimator=estimator, X=IRIS, y=KIND, **defaults | options)


def specs_of(candidates, checkpoints=None, **options):
    """Each on two folds; those with a checkpoint go on from it."""
    specs = [
        TrialSpec(Candidate(number, params), fold, **options)
        for number, params in enumerate(candidates)
        for fold in (0, 1)
    ]
    return [with_paused(spec, (checkpoints or {}).get(spec.key)) for spec in specs]


def with_paused(spec, paused):
    return TrialSpec(spec.candidate, spec.fold, spec.repeat, spec.budget, spec.place, paused)


def assert_same_result(result, expected, rtol=0.0, n_earlier=0):
    assert (result.status, result.error) == (expected.status, None)
    logs, expected_logs = result.epochs, expected.epochs[n_earlier:]
    assert [log.epoch for log in logs] == [log.epoch for log in expected_logs]
    pairs = [(log.metrics, other.metrics) for log, other in zip(logs, expected_logs, strict=True)]
    for metrics, others in [*pairs, (result.test_scores, expected.test_scores)]:
        assert metrics.keys() == others.keys()
        for name, value in metrics.items():
            np.testing.assert_allclose(value, others[name], rtol=rtol, atol=rtol / 10, err_msg=name)


def assert_same_results(results, expected, **options):
    assert results.keys() == expected.keys()
    for key, result in results.items():
        assert_same_result(result, expected[key], **options)
