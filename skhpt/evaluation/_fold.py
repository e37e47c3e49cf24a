"""One train/test split of a search, with what goes with the rows."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from skhpt._compat.sklearn import check_method_params, num_samples, safe_split, score_estimator
from skhpt.evaluation._pipelines import network_step
from skhpt.evaluation._setup import TrialSetup
from skhpt.evaluation._validation_rows import VALIDATION_ARGUMENTS
from skhpt.evaluation._viewing import can_be_viewed
from skhpt.trials import own_form, view_rows


class Fold:
    """The rows that a trial is trained on, and those that it is scored on.

    Parameters
    ----------
    setup : TrialSetup
        What the trials share.
    number : int
        Which of its splits.
    """

    is_scored = True

    def __init__(self, setup: TrialSetup, number: int) -> None:
        self._setup = setup
        self.numbers = setup.splits[number]
        self._train, self._test = self.numbers

    @cached_property
    def train(self) -> tuple[Any, Any]:
        """X and y of the training fold."""
        return self._rows(self._train, None, is_scored=self._setup.return_train_score)

    @cached_property
    def test(self) -> tuple[Any, Any]:
        """X and y of the test fold."""
        return self._rows(self._test, self._train, is_scored=True)

    @cached_property
    def fit_params(self) -> Mapping[str, Any]:
        """What `fit` gets with the training fold."""
        given = self._setup.fit_params
        params: dict[str, Any] = check_method_params(self._setup.X, params=given, indices=self._train)
        if network_step(self._setup.estimator) is not None:  # whose validation rows are whole, however many they are
            params |= {name: given[name] for name in given if name.rpartition("__")[2] in VALIDATION_ARGUMENTS}
        return params

    def test_scores(self, estimator: Any) -> float | dict[str, float]:
        """What the scorer says of a fitted estimator on the test fold."""
        return self._score(estimator, *self.test, rows=self._test)

    def train_scores(self, estimator: Any) -> float | dict[str, float]:
        """The same on the training fold."""
        return self._score(estimator, *self.train, rows=self._train)

    def predictions(self, estimator: Any) -> npt.NDArray[np.generic] | None:
        """What a fitted estimator is scored by on the test fold; None if nobody asks, or it can't be had."""
        rescoring = self._setup.rescoring
        if rescoring is None:
            return None
        try:
            return rescoring.responses(estimator, *self.test)
        except Exception:  # noqa: BLE001 - what a user's model raises; of its score, the scorer has told already
            return None

    def _rows(self, rows: Any, train: Any, *, is_scored: bool) -> tuple[Any, Any]:
        setup = self._setup
        if can_be_viewed(setup, rows, is_scored=is_scored):
            y, _ = safe_split(setup.estimator, setup.y, None, rows)  # alone: in the place of the rows
            return view_rows(setup.X, rows), y
        X, y = safe_split(setup.estimator, setup.X, setup.y, rows, train)
        return X, y

    def _score(self, estimator: Any, X: Any, y: Any, *, rows: Any) -> float | dict[str, float]:
        setup = self._setup
        score_params = check_method_params(setup.X, params=setup.score_params, indices=rows)
        scores: float | dict[str, float] = score_estimator(
            estimator, X, y, setup.scorer, score_params, setup.error_score
        )
        return scores


class AllRows(Fold):
    """All rows of a search, as the training fold of its refit; there are none left to score it on.

    Parameters
    ----------
    setup : TrialSetup
        Of the search.
    """

    is_scored = False

    def __init__(self, setup: TrialSetup) -> None:
        self._setup = setup

    @cached_property
    def train(self) -> tuple[Any, Any]:
        X, y = self._setup.X, self._setup.y
        viewed = can_be_viewed(self._setup, np.arange(num_samples(X)), is_scored=False)
        return view_rows(X) if viewed else own_form(X), y

    @cached_property
    def fit_params(self) -> Mapping[str, Any]:
        return self._setup.fit_params
