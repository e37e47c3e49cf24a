"""Numbers whose values are not known while a program is traced."""

from __future__ import annotations

import numbers


@numbers.Real.register
class UnknownNumber:
    """Stands for a number in (0, 1), or for a positive one, that Keras compares and computes with.

    A backend's own says what it is in a computation.
    """

    def __float__(self) -> float:
        raise TypeError("Its value is different in each lane.")

    def __bool__(self) -> bool:
        return True

    def __gt__(self, other: object) -> bool:
        return other == 0

    def __ge__(self, other: object) -> bool:
        return other == 0

    def __lt__(self, other: object) -> bool:
        return other != 0

    __hash__ = None  # type: ignore[assignment]  # the way to say that there is none

    def __eq__(self, other: object) -> bool:
        return False
