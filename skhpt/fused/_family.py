"""Models that differ in nothing but the widths of their layers and in numbers, and the programs that they share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import keras

from skhpt.exceptions import CannotFuseError
from skhpt.fused._applicant import Applicant
from skhpt.fused._axis import Widths
from skhpt.fused._births import Births
from skhpt.fused._made_program import MadeProgram, made_program
from skhpt.fused._packs import Known, Pack, Prices, Work, packs
from skhpt.fused._proof import OTHER_LOSS, come_to_their_losses
from skhpt.fused._room import Room
from skhpt.fused._trace import Trace
from skhpt.fused._traced_programs import Seat, TracedPrograms
from skhpt.fused._tracing import trace_of
from skhpt.fused._wide_model import WideModel

# Seconds that a program costs before it trains: any, for each layer with weights, and for each recurrent one.
_TRACE, _TRACE_OF_LAYER, _TRACE_OF_MEMORY = 0.4, 0.1, 4.0
_ALONE = -1  # the number of programs that are not packed
_NOT_WORTH_IT = "padding would cost more than a program of its own"


class Family:
    """Finds programs for models that differ in the widths of their layers.

    Parameters
    ----------
    traced : TracedPrograms
        Those of models that are not packed.
    """

    def __init__(self, traced: TracedPrograms) -> None:
        self._traced = traced
        self._wide: list[MadeProgram] = []
        self._wide_models: dict[tuple[Room, tuple[float, ...]], WideModel] = {}
        self._wide_traces: dict[tuple[Room, tuple[float, ...]], Trace] = {}
        self._proven: dict[tuple[MadeProgram, Births], bool] = {}
        self._alone: set[Widths] = set()
        self._measure: WideModel | None = None
        self._obstacle: str | None = None

    def seats(self, applicants: Sequence[Applicant]) -> list[Seat | CannotFuseError]:
        """A seat for each, or the reason why there is none."""
        by_widths: dict[Widths, list[Applicant]] = {}
        for applicant in applicants:
            by_widths.setdefault(applicant.widths, []).append(applicant)
        if self._obstacle is None and len(by_widths) > 1:
            self._widen(applicants[0], list(by_widths))
        seats: dict[int, Seat | CannotFuseError] = {}
        alone: list[Applicant] = []
        for pack in self._packs(by_widths):
            together = [applicant for widths in pack.members for applicant in by_widths[widths]]
            if len(pack.members) == 1 and pack.program in (None, _ALONE):
                alone += together
                continue
            try:
                seats |= self._packed(pack, together)
            except CannotFuseError as error:
                self._obstacle = str(error)
                return self.seats(applicants)  # each width by itself
        placed = seats.keys() | set(map(id, alone))
        lost = [one for one in applicants if id(one) not in placed]
        self._alone |= {one.widths for one in alone}
        reason = None if len(by_widths) == 1 else f"by itself: {self._obstacle or _NOT_WORTH_IT}"
        for some, why in ((alone, reason), (lost, f"by itself: {OTHER_LOSS}")):
            for one, seat in zip(some, self._traced.seats(some), strict=True):
                seats[id(one)] = seat if isinstance(seat, CannotFuseError) else replace(seat, packing=why)
        return [seats[id(applicant)] for applicant in applicants]

    def _widen(self, one: Applicant, all_widths: Sequence[Widths]) -> None:
        """See whether models of these widths can share a program at all."""
        try:
            self._measure = self._wide_model(one, Room.for_all(all_widths))
        except CannotFuseError as error:
            self._obstacle = str(error)

    def _wide_model(self, one: Applicant, room: Room) -> WideModel:
        """The wide model that has a candidate's numbers."""
        if (room, one.numbers) not in self._wide_models:
            try:
                self._wide_models[room, one.numbers] = WideModel(one.births.model, room)
            except CannotFuseError:
                raise
            except Exception as error:  # a layer that Keras can't make again, say: each has its own program
                raise CannotFuseError(f"Keras says: {error}") from error
        return self._wide_models[room, one.numbers]

    def _packs(self, by_widths: Mapping[Widths, Sequence[Applicant]]) -> list[Pack]:
        everyone = [applicant for some in by_widths.values() for applicant in some]
        if self._obstacle is not None:
            return [Pack((widths,)) for widths in by_widths]
        measure = self._measure
        prices = Prices(
            n_products=lambda widths: 0 if measure is None else measure.n_products(widths),
            trace_seconds=trace_seconds(everyone[0].births.model),
            known=[
                Known(program.wide.room.widths, program.has_room_for, number)
                for number, program in enumerate(self._wide)
                if program.wide is not None
            ]
            + [Known(widths, widths.__eq__, _ALONE) for widths in self._alone],
        )
        return packs({widths: Work.of([one.work for one in some]) for widths, some in by_widths.items()}, prices)

    def _packed(self, pack: Pack, together: Sequence[Applicant]) -> dict[int, Seat]:
        """Seats in the program of a pack, but for those that a proof shows to be wrong there."""
        known = None if pack.program is None else self._wide[pack.program]
        wide = None if known is None else known.wide
        room = Room.for_all(pack.members) if wide is None else wide.room
        traces = {one.numbers: self._wide_trace(one, room) for one in together}
        if known is None or not all(map(known.suits, traces.values())):
            wide = self._wide_model(together[0], room)
            shown = any(one.is_shown for one in together)
            known = made_program(
                wide.model,
                list(traces.values()),
                together[0].sample,
                halts=together[0].halts,
                wide=wide,
                is_shown=shown,
            )
            self._wide.append(known)
        known.program.check(evaluates=any(one.evaluates for one in together))
        seats = {
            id(one): Seat(
                known, known.constants(traces[one.numbers]), f"{_written(one.widths)} in {_written(room.widths)}"
            )
            for one in together
        }
        unproven = {one.births: (one, seats[id(one)]) for one in together if (known, one.births) not in self._proven}
        for births, is_right in zip(unproven, come_to_their_losses(list(unproven.values())), strict=True):
            self._proven[known, births] = is_right
        return {id(one): seats[id(one)] for one in together if self._proven[known, one.births]}

    def _wide_trace(self, one: Applicant, room: Room) -> Trace:
        """The trace of the wide model that has a candidate's numbers."""
        if (room, one.numbers) not in self._wide_traces:
            self._wide_traces[room, one.numbers] = trace_of(self._wide_model(one, room).model, one.sample)
        return self._wide_traces[room, one.numbers]


def _written(widths: Widths) -> str:
    return "-".join(map(str, widths))


def trace_seconds(model: keras.Model) -> float:
    """About what a program costs before it trains."""
    n_recurrent = sum(isinstance(layer, keras.layers.RNN) for layer in model.layers)
    return (
        _TRACE + _TRACE_OF_LAYER * sum(bool(layer.weights) for layer in model.layers) + _TRACE_OF_MEMORY * n_recurrent
    )
