"""Models that differ in nothing but the widths of their layers, and the programs that they share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import keras

from skhpt.exceptions import CannotFuseError
from skhpt.fused._applicant import Applicant
from skhpt.fused._axis import Widths
from skhpt.fused._made_program import MadeProgram, made_program
from skhpt.fused._packs import Known, Pack, Prices, Work, packs
from skhpt.fused._wide_model import WideModel

# Seconds that a program costs before it trains: any, for each layer with weights, and for each recurrent one.
_TRACE, _TRACE_OF_LAYER, _TRACE_OF_MEMORY = 0.4, 0.1, 4.0
_NOT_WORTH_IT = "padding would cost more than a program of its own"


@dataclass(frozen=True)
class Seat:
    """Where a lane trains.

    Parameters
    ----------
    program : MadeProgram
        What trains it.
    packing : str or None
        For the user: how it shares the program with models of other widths, or why it doesn't; None if there are none.
    """

    program: MadeProgram
    packing: str | None = None


class Family:
    """Finds programs for models that differ in nothing but the widths of their layers."""

    def __init__(self) -> None:
        self._programs: list[MadeProgram] = []
        self._failures: dict[tuple[Widths, ...], CannotFuseError] = {}
        self._measure: WideModel | None = None
        self._obstacle: str | None = None

    def seats(self, applicants: Sequence[Applicant]) -> list[Seat | CannotFuseError]:
        """A seat for each, or the reason why there is none."""
        by_widths: dict[Widths, list[Applicant]] = {}
        for applicant in applicants:
            by_widths.setdefault(applicant.widths, []).append(applicant)
        if self._obstacle is None and len(by_widths) > 1:
            self._widen(applicants[0].births.model, list(by_widths))
        seats: dict[int, Seat | CannotFuseError] = {}
        for pack in self._packs(by_widths):
            together = [applicant for widths in pack.members for applicant in by_widths[widths]]
            program = self._program_of(pack, together)
            if isinstance(program, CannotFuseError) and len(pack.members) > 1:
                self._obstacle = str(program)
                return self.seats(applicants)  # each width by itself
            seats |= {id(one): self._seat(program, one, n_widths=len(by_widths)) for one in together}
        return [seats[id(applicant)] for applicant in applicants]

    def _widen(self, model: keras.Model, all_widths: Sequence[Widths]) -> None:
        """See whether models of these widths can share a program at all."""
        try:
            self._measure = WideModel(model, all_widths)
        except CannotFuseError as error:
            self._obstacle = str(error)
        except Exception as error:  # noqa: BLE001 - a layer that Keras can't make again, say: each has its own program
            self._obstacle = f"Keras says: {error}"

    def _packs(self, by_widths: Mapping[Widths, Sequence[Applicant]]) -> list[Pack]:
        everyone = [applicant for some in by_widths.values() for applicant in some]
        if self._obstacle is not None:
            return [Pack((widths,)) for widths in by_widths]
        measure = self._measure
        prices = Prices(
            n_products=lambda widths: 0 if measure is None else measure.n_products(widths),
            trace_seconds=trace_seconds(everyone[0].births.model),
            known=[
                Known(program.widths, program.has_room_for, number)
                for number, program in enumerate(self._programs)
                if all(map(program.suits, everyone))
            ],
        )
        return packs({widths: Work.of([one.work for one in some]) for widths, some in by_widths.items()}, prices)

    def _program_of(self, pack: Pack, together: Sequence[Applicant]) -> MadeProgram | CannotFuseError:
        """The program of a pack, ready for all that its lanes will run."""
        if pack.members in self._failures:
            return self._failures[pack.members]
        try:
            program = next(self._at_hand(pack, together), None) or self._made(pack, together)
            program.program.check(evaluates=any(one.evaluates for one in together))
        except CannotFuseError as error:
            self._failures[pack.members] = error
            return error
        except Exception as error:  # noqa: BLE001 - the model does not take these rows, as a fit will say
            self._failures[pack.members] = CannotFuseError(f"Keras says: {error}")
            return self._failures[pack.members]
        if program not in self._programs:
            self._programs.append(program)
        return program

    def _at_hand(self, pack: Pack, together: Sequence[Applicant]) -> Iterator[MadeProgram]:
        if pack.program is not None:
            yield self._programs[pack.program]
        elif len(pack.members) == 1:
            own = pack.members[0]
            yield from (some for some in self._programs if some.widths == own and all(map(some.suits, together)))

    def _made(self, pack: Pack, together: Sequence[Applicant]) -> MadeProgram:
        wide = None if len(pack.members) == 1 else WideModel(together[0].births.model, pack.members)
        return made_program(together, wide)

    def _seat(self, program: MadeProgram | CannotFuseError, one: Applicant, n_widths: int) -> Seat | CannotFuseError:
        if isinstance(program, CannotFuseError):
            return program
        if program.wide is not None:
            return Seat(program, f"{_written(one.widths)} in {_written(program.widths)}")
        return Seat(program, None if n_widths == 1 else f"by itself: {self._obstacle or _NOT_WORTH_IT}")


def _written(widths: Widths) -> str:
    return "-".join(map(str, widths))


def trace_seconds(model: keras.Model) -> float:
    """About what a program costs before it trains."""
    n_recurrent = sum(isinstance(layer, keras.layers.RNN) for layer in model.layers)
    return (
        _TRACE + _TRACE_OF_LAYER * sum(bool(layer.weights) for layer in model.layers) + _TRACE_OF_MEMORY * n_recurrent
    )
