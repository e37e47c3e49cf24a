"""The sampler of optuna."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

from skhpt._optuna import new_study
from skhpt.exceptions import MissingExtraError
from skhpt.strategies._category import Category
from skhpt.strategies._number import Number
from skhpt.strategies._parameter_space import Dimension, ParameterSpace, Point
from skhpt.strategies._sampler import Sampler
from skhpt.strategies._steps import Steps

try:
    import optuna
except ImportError as error:
    raise MissingExtraError("sampler='tpe'", "bayes") from error

_PART = "part"


class TPESampler(Sampler):
    """The tree-structured Parzen estimator, as `optuna.samplers.TPESampler` has it.

    At equal seeds its suggestions are those of a study that is asked and told by hand, with the same distributions and
    the places of options as categories, those of steps as integers. Of a space of several parts the part is the first
    category, and parameters that are the same in each part where they occur are one to the study.

    A failed point is told as pruned: optuna ranks it below all that have a score, so that the sampler learns to avoid
    it, and no score is made up.

    Parameters
    ----------
    space : ParameterSpace
        Where to search.
    seed : int
        In [0, 2**32).
    n_initial : int
        How many points are drawn at random before the estimator is used.
    options : mapping of str to object
        Further arguments of `optuna.samplers.TPESampler`.

    References
    ----------
    J. Bergstra, R. Bardenet, Y. Bengio and B. Kégl, Algorithms for Hyper-Parameter Optimization, NeurIPS 2011.
    https://papers.nips.cc/paper/4443-algorithms-for-hyper-parameter-optimization
    """

    most_attempts = 20  # each is a new draw from the density of the good ones, and cheap

    def __init__(self, space: ParameterSpace, seed: int, n_initial: int, options: Mapping[str, Any]) -> None:
        super().__init__(space, n_initial)
        sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=n_initial, **options)
        self._study = new_study(sampler=sampler)
        self._names = _names_in_study(space)
        self._pending: list[optuna.Trial] = []

    @staticmethod
    def options() -> set[str]:
        """The names that `options` may have."""
        taken = {"self", "seed", "n_startup_trials"}
        return set(inspect.signature(optuna.samplers.TPESampler).parameters) - taken

    def suggest(self) -> Point:
        trial = self._study.ask()
        self._pending.append(trial)
        parts = self.space.parts
        part = trial.suggest_categorical(_PART, range(len(parts))) if len(parts) > 1 else 0
        names = self._names[part]
        return Point(part, {name: _suggested(trial, names[name], of) for name, of in parts[part].items()})

    def withdraw(self) -> None:
        self._study.tell(self._pending.pop(), state=optuna.trial.TrialState.FAIL)  # which no later suggestion looks at

    def insist(self, point: Point) -> None:
        names = self._names[point.part]
        params = {names[name]: value for name, value in point.values.items()}
        self._study.enqueue_trial(params if len(self.space.parts) == 1 else params | {_PART: point.part})
        self.suggest()

    def tell(self, scores: Sequence[float | None]) -> None:
        for trial, score in zip(self._pending, scores, strict=True):
            state = optuna.trial.TrialState.PRUNED if score is None else optuna.trial.TrialState.COMPLETE
            self._study.tell(trial, score, state=state)
        self._pending = []


def _suggested(trial: optuna.Trial, name: str, dimension: Dimension) -> float:
    if isinstance(dimension, Category):
        return int(trial.suggest_categorical(name, range(dimension.size)))
    if isinstance(dimension, Steps):
        return trial.suggest_int(name, 0, dimension.size - 1)
    if dimension.is_int:
        return trial.suggest_int(name, int(dimension.low), int(dimension.high), log=dimension.log)
    return trial.suggest_float(name, dimension.low, dimension.high, log=dimension.log)


def _names_in_study(space: ParameterSpace) -> list[dict[str, str]]:
    """What each part's parameters are called in the study, where one name must always be the same distribution."""
    found: dict[str, list[Dimension]] = {}
    for part in space.parts:
        for name, dimension in part.items():
            found.setdefault(name, []).append(dimension)
    shared = {name for name, dimensions in found.items() if all(_alike(dimensions[0], of) for of in dimensions)}
    if len(space.parts) == 1:
        return [{name: name for name in space.parts[0]}]
    return [
        {name: f"{_PART}.{name}" if name in shared else f"{_PART}{number}.{name}" for name in part}
        for number, part in enumerate(space.parts)
    ]


def _alike(one: Dimension, other: Dimension) -> bool:
    if isinstance(one, Number) or isinstance(other, Number):
        return one == other
    ones, others = (of.options if isinstance(of, Category) else of.values for of in (one, other))
    # What there is to choose from may be arrays or the like, which have no truth of being equal.
    return type(one) is type(other) and len(ones) == len(others) and all(map(_is_same, ones, others))


def _is_same(one: Any, other: Any) -> bool:
    plain = (bool, int, float, str, type(None))
    return one is other or (type(one) is type(other) and isinstance(one, plain) and repr(one) == repr(other))
