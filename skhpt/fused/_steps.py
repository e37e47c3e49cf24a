"""The steps of a pipeline that come before its network: fitted once, for all lanes that have them alike."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from functools import cached_property
from itertools import count
from typing import Any

from sklearn.pipeline import Pipeline

from skhpt._compat.sklearn import has_callbacks
from skhpt.evaluation import (
    Fold,
    SeenByNetwork,
    fit_up_to_network,
    leaving_rows_alone,
    network_step,
    own_rows,
    reaching_last_step,
    replacing_transforms,
)
from skhpt.fused._frozen import frozen
from skhpt.trials import TrialSpec

_numbers = count()


class Steps:
    """The fitted steps before a network, and what they make of the rows of a fold.

    Parameters
    ----------
    estimator : estimator
        A Keras wrapper, or a pipeline that ends in one. All but that is fitted here.
    fold : Fold
        The rows, which stay as they are; but all rows of a search, for its refit, are changed by steps that work in
        place, as scikit-learn's refit does.
    """

    def __init__(self, estimator: Any, fold: Fold) -> None:
        X, y = fold.train
        if fold.is_scored:
            X, y = own_rows(estimator, X), own_rows(estimator, y)
        self.number = next(_numbers)  # not an id, which is given again to others later
        self.fold = fold
        self.seen: SeenByNetwork = fit_up_to_network(estimator, X, y, fold.fit_params, lambda *ignored: None)
        self._steps = estimator.steps[:-1] if isinstance(estimator, Pipeline) else []
        self._estimator = estimator
        self._remembered: dict[tuple[int, int], Any] = {}

    def lend_to(self, estimator: Any) -> None:
        """Give an estimator that has such steps unfitted these fitted ones."""
        if self._steps:
            estimator.steps = [*self._steps, estimator.steps[-1]]

    @cached_property
    def test_rows(self) -> Any:
        """What the network sees of the test fold."""
        return self._transformed(self.fold.test[0])

    @cached_property
    def train_rows(self) -> Any:
        """What the network sees of the training fold when it is asked for predictions."""
        return self._transformed(self.fold.train[0])

    def _transformed(self, X: Any) -> Any:
        with self.remembering():
            return reaching_last_step(self._estimator, X)

    @contextmanager
    def remembering(self) -> Iterator[None]:
        """Let the steps transform the same object only once, and return the same object again."""
        steps = [step for _, step in self._steps if hasattr(step, "transform")]
        with leaving_rows_alone(self._estimator), replacing_transforms(steps, self._remember):
            yield

    def _is_known(self, X: Any) -> bool:
        """Whether these are rows of the fold, or what a step has made of them: a scorer may come with any others."""
        of_fold = [self.fold.train[0], *([self.fold.test[0]] if self.fold.is_scored else [])]
        made = (output for _, output in self._remembered.values())
        return any(X is known for known in (*of_fold, *made))

    def _remember(self, step: Any, transform: Callable[..., Any]) -> Callable[..., Any]:
        def remembered(X: Any, **params: Any) -> Any:
            key = (id(step), id(X))
            if params or not self._is_known(X):
                return transform(X, **params)
            if key not in self._remembered:
                self._remembered[key] = (X, transform(X))  # X is kept, so that no other object gets its id
            return self._remembered[key][1]

        return remembered


class SharedSteps:
    """The steps of all trials of a round."""

    def __init__(self) -> None:
        self._known: dict[Hashable, Steps] = {}

    def of(self, spec: TrialSpec, estimator: Any, fold: Fold) -> Steps:
        """Fitted steps, which the estimator then has.

        Steps are alike if the candidates agree in all that is not the network's. Those that scikit-learn's callbacks
        follow are not shared, nor those of different repeats, as a step may be a network too.
        """
        key = (spec.fold, spec.repeat, _own(spec, estimator))
        if key in self._known:
            self._known[key].lend_to(estimator)
            return self._known[key]
        steps = Steps(estimator, fold)
        if not any(has_callbacks(part) for part in estimator.get_params(deep=True).values()):
            self._known[key] = steps
        return steps


def _own(spec: TrialSpec, estimator: Any) -> Hashable:
    """What a candidate says of the steps before the network."""
    if network_step(estimator) is estimator:
        return None
    last = estimator.steps[-1][0]
    return frozen({name: value for name, value in spec.candidate.params.items() if name.partition("__")[0] != last})
