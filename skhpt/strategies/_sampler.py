"""What a Bayesian strategy asks of a library."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from skhpt.strategies._parameter_space import ParameterSpace, Point


class Sampler(ABC):
    """Suggests the next point to try, from all that it was told.

    A suggestion is pending until it is told or withdrawn, and those that follow keep away from it. Equal calls lead to
    equal suggestions.

    Attributes
    ----------
    space : ParameterSpace
        Where it searches.
    n_initial : int
        How many suggestions come first that don't depend on what it is told.
    most_attempts : int
        How often it is worth asking again where it suggests what is known already.
    """

    most_attempts: ClassVar[int]

    def __init__(self, space: ParameterSpace, n_initial: int) -> None:
        self.space = space
        self.n_initial = n_initial

    @abstractmethod
    def suggest(self) -> Point:
        """The next point."""

    @abstractmethod
    def withdraw(self) -> None:
        """Take back the last suggestion, which nobody will try."""

    @abstractmethod
    def insist(self, point: Point) -> None:
        """Take note that a point is tried that was not suggested; it is pending."""

    @abstractmethod
    def tell(self, scores: Sequence[float | None]) -> None:
        """Take in what became of all that is pending, in the order of the suggestions.

        Parameters
        ----------
        scores : sequence of float or None
            Finite numbers, higher is better. None stands for a point that has failed: it is to be avoided, and how bad
            it is nobody knows.
        """
