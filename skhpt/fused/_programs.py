"""The programs of a search."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from skhpt.exceptions import CannotFuseError
from skhpt.fused._applicant import Applicant
from skhpt.fused._family import Family, Seat
from skhpt.fused._made_program import MadeProgram


@dataclass(frozen=True)
class NumberedSeat:
    """Where a lane trains, as a search knows it.

    Parameters
    ----------
    number : int
        Of the program in the search, from 0.
    made : MadeProgram
        That program.
    packing : str or None
        As of `Seat`.
    """

    number: int
    made: MadeProgram
    packing: str | None


class Programs:
    """Finds a program for each trial of a search, which are numbered as they come."""

    def __init__(self) -> None:
        self._families: dict[Hashable, Family] = {}
        self._numbers: dict[MadeProgram, int] = {}

    def of(self, applicants: Sequence[Applicant]) -> list[NumberedSeat | CannotFuseError]:
        """A seat for each, or the reason why there is none."""
        families: dict[Hashable, list[int]] = {}
        for place, applicant in enumerate(applicants):
            families.setdefault(applicant.family, []).append(place)
        seats: dict[int, Seat | CannotFuseError] = {}
        for key, places in families.items():
            family = self._families.setdefault(key, Family())
            seats |= zip(places, family.seats([applicants[place] for place in places]), strict=True)
        return [self._numbered(seats[place]) for place in range(len(applicants))]

    def _numbered(self, seat: Seat | CannotFuseError) -> NumberedSeat | CannotFuseError:
        if isinstance(seat, CannotFuseError):
            return seat
        number = self._numbers.setdefault(seat.program, len(self._numbers))
        return NumberedSeat(number, seat.program, seat.packing)
