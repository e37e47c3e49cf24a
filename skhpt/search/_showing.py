"""What a fitted search shows."""

from __future__ import annotations

from typing import Any

import pandas as pd
from sklearn.utils import estimator_html_repr

from skhpt._compat.sklearn import BaseSearchCV, ShowsHtml, inside_body
from skhpt.evaluation import keras_step, training_history
from skhpt.reporting import results_html


class Showing(ShowsHtml, BaseSearchCV):
    """The part of a search that is looked at once it is fitted."""

    results_: pd.DataFrame

    @property
    def best_model_(self) -> Any:
        """The `keras.Model` of the best estimator, refitted on all data.

        Raises
        ------
        AttributeError
            If the search is not fitted, did not refit, or its estimator holds no Keras model.
        """
        return self._of_keras_step("model_", "best_model_")

    @property
    def best_history_(self) -> dict[str, list[float]]:
        """The training history of the refit: a list a metric, an entry an epoch.

        Raises
        ------
        AttributeError
            As for `best_model_`.
        """
        self._of_keras_step("history_", "best_history_")
        history: dict[str, list[float]] = training_history(self.best_estimator_)
        return history

    def _of_keras_step(self, attribute: str, asked_for: str) -> Any:
        name = type(self).__name__
        if not hasattr(self, "best_estimator_"):
            raise AttributeError(f"{name} has no {asked_for}: fit it first, with refit switched on.")
        step = keras_step(self.best_estimator_)
        if not hasattr(step, attribute):
            raise AttributeError(f"{name} has no {asked_for}: {type(step).__name__} keeps no {attribute}.")
        return getattr(step, attribute)

    def _html_repr(self) -> str:
        """scikit-learn's diagram, and what has come of the candidates: what notebooks show."""
        page = str(estimator_html_repr(self))
        return inside_body(page, results_html(self.results_)) if hasattr(self, "results_") else page
