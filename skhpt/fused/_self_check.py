"""Check of the engine against Keras itself, where a library is newer or older than those that were tested.

The engine uses private parts of Keras and of its backend. Another release may have other ones, and what the engine
trains then may not be what was asked for. So a tiny network is trained both ways, once a process, before the first
search is.
"""

from __future__ import annotations

import threading
import warnings

import keras
import numpy as np
from sklearn.metrics import check_scoring

from skhpt._compat import tested_versions, too_old_to_fuse, untested
from skhpt._compat.sklearn import callback_context
from skhpt.estimators import KerasRegressor
from skhpt.evaluation import RoundEvaluation, RoundTasks, TrialSetup
from skhpt.exceptions import CompatibilityWarning
from skhpt.fused._reasons import first_line
from skhpt.trials import Candidate, Refusal, SearchSeeds, TrialResult, TrialSpec

_lock = threading.RLock()  # the check itself asks again, as it uses the engine
_found: list[str | None] = []


def obstacle_in_versions() -> str | None:
    """Why nothing can be fused with the libraries that are installed; None if it can. A warning says it once."""
    with _lock:
        if _found:
            return _found[0]
        _found.append(None)  # for the engine in the check
        _found[0] = reason = _obstacle()
    if reason is not None:
        warnings.warn(
            f"Trials run one by one, not in the fused engine, because {reason}. {tested_versions()}",
            CompatibilityWarning,
            stacklevel=2,
        )
    return reason


def _obstacle() -> str | None:
    libraries = ["keras", *({keras.backend.backend()} & {"tensorflow", "jax"})]
    if reason := "; ".join(too_old_to_fuse(*libraries)):
        return reason
    others = untested(*libraries)
    found = _difference() if others else None
    return found and f"{' and '.join(others)} is not among the versions that skhpt was tested with, and {found}"


def _difference() -> str | None:
    """What the engine does otherwise than Keras; None if a tiny network comes out the same."""
    from skhpt.fused._engine import FusedEngine  # imports this module

    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float32")  # whatever the search has; the check is of the libraries
    try:
        trials = RoundEvaluation(_setup(), RoundTasks(None, callback_context(None, max_subtasks=0), 2), _Nobody())
        candidates = [Candidate(place, {"optimizer__learning_rate": rate}) for place, rate in enumerate((0.01, 0.1))]
        specs = [TrialSpec(candidate, fold=0, place=place) for place, candidate in enumerate(candidates)]
        admission = FusedEngine().admit(specs, trials)
        if admission.refusals:
            return f"the engine can't train with it: {admission.refusals[0].reason}"
        outcomes = {_key(outcome): outcome for outcome in FusedEngine().train(admission, trials)}
        first, last = (outcomes[spec.key] for spec in specs)
        is_same = _same(last, trials(specs[-1])) and not _same(first, last)  # one by Keras tells if lanes are mixed up
    except Exception as error:  # noqa: BLE001 - whatever has changed
        return f"the engine fails with it: {first_line(error)}"
    finally:
        keras.config.set_dtype_policy(policy)
    return None if is_same else "the engine trains otherwise than Keras does"


def _key(outcome: TrialResult | Refusal) -> tuple[int, int, int]:
    return outcome.spec.key if isinstance(outcome, Refusal) else outcome.key


def _network() -> keras.Model:
    return keras.Sequential([keras.Input((2,)), keras.layers.Dense(3, activation="tanh"), keras.layers.Dense(1)])


def _setup() -> TrialSetup:
    network = KerasRegressor(_network, optimizer="sgd", optimizer__momentum=0.9, epochs=2, batch_size=4)
    X = np.linspace(-1, 1, 24).reshape(12, 2) ** 2
    return TrialSetup(
        estimator=network,
        X=X,
        y=X.sum(axis=1),
        splits=[(np.arange(10), np.arange(10, 12))],  # a last batch that is not full
        scorer=check_scoring(network),
        seeds=SearchSeeds(0),
        fit_params={},
        score_params={},
        error_score="raise",
        return_train_score=False,
    )


class _Nobody:
    """Who hears of the epochs."""

    def hearing(self, spec: TrialSpec) -> None:
        return None


def _same(outcome: TrialResult | Refusal, expected: TrialResult | Refusal) -> bool:
    """Whether two trials were trained, and have the same logs and scores but for rounding."""
    if isinstance(outcome, Refusal) or isinstance(expected, Refusal):
        return False
    logs, others = ([*(log.metrics for log in each.epochs), each.test_scores] for each in (outcome, expected))
    return len(logs) == len(others) and all(
        ours.keys() == theirs.keys() and np.allclose([*ours.values()], [*theirs.values()], rtol=1e-3)
        for ours, theirs in zip(logs, others, strict=True)
    )
