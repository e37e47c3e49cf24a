"""What a search takes for its best candidate, and how long that is to be trained."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import is_classifier

from skhpt._compat.sklearn import BaseSearchCV, best_index, check_refit_names_a_metric
from skhpt.evaluation import network_step, prepare
from skhpt.results import OneStandardError, best_epoch, metric_names, unknown_metric
from skhpt.search._resource import epochs_parameter
from skhpt.search._selection import holds_wrapper, rule_of
from skhpt.search._target import read_as_fitted
from skhpt.store import error_line
from skhpt.trials import TrialResult


class Selecting(BaseSearchCV):
    """The part of a search that chooses, and scores what it has chosen."""

    def score(self, X: Any, y: Any = None, **params: Any) -> float:
        """Score the best estimator, as scikit-learn's searches do.

        Parameters
        ----------
        X, y
            As for `fit`.
        **params : dict of str to object
            Passed to the scorer.

        Returns
        -------
        float
        """
        best = getattr(self, "best_estimator_", None)
        score: float = super().score(X, read_as_fitted(best, y), **params)
        return score

    def _deciding_metric(self, trials: Sequence[TrialResult], refit_metric: Any) -> Any:
        """The metric that selects; before there are trials what is asked for, since nobody knows yet what a callable
        `scoring` returns.
        """
        if self._rule is not None and self._rule.metric is not None:
            if trials and self._rule.metric not in (names := metric_names(trials)):
                raise unknown_metric(self._rule, names)
            return self._rule.metric
        if not (callable(self.scoring) and any(trial.multimetric for trial in trials)):
            return refit_metric
        check_refit_names_a_metric(self, metric_names(trials))
        return self.refit

    @property
    def _rule(self) -> OneStandardError | None:
        """What chooses the best candidate by its cost, if `refit` says so."""
        return rule_of(self.refit)

    def _rows_that_may_win(self, results: Mapping[str, Any]) -> npt.NDArray[np.intp]:
        """The rows of `cv_results_` that the best candidate is chosen from."""
        return np.arange(len(results["params"]))

    def _select_best_index(self, refit: Any, refit_metric: Any, results: Mapping[str, Any]) -> Any:
        if self._rule is None:
            return best_index(refit, refit_metric, results)
        return self._rule.best_index(results, self._rows_that_may_win(results), self.repeats)

    def _has_best(self, metric: Any, results: Mapping[str, Any]) -> bool:
        """Whether a candidate may be the best one.

        A function as `refit` is asked in any case. Where no mean is finite, the first candidate of estimators without a
        Keras wrapper is the best one, as in scikit-learn.
        """
        if not holds_wrapper(self.estimator) or (self._rule is None and callable(self.refit)):
            return True
        return bool(np.isfinite(results[f"mean_test_{metric}"][self._rows_that_may_win(results)]).any())

    def _no_best(self, metric: Any, trials: Sequence[TrialResult]) -> ValueError:
        """The error of a search that has nothing to refit. It names a trial to blame: one that failed, if any did."""
        missing = [trial for trial in trials if not math.isfinite(trial.test_scores.get(metric, math.nan))]
        trial = next((trial for trial in missing if trial.error), missing[0])
        score = f"its score is {trial.test_scores.get(metric)} (see the warnings)"
        reason = error_line(trial.error).rstrip(".") if trial.error else score
        return ValueError(
            f"No candidate has a finite mean score, so none is the best. Candidate {trial.candidate} has none "
            f"because of fold {trial.fold}: {reason}. `cv_results_` and `histories_` hold what there is."
        )

    def _best_epochs(self) -> dict[str, int]:
        """The parameter of the refit that says for how many epochs, if that is not the candidate's."""
        if self.refit_epochs == "same":
            return {}
        best = prepare(self.estimator, self.best_params_, seed=0)
        if network_step(best) is None:
            return {}
        histories = self.histories_[self.histories_["candidate"] == self._best_candidate]
        if "iter" in histories and not self._budgets_count.continues:  # the last rung alone is like the refit
            histories = histories[histories["iter"] == histories["iter"].max()]
        return {epochs_parameter(best): best_epoch(histories, self._metric_of_epochs)}

    @property
    def _metric_of_epochs(self) -> str:
        """The name that Keras would have for what decides, if it has one."""
        if isinstance(self.scoring, str):
            return self.scoring
        if self.scoring is None:
            return "accuracy" if is_classifier(self.estimator) else "r2_score"
        return self.refit if isinstance(self.refit, str) else "loss"
