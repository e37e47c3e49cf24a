"""Different settings of a finite space, where some are likelier than others or there are too many to count in C."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import ParameterGrid
from sklearn.utils import check_random_state

from skhpt.space._dimension import Dimension

_ENUMERABLE = 1_000_000  # settings, a number of 8 bytes each


class DistinctSampler:
    """Settings drawn one after the other, each as likely as it is among those that are left.

    What scikit-learn's `ParameterSampler` is for settings that are equally likely, to be used in the same way.

    Parameters
    ----------
    parts : sequence of mapping of str to object
        The parts of the space. Each is as likely as it has settings.
    listed : sequence of mapping of str to sequence
        The same, with the values of each parameter.
    n_settings : int
        How many to draw. If there are fewer, all are, with a warning.
    random_state : int, RandomState instance or None
        Draws, anew at each iteration.
    """

    def __init__(
        self,
        parts: Sequence[Mapping[str, Any]],
        listed: Sequence[Mapping[str, Sequence[Any]]],
        n_settings: int,
        random_state: Any,
    ) -> None:
        # In the order of names, in which scikit-learn's grid numbers settings.
        self._parts = [dict(sorted(part.items())) for part in parts]
        self._listed = listed
        self._sizes = [math.prod(map(_n_values, part.values())) for part in self._parts]
        self._n_settings = n_settings
        self._random_state = random_state

    def __len__(self) -> int:
        return min(self._n_settings, sum(self._sizes))

    def __iter__(self) -> Iterator[dict[str, Any]]:
        rng = check_random_state(self._random_state)
        size = sum(self._sizes)
        if size < self._n_settings:
            warnings.warn(
                f"The total space of parameters {size} is smaller than n_iter={self._n_settings}. Running {size} "
                "iterations. For exhaustive searches, use GridSearchCV.",
                UserWarning,
                stacklevel=2,
            )
        return self._by_key(rng) if size <= _ENUMERABLE else self._by_rejection(rng)

    def _by_key(self, rng: np.random.RandomState) -> Iterator[dict[str, Any]]:
        """Gumbel's keys: their order is that of draws without replacement (Efraimidis and Spirakis, 2006)."""
        grid = ParameterGrid([dict(part) for part in self._listed])
        log_weights = np.concatenate(
            [math.log(size) + _log_weights(part) for part, size in zip(self._parts, self._sizes, strict=True)]
        )
        keys = log_weights + rng.gumbel(size=len(log_weights))
        for index in np.argsort(-keys, kind="stable")[: len(self)]:
            yield grid[int(index)]

    def _by_rejection(self, rng: np.random.RandomState) -> Iterator[dict[str, Any]]:
        """Draw and draw again; of so many settings hardly one comes twice."""
        size = sum(self._sizes)
        shares = [part_size / size for part_size in self._sizes]
        seen: set[tuple[int, ...]] = set()
        while len(seen) < len(self):
            number = int(rng.choice(len(shares), p=shares))
            part = self._parts[number]
            places = {name: _draw_index(values, rng) for name, values in part.items()}
            key = (number, *places.values())
            if key not in seen:
                seen.add(key)
                yield {name: self._listed[number][name][place] for name, place in places.items()}


def _n_values(values: Any) -> int:
    return int(values.n_values) if isinstance(values, Dimension) else len(values)


def _draw_index(values: Any, rng: np.random.RandomState) -> int:
    return values.draw_index(rng) if isinstance(values, Dimension) else int(rng.randint(len(values)))


def _log_weights(part: Mapping[str, Any]) -> npt.NDArray[np.float64]:
    """The logarithm of how likely each setting of a part is, in the order of its grid."""
    log_weights = np.zeros(1)
    for values in part.values():
        of_values = values.weights() if isinstance(values, Dimension) else np.ones(len(values))
        log_weights = np.add.outer(log_weights, np.log(of_values / of_values.sum())).ravel()
    return log_weights
