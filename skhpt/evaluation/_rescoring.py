"""Scoring rows again, by what an estimator that is gone has said of them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import is_classifier, is_regressor
from sklearn.metrics import accuracy_score, make_scorer, r2_score
from sklearn.pipeline import Pipeline

from skhpt._compat.sklearn import PassthroughScorer, Scorer, responses_of, scorer_parts, scorer_with

Responses = npt.NDArray[np.generic]


@dataclass(frozen=True)
class Rescoring:
    """A metric in two parts: what is asked of an estimator, and what is made of the answer.

    Parameters
    ----------
    scorer : scorer of scikit-learn's
        With a function of targets and responses.
    """

    scorer: Any

    @classmethod
    def of(cls, scorer: Any, estimator: Any) -> Rescoring:
        """Take a scorer apart.

        Parameters
        ----------
        scorer : callable
            Of one metric.
        estimator : estimator
            Whose own `score` is meant, if the scorer leaves it to that.

        Raises
        ------
        ValueError
            If it is in one part.
        """
        if isinstance(scorer, PassthroughScorer):
            return cls(make_scorer(_own_score(estimator)))
        if isinstance(scorer, Scorer):
            return cls(scorer)
        raise ValueError(
            "store_predictions=True needs a scoring that takes targets and predictions, to score other rows than those "
            "of a fold: a name, or what sklearn.metrics.make_scorer makes of a function of y_true and y_pred. "
            f"Got {scorer!r}."
        )

    def responses(self, estimator: Any, X: Any, y: Any) -> Responses:
        """What the scorer asks a fitted estimator of rows: classes, probabilities, decisions or numbers.

        Returns
        -------
        ndarray of shape (n_samples, ...)
            Of text or numbers.
        """
        responses = np.asarray(responses_of(self.scorer, estimator, X, y))
        if responses.dtype.hasobject:  # labels, of which a file without pickles holds the text
            responses = np.array(responses.tolist())
        if responses.dtype.hasobject or responses.shape[:1] != np.shape(y)[:1]:
            raise ValueError("no responses by row")
        return responses

    def score(self, y: Any, responses: Responses, params: Mapping[str, Any]) -> float:
        """The score of rows by what was said of them; the higher the better."""
        score: float = self.sign * self.function(y, responses, **self.options | dict(params))
        return score

    @property
    def function(self) -> Callable[..., Any]:
        """Of targets and responses."""
        return scorer_parts(self.scorer)[0]

    @property
    def options(self) -> dict[str, Any]:
        """Its other arguments."""
        return scorer_parts(self.scorer)[1]

    @property
    def sign(self) -> int:
        """-1 where the function is a loss."""
        return scorer_parts(self.scorer)[2]

    def knowing(self, classes: Responses) -> Rescoring:
        """The same for rows that may lack some classes, which a column of responses each is for."""
        if "labels" not in inspect.signature(self.function).parameters or self.options.get("labels") is not None:
            return self
        return Rescoring(scorer_with(self.scorer, self.options | {"labels": classes}))


def _own_score(estimator: Any) -> Callable[..., Any]:
    """The function that an estimator's own `score` computes."""
    last = estimator
    while isinstance(last, Pipeline):
        last = last.steps[-1][1]
    score = getattr(type(last), "score", None)
    if getattr(score, "__module__", "").startswith(("sklearn.", "skhpt.", "scikeras.")):
        own = getattr(last, "scorer", None)  # of a Keras wrapper, for subclasses to override
        if own is not None and not own.__module__.startswith(("skhpt.", "scikeras.")):
            return own  # type: ignore[no-any-return]
        if is_classifier(last):
            return accuracy_score  # type: ignore[no-any-return]
        if is_regressor(last):
            return r2_score  # type: ignore[no-any-return]
    raise ValueError(
        f"store_predictions=True needs a 'scoring' here: what the `score` of {type(last).__name__} computes is not "
        "known to be a function of targets and predictions. Give the name of a metric."
    )
