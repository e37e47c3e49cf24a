"""What all trials of a search share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator
from sklearn.utils.multiclass import type_of_target

from skhpt.evaluation._pipelines import keeps_labels, network_step
from skhpt.evaluation._preparation import is_for_keras, prepare
from skhpt.evaluation._rescoring import Rescoring
from skhpt.trials import SearchSeeds, outer_names


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
    one_hot : int or None, default=None
        For how many classes the target had columns, of which it holds the numbers; 0 if it is not one-hot encoded. None
        if each fit is to find out.
    shared_paths : set of str
        Paths of callbacks, as they were given, that trials would share: each trial puts its name into its own. A round
        adds those of its candidates before they are tried; the rounds and the refit of a search have one set.
    within : mapping of str to str
        Names that come before those of the trials, as of `outer_names`.
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
    one_hot: int | None = None
    shared_paths: set[str] = field(default_factory=set)
    within: Mapping[str, str] = field(default_factory=outer_names)

    def prepare(self, params: Mapping[str, Any], *, seed: int, repeat: int = 0) -> BaseEstimator:
        """A fresh estimator with a candidate's parameters, as of `prepare`.

        Its network knows the classes of all rows, those that its fold lacks as well, unless the steps before it may
        change them.
        """
        prepared = prepare(self.estimator, params, seed=seed, repeat=repeat)
        network = network_step(prepared)
        if hasattr(network, "_known_labels") and keeps_labels(prepared):  # a classifier
            network._known_labels, network._known_one_hot = self._labels, self.one_hot
        return prepared

    @cached_property
    def _labels(self) -> npt.NDArray[Any] | None:
        """Rows of `y` in which all labels occur; None where it has no labels, or is one of 0 and 1 for each label."""
        if self.one_hot:
            return np.arange(self.one_hot)
        try:
            kind, y = type_of_target(self.y), np.asarray(self.y)
            if kind in ("binary", "multiclass"):
                return np.unique(y)
            if kind != "multiclass-multioutput":
                return None
            columns = [np.unique(column) for column in y.T]
        except (TypeError, ValueError):  # no target of a classifier; its `fit` says so
            return None
        n_rows = max(map(len, columns))
        return np.column_stack([np.resize(column, n_rows) for column in columns])

    def __getstate__(self) -> dict[str, Any]:
        state = dict(vars(self))
        if is_for_keras(self.estimator):
            from skhpt.estimators import Packed  # loads Keras, which other estimators do without

            state["scorer"] = Packed(self.scorer)  # a function may use a loss of Keras'; a worker gets it unpacked
        return state
