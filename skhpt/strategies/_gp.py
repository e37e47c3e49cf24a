"""The sampler of the package bayesian-optimization."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from skhpt.exceptions import MissingExtraError
from skhpt.strategies._category import Category
from skhpt.strategies._number import Number
from skhpt.strategies._parameter_space import Dimension, ParameterSpace, Point
from skhpt.strategies._sampler import Sampler
from skhpt.strategies._steps import Steps

try:
    from bayes_opt import BayesianOptimization
    from bayes_opt.parameter import FloatParameter
except ImportError as error:
    raise MissingExtraError("sampler='gp'", "bayes") from error

Units = dict[str, Any]


class GPSampler(Sampler):
    """A Gaussian process and an acquisition function, as `bayes_opt.BayesianOptimization` has them.

    At equal seeds its suggestions are those of the package by hand, for parameters between 0 and 1: as its kernel has
    one length for all of them, each number is seen as its unit, on its log scale if it has one. The kernel sees
    integers and other steps at the places of their steps, and options as a 1 among zeros (Garrido-Merchán and
    Hernández-Lobato); the package's own parameters of these kinds have neither a unit nor a log scale, and take ten
    times as long.

    What is pending counts with the score that the process expects of it, which leaves the expectation as it is and
    takes the doubt away (Desautels et al.). A failed point counts as the worst that is known.

    Parameters
    ----------
    space : ParameterSpace
        Where to search. Of one part.
    seed : int
        In [0, 2**32).
    n_initial : int
        How many points are drawn at random before the process is used.
    options : mapping of str to object
        `acquisition_function` of the package, and parameters of its `GaussianProcessRegressor`.

    References
    ----------
    E. C. Garrido-Merchán and D. Hernández-Lobato, Dealing with Categorical and Integer-valued Variables in Bayesian
    Optimization with Gaussian Processes, Neurocomputing 380, 2020. https://arxiv.org/abs/1805.03463
    T. Desautels, A. Krause and J. Burdick, Parallelizing Exploration-Exploitation Tradeoffs in Gaussian Process Bandit
    Optimization, JMLR 15, 2014. https://jmlr.org/papers/v15/desautels14a.html
    """

    most_attempts = 3  # a further one differs by the restarts of a fit only, and takes a tenth of a second or more

    def __init__(self, space: ParameterSpace, seed: int, n_initial: int, options: Mapping[str, Any]) -> None:
        super().__init__(space, n_initial)
        (self._dimensions,) = space.parts
        self._bounds = {name: _bounds(name, of) for name, of in self._dimensions.items() if of.size > 1}
        self._rng = np.random.RandomState(seed)
        self._regressor = dict(options)
        # It counts its calls, which its decay depends on: one for all, and the caller's own stays as it is.
        self._acquisition = copy.deepcopy(self._regressor.pop("acquisition_function", None))
        self._known: list[_Observation] = []
        self._pending: list[_Observation] = []

    @staticmethod
    def options() -> set[str]:
        """The names that `options` may have."""
        return {"acquisition_function", "alpha", "kernel", "n_restarts_optimizer", "normalize_y", "optimizer"}

    def suggest(self) -> Point:
        if not self._bounds:
            self._pending.append(_Observation({}))
            return self._point({})
        optimizer = self._informed()
        is_initial = len(self._known) + len(self._pending) < self.n_initial
        if is_initial or not len(optimizer.space):
            self._pending.append(_Observation(optimizer.random_sample(1)[0]))
        else:
            units = optimizer.suggest()
            expected: Any = optimizer.predict(units, fit_gp=False)
            self._pending.append(_Observation(units, score=float(expected)))
        return self._point(self._pending[-1].units)

    def withdraw(self) -> None:
        self._pending.pop()

    def insist(self, point: Point) -> None:
        units = {name: _unit(self._dimensions[name], point.values[name]) for name in self._bounds}
        self._pending.append(_Observation(units))

    def tell(self, scores: Sequence[float | None]) -> None:
        told = [_Observation(pending.units, score) for pending, score in zip(self._pending, scores, strict=True)]
        self._known += told
        self._pending = []

    def _informed(self) -> BayesianOptimization:
        """A new optimizer that knows what there is to know, as nothing can be taken back from one."""
        optimizer = BayesianOptimization(
            None, self._bounds, acquisition_function=self._acquisition, random_state=self._rng, verbose=0
        )
        if self._regressor:
            optimizer.set_gp_params(**self._regressor)
        scores = [known.score for known in self._known if known.score is not None]
        if scores:
            for known in self._known:
                optimizer.space.register(known.units, min(scores) if known.score is None else known.score)
            for pending in self._pending:
                if pending.score is not None:  # drawn at random: nobody expects anything of it
                    optimizer.space.register(pending.units, pending.score)
        return optimizer

    def _point(self, units: Units) -> Point:
        return Point(0, {name: _value(of, units.get(name)) for name, of in self._dimensions.items()})


@dataclass(frozen=True)
class _Observation:
    """A point by its units, with its score, or with the one that is expected of it, if there is any."""

    units: Units
    score: float | None = None


class _Snapping(FloatParameter):  # type: ignore[misc, unused-ignore]
    """The units of integers or steps. As a `FloatParameter` it may be searched by gradients between them."""

    def __init__(self, name: str, dimension: Number | Steps) -> None:
        super().__init__(name, (0.0, 1.0))
        self._dimension = dimension

    def to_param(self, value: Any) -> float:
        return float(self._dimension.snapped(np.squeeze(value)))

    def kernel_transform(self, value: Any) -> Any:
        return self._dimension.snapped(value)


class _Options(FloatParameter):  # type: ignore[misc, unused-ignore]
    """As many units as there are options, of which the greatest says which it is."""

    def __init__(self, name: str, n_options: int) -> None:
        super().__init__(name, (0.0, 1.0))
        self._n_options = n_options
        self._bounds = np.tile([0.0, 1.0], (n_options, 1))

    @property
    def dim(self) -> int:
        return self._n_options

    def random_sample(self, n_samples: int, random_state: Any) -> npt.NDArray[np.float64]:
        return self._one_hot(random_state.randint(self._n_options, size=n_samples))

    def to_param(self, value: Any) -> int:
        return int(np.argmax(value))

    def to_float(self, value: Any) -> Any:
        return self._one_hot(np.array([value]))[0]

    def kernel_transform(self, value: Any) -> npt.NDArray[np.float64]:
        return self._one_hot(np.argmax(np.atleast_2d(value), axis=1))

    def _one_hot(self, places: npt.NDArray[np.intp]) -> npt.NDArray[np.float64]:
        hot: npt.NDArray[np.float64] = np.eye(self._n_options)[places]
        return hot


def _bounds(name: str, dimension: Dimension) -> Any:
    """What the package is told of a parameter."""
    if isinstance(dimension, Category):
        return _Options(name, dimension.size)
    return (0.0, 1.0) if dimension.size == np.inf else _Snapping(name, dimension)


def _unit(dimension: Dimension, value: float) -> float:
    return value if isinstance(dimension, Category) else dimension.unit(value)


def _value(dimension: Dimension, unit: Any) -> float:
    """What a unit, or a place among options, stands for; None stands for the only value."""
    if isinstance(dimension, Category):
        return int(unit or 0)
    unit = 0.5 if unit is None else float(unit)
    return dimension.value(unit) if isinstance(dimension, Number) else dimension.place(unit)
