"""What all trials of a search share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sklearn.base import BaseEstimator

from skhpt.evaluation._preparation import is_for_keras
from skhpt.evaluation._rescoring import Rescoring
from skhpt.trials import SearchSeeds


@dataclass(frozen=True)
class TrialSetup:
    """What all trials of a search share.

    Parameters
    ----------
    estimator : estimator
        Cloned for each trial.
    X : array-like of shape (n_samples, ...)
        All rows of the search; a trial takes its folds of them.
    y : array-like of shape (n_samples,) or (n_samples, n_outputs), or None
        The targets.
    splits : sequence of (train, test)
        Row numbers, a pair a fold.
    scorer : callable
        ``scorer(estimator, X, y) -> float or dict of str to float``.
    seeds : SearchSeeds
        For estimators without a `random_state`.
    fit_params, score_params : mapping of str to object
        Passed to `fit` and to the scorer. What has a row for each sample is split along with X.
    error_score : float or "raise"
        The score of a trial whose fit or scorer raises; ``"raise"`` lets the error through.
    return_train_score : bool
        Whether the training fold is scored as well.
    record_validation : bool, default=False
        Whether the test fold is evaluated after each epoch.
    epochs : str or None, default=None
        The parameter that budgets are the values of, where it is the epochs of a training that can go on.
    keeps_checkpoints : bool, default=False
        Whether what a later rung may go on with is also returned as a `Checkpoint`.
    rescoring : Rescoring or None, default=None
        What asks for the predictions that trials return; None asks for none.
    """

    estimator: BaseEstimator
    X: Any
    y: Any
    splits: Sequence[tuple[Any, Any]]
    scorer: Any
    seeds: SearchSeeds
    fit_params: Mapping[str, Any]
    score_params: Mapping[str, Any]
    error_score: float | Literal["raise"]
    return_train_score: bool
    record_validation: bool = False
    epochs: str | None = None
    keeps_checkpoints: bool = False
    rescoring: Rescoring | None = None

    def __getstate__(self) -> dict[str, Any]:
        state = dict(vars(self))
        if is_for_keras(self.estimator):
            from skhpt.estimators import Packed  # loads Keras, which other estimators do without

            state["scorer"] = Packed(self.scorer)  # a function may use a loss of Keras'; a worker gets it unpacked
        return state
