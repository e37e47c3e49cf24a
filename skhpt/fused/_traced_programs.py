"""Programs of models that compute the same, but for constants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from skhpt.exceptions import CannotFuseError
from skhpt.fused._applicant import Applicant
from skhpt.fused._made_program import MadeProgram, made_program
from skhpt.fused._trace import Constant, Trace


@dataclass(frozen=True, eq=False)
class Seat:
    """Where a lane trains.

    Parameters
    ----------
    program : MadeProgram
        What trains it.
    constants : list of ndarray
        The lane's own, which are inputs of the program.
    packing : str or None
        For the user: how it shares the program with models of other widths, or why it doesn't; None if there are none.
    """

    program: MadeProgram
    constants: list[Constant] = field(default_factory=list)
    packing: str | None = None


class TracedPrograms:
    """Finds programs for models by their traces alone."""

    def __init__(self) -> None:
        self._programs: list[MadeProgram] = []
        self._failures: dict[str, CannotFuseError] = {}

    def seats(self, applicants: Sequence[Applicant]) -> list[Seat | CannotFuseError]:
        """A seat for each, or the reason why there is none."""
        seats: dict[int, Seat | CannotFuseError] = {}
        for structure, some in self._by_structure(applicants, seats).items():
            known = {id(trace): self._known(trace) for trace in {id(one.trace): one.trace for one in some}.values()}
            seats |= {id(one): own for one in some if (own := known[id(one.trace)]) is not None}
            left = [one for one in some if id(one) not in seats]
            seats |= self._made(structure, left) if left else {}
        evaluating = {id(one) for one in applicants if one.evaluates}
        for place, seat in seats.items():
            if place in evaluating and isinstance(seat, Seat):
                seats[place] = _ready(seat, evaluates=True)
        return [seats[id(one)] for one in applicants]

    @staticmethod
    def _by_structure(
        applicants: Sequence[Applicant], seats: dict[int, Seat | CannotFuseError]
    ) -> dict[str, list[Applicant]]:
        """Those that can be traced, by what they compute."""
        structures: dict[str, list[Applicant]] = {}
        for one in applicants:
            try:
                structures.setdefault(one.trace.structure, []).append(one)
            except CannotFuseError as error:
                seats[id(one)] = error
        return structures

    def _known(self, trace: Trace) -> Seat | None:
        """A seat in a program that is there already."""
        if trace.structure in self._failures:
            return None
        return next((Seat(some, some.constants(trace)) for some in self._programs if some.suits(trace)), None)

    def _made(self, structure: str, applicants: Sequence[Applicant]) -> dict[int, Seat | CannotFuseError]:
        """Seats in a new program, or in several where their constants can't be inputs of one."""
        if structure in self._failures:
            return dict.fromkeys(map(id, applicants), self._failures[structure])
        first, traces = applicants[0], [one.trace for one in applicants]
        try:
            program = made_program(
                first.births.model,
                traces,
                first.sample,
                halts=first.halts,
                is_shown=any(one.is_shown for one in applicants),
            )
            program.program.check(evaluates=any(one.evaluates for one in applicants))
        except CannotFuseError as error:
            alike = [one for one in applicants if one.trace.others(()) == first.trace.others(())]
            if len(alike) < len(applicants):
                rest = [one for one in applicants if one not in alike]
                return self._made(structure, alike) | self._made(structure, rest)
            self._failures[structure] = error
            return dict.fromkeys(map(id, applicants), error)
        self._programs.append(program)
        return {id(one): Seat(program, program.constants(one.trace)) for one in applicants}


def _ready(seat: Seat, *, evaluates: bool) -> Seat | CannotFuseError:
    """The seat, if its program can do all that there is to do."""
    try:
        seat.program.program.check(evaluates=evaluates)
    except CannotFuseError as error:
        return error
    return seat
