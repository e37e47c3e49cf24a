"""What `Int`, `Float` and `Choice` have in common."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.utils import check_random_state


class Dimension(ABC):
    """The values that one hyper-parameter may have, and how likely each is to be drawn.

    Its method `rvs` is what makes scikit-learn's samplers take it.
    """

    @property
    @abstractmethod
    def arguments(self) -> tuple[Sequence[Any], Mapping[str, Any]]:
        """The arguments that it was made with, by place and by name, without those that are the default."""

    @property
    @abstractmethod
    def n_values(self) -> int | float:
        """How many values there are; `math.inf` if they are not finite."""

    @abstractmethod
    def values(self) -> Sequence[Any]:
        """All values, in their order.

        Raises
        ------
        ValueError
            If they are not finite.
        """

    @property
    def is_finite(self) -> bool:
        """Whether there is a last value."""
        return math.isfinite(self.n_values)

    def rvs(self, size: int | None = None, random_state: int | np.random.RandomState | None = None) -> Any:
        """Draw values at random.

        Parameters
        ----------
        size : int, default=None
            How many; None is one, by itself.
        random_state : int, RandomState instance or None, default=None
            Draws. None is NumPy's global state.

        Returns
        -------
        object or list
            Plain values of Python: a value, or a list of `size`, among which some may be equal.
        """
        rng = check_random_state(random_state)
        return self._draw(rng) if size is None else [self._draw(rng) for _ in range(size)]

    def draw_index(self, rng: np.random.RandomState) -> int:
        """The place of a value that is drawn at random from a finite number of them."""
        return int(rng.randint(int(self.n_values)))

    @property
    def is_even(self) -> bool:
        """Whether each of a finite number of values is as likely to be drawn as any other."""
        return True

    def weights(self) -> npt.NDArray[np.float64]:
        """How likely each of a finite number of values is to be drawn, up to a factor."""
        return np.ones(int(self.n_values))

    def _draw(self, rng: np.random.RandomState) -> Any:
        return self.values()[self.draw_index(rng)]

    def __repr__(self) -> str:
        args, kwargs = self.arguments
        given = [*map(repr, args), *(f"{name}={value!r}" for name, value in kwargs.items())]
        return f"{type(self).__name__}({', '.join(given)})"
