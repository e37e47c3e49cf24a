"""The programs of a search."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from skhpt.exceptions import CannotFuseError
from skhpt.fused._applicant import Applicant
from skhpt.fused._family import Family
from skhpt.fused._made_program import MadeProgram
from skhpt.fused._reasons import first_line
from skhpt.fused._trace import Constant
from skhpt.fused._traced_programs import Seat, TracedPrograms


@dataclass(frozen=True)
class NumberedSeat:
    """Where a lane trains, as a search knows it.

    Parameters
    ----------
    number : int
        Of the program in the search, from 0.
    made : MadeProgram
        That program.
    constants : list of ndarray
        The lane's own, as of `Seat`.
    packing : str or None
        As of `Seat`.
    """

    number: int
    made: MadeProgram
    constants: list[Constant]
    packing: str | None


class Programs:
    """Finds a program for each trial of a search, which are numbered as they come."""

    def __init__(self) -> None:
        self._traced: dict[Hashable, TracedPrograms] = {}
        self._families: dict[Hashable, Family] = {}
        self._numbers: dict[MadeProgram, int] = {}

    def of(self, applicants: Sequence[Applicant]) -> list[NumberedSeat | CannotFuseError]:
        """A seat for each, or the reason why there is none."""
        families: dict[tuple[Any, ...], list[int]] = {}
        for place, applicant in enumerate(applicants):
            families.setdefault(applicant.family, []).append(place)
        seats: dict[int, Seat | CannotFuseError] = {}
        for key, places in families.items():
            some = [applicants[place] for place in places]
            architecture, *rest = key
            traced = self._traced.setdefault(tuple(rest), TracedPrograms())
            shared = traced if architecture is None else self._families.setdefault(key, Family(traced))
            try:
                found = shared.seats(some)
            except Exception:  # noqa: BLE001 - of Keras, about a model, a loss or a metric of one of them
                found = [_seat_by_itself(traced, one) for one in some]
            seats |= zip(places, found, strict=True)
        return [self._numbered(seats[place]) for place in range(len(applicants))]

    def _numbered(self, seat: Seat | CannotFuseError) -> NumberedSeat | CannotFuseError:
        if isinstance(seat, CannotFuseError):
            return seat
        number = self._numbers.setdefault(seat.program, len(self._numbers))
        return NumberedSeat(number, seat.program, seat.constants, seat.packing)


def _seat_by_itself(traced: TracedPrograms, applicant: Applicant) -> Seat | CannotFuseError:
    """A seat that is shared with nobody new; an error is a reason, as it comes again where the trial runs by itself."""
    try:
        return traced.seats([applicant])[0]
    except Exception as error:  # noqa: BLE001 - as above
        return CannotFuseError(f"its program can't be made: {first_line(error)}")
