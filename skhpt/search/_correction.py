"""The best score of a search without the luck of having been chosen."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn import get_config
from sklearn.metrics import accuracy_score, mean_absolute_error, mean_squared_error, r2_score, roc_auc_score
from sklearn.utils.metadata_routing import process_routing

from skhpt._compat.sklearn import MultimetricScorer, check_method_params, scorers_of
from skhpt.evaluation import Rescoring, TrialSetup
from skhpt.results import (
    CorrectedScore,
    Determination,
    MeanOverRepeats,
    OneStandardError,
    ResampledScores,
    RocAuc,
    RowMeans,
    ScoredAnew,
    cheapest_within,
    corrected_score,
    first_best,
)
from skhpt.search._folds import Split
from skhpt.search._selection import rule_of
from skhpt.search._target import scorer_for
from skhpt.trials import TrialResult

_BOOTSTRAPS, _BOOTSTRAPS_ONE_BY_ONE = 1000, 200

Predictions = npt.NDArray[Any]


def make_rescoring(search: Any, scorer: Any, refit_metric: Any, y: Any) -> Rescoring | None:
    """What scores any rows by the metric that decides; None if predictions are not to be stored.

    Parameters
    ----------
    search : BaseSearch
        With `store_predictions`, `refit` and `estimator`.
    scorer : callable
        Its scorer.
    refit_metric : str or object
        The name of the metric that decides.
    y : array-like or None
        The targets.

    Raises
    ------
    ValueError
        If that can't be done.
    """
    if not search.store_predictions:
        return None
    rule = rule_of(search.refit)
    if callable(search.refit) and rule is None:
        raise ValueError(
            "store_predictions=True needs to know how the best candidate is chosen: 'refit' can't be a function, other "
            f"than a OneStandardError. Got {search.refit!r}."
        )
    if y is None:
        raise ValueError("store_predictions=True needs targets. Got y=None.")
    if (scorers := scorers_of(scorer)) is not None:
        metric = refit_metric if rule is None else rule.metric
        if metric not in scorers:
            raise ValueError(
                "store_predictions=True corrects the score of one metric: 'refit' must name it, or be a "
                f"OneStandardError with a metric. Got refit={search.refit!r}."
            )
        scorer = scorers[metric]
    return Rescoring(scorer_for(Rescoring.of(scorer, search.estimator).scorer, y))


def check_held_out_once(splits: Sequence[Split]) -> None:
    """Raise if a row is in several test folds: who draws it anew could not tell its predictions apart.

    Raises
    ------
    ValueError
        Names what to use instead.
    """
    held_out = np.concatenate([_numbers(test) for _, test in splits])
    if len(np.unique(held_out)) < len(held_out):
        raise ValueError(
            "store_predictions=True needs a 'cv' in which each row is held out once at most, such as KFold or "
            "StratifiedKFold; for several rounds of it use 'repeats'."
        )


@dataclass(frozen=True)
class Correction:
    """Corrects the best score by bootstraps over what the candidates have said of the rows held out.

    Parameters
    ----------
    setup : TrialSetup
        Of the search.
    splits : sequence of (train, test)
        Its folds.
    n_repeats : int
        How often each candidate was run on each.
    rule : OneStandardError or None
        How the best one is chosen; None is by the best score.
    metric : str
        What decides.
    """

    setup: TrialSetup
    splits: Sequence[Split]
    n_repeats: int
    rule: OneStandardError | None
    metric: str

    def guarded(
        self, trials: Sequence[TrialResult], results: Mapping[str, Any], rows: npt.NDArray[np.intp]
    ) -> CorrectedScore:
        """As `of`; where a metric of the user's own raises there is none, and the search goes on to its refit."""
        try:
            return self.of(trials, results, rows)
        except Exception as error:  # noqa: BLE001 - whatever it is, it must not cost what was trained
            return _without(f"scoring predictions anew has raised {type(error).__name__}: {error}")

    def of(
        self, trials: Sequence[TrialResult], results: Mapping[str, Any], rows: npt.NDArray[np.intp]
    ) -> CorrectedScore:
        """The corrected score of the choice among these rows of `cv_results_`.

        A candidate that lacks predictions, as one of its trials has failed, is left out.
        """
        n_trials = len(self.splits) * self.n_repeats
        asked = {int(row): self._predictions(trials[row * n_trials : (row + 1) * n_trials]) for row in rows}
        known = {row: predictions for row, predictions in asked.items() if predictions is not None}
        if not known:
            return _without("there are no predictions of any candidate on all folds")
        if len({predictions.shape for predictions in known.values()}) > 1:
            return _without("the predictions of candidates are of different shapes")
        if not self._agrees(trials[next(iter(known)) * n_trials]):
            return _without("the predictions don't lead to the scores. Give the search a 'scoring'")
        predictions = np.stack(list(known.values()))
        scores = MeanOverRepeats([self._scores(predictions[:, repeat]) for repeat in range(self.n_repeats)])
        return corrected_score(
            scores,
            len(self._held_out),
            seed=self.setup.seeds.correction(),
            n_bootstraps=_BOOTSTRAPS if self._at_once is not None else _BOOTSTRAPS_ONE_BY_ONE,
            choose=self._choice(results, np.array(list(known))),
        )

    def _agrees(self, trial: TrialResult) -> bool:
        """Whether a trial's score is what the metric makes of its predictions: a `score` may be anything."""
        rows = _numbers(self.splits[trial.fold][1])
        params = check_method_params(self.setup.X, params=self._score_params, indices=rows)
        score = self._rescoring.score(np.asarray(self.setup.y)[rows], np.asarray(trial.predictions), params)
        reported = trial.test_scores.get(self.metric, np.nan)
        return bool(np.isclose(score, reported, rtol=1e-4, atol=1e-6, equal_nan=True))

    def _predictions(self, trials: Sequence[TrialResult]) -> Predictions | None:
        """Of one candidate, of shape (n_repeats, n_held_out, ...)."""
        parts = [trial.predictions for trial in trials]
        known = [part for part in parts if part is not None]
        if len(known) < len(parts) or len({part.shape[1:] for part in known}) > 1:
            return None
        n_folds = len(self.splits)
        return np.stack([np.concatenate(known[first : first + n_folds]) for first in range(0, len(known), n_folds)])

    @property
    def _held_out(self) -> npt.NDArray[np.intp]:
        return np.concatenate([_numbers(test) for _, test in self.splits])

    @property
    def _rescoring(self) -> Rescoring:
        assert self.setup.rescoring is not None  # noqa: S101 - there is no correction without
        return self.setup.rescoring

    @property
    def _score_params(self) -> Mapping[str, Any]:
        """What the metric that decides is given besides, of several as scikit-learn shares it out among them."""
        scorer, params = self.setup.scorer, self.setup.score_params
        if not (params and isinstance(scorer, MultimetricScorer)):
            return params
        if get_config()["enable_metadata_routing"]:
            routed: Mapping[str, Any] = process_routing(scorer, "score", **params)[self.metric]["score"]
            return routed
        known = inspect.signature(self._rescoring.function).parameters
        return {name: value for name, value in params.items() if name != "sample_weight" or name in known}

    @property
    def _at_once(self) -> Callable[[Predictions, Predictions], ResampledScores] | None:
        """How all bootstraps are scored at once, if the metric is one of the usual ones."""
        if self._score_params or self._rescoring.options or np.ndim(self.setup.y) != 1:
            return None
        return _AT_ONCE.get((self._rescoring.function, self._rescoring.sign))

    def _scores(self, predictions: Predictions) -> ResampledScores:
        """Of one repeat."""
        y = np.asarray(self.setup.y)[self._held_out]
        if self._at_once is not None and predictions.ndim == 2:
            return self._at_once(y, predictions)
        rescoring = self._rescoring.knowing(np.unique(y)) if predictions.ndim > 2 else self._rescoring
        held_out, all_params = self._held_out, self._score_params

        def score(candidate: int, rows: npt.NDArray[np.intp]) -> float:
            params = check_method_params(self.setup.X, params=all_params, indices=held_out[rows])
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # of what few rows lack, a thousand times
                    return float(rescoring.score(y[rows], predictions[candidate][rows], params))
            except ValueError:  # a bootstrap may lack a class that the metric needs
                return np.nan

        return ScoredAnew(score, len(predictions))

    def _choice(
        self, results: Mapping[str, Any], rows: npt.NDArray[np.intp]
    ) -> Callable[[npt.NDArray[np.float64]], npt.NDArray[np.intp]]:
        """The choice that the search makes, for scores on other rows."""
        if self.rule is None:
            return first_best
        costs, margin = self.rule.costs(results)[rows], self.rule.standard_error(results, rows, self.n_repeats)
        return lambda scores: cheapest_within(scores, costs, margin)


def _without(reason: str) -> CorrectedScore:
    warnings.warn(f"There is no corrected_score_: {reason}.", UserWarning, stacklevel=6)
    return CorrectedScore(np.nan, np.nan, np.nan, 0)


def _numbers(test: npt.NDArray[Any]) -> npt.NDArray[np.intp]:
    """The row numbers of a fold that may be a mask."""
    return np.flatnonzero(test) if test.dtype == bool else test.astype(np.intp)


_AT_ONCE: dict[Any, Callable[[Predictions, Predictions], ResampledScores]] = {
    (accuracy_score, 1): lambda y, predicted: RowMeans(predicted == y),
    (mean_squared_error, -1): lambda y, predicted: RowMeans(-((predicted - y) ** 2)),
    (mean_absolute_error, -1): lambda y, predicted: RowMeans(-np.abs(predicted - y)),
    (r2_score, 1): Determination,
    (roc_auc_score, 1): lambda y, predicted: RocAuc(y == np.unique(y)[-1], predicted),
}
