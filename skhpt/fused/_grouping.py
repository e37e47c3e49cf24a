"""Which lanes train together, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from threading import Lock
from typing import Any

from skhpt.exceptions import CannotFuseError
from skhpt.fused._data import Source, Tables, shapes_of
from skhpt.fused._group import Group
from skhpt.fused._keeping import Keeping
from skhpt.fused._lane import Lane
from skhpt.fused._memory import lane_bytes, turns
from skhpt.fused._program import Program
from skhpt.fused._reasons import first_line
from skhpt.fused._side_by_side import n_at_once
from skhpt.trials import Checkpoint, Refusal, TrialSpec


class PutTables:
    """Tables where programs read them, put there once the first group needs them."""

    def __init__(self, tables: Tables, program: Program) -> None:
        self._tables, self._program = tables, program
        self._lock = Lock()

    @property
    def arrays(self) -> list[Any]:
        """Of the inputs, of the targets and of the weights."""
        with self._lock:
            return self._arrays

    @cached_property
    def _arrays(self) -> list[Any]:
        return [self._program.put(arrays) for arrays in self._tables.arrays]


@dataclass(frozen=True)
class MakeGroup:
    """A group that is to be made once its turn comes, since it puts all of its lanes beside each other.

    Parameters
    ----------
    lanes : sequence of Lane
        Its own.
    tables : Tables
        Their rows.
    data : PutTables
        The same, where the program reads them.
    """

    lanes: Sequence[Lane]
    tables: Tables
    data: PutTables

    @property
    def may_run_beside_others(self) -> bool:
        """Whether no callback is called while it trains."""
        return not any(lane.callbacks for lane in self.lanes)

    def __call__(self, is_over: Callable[[], bool] | None = None, keeping: Keeping | None = None) -> Group:
        return Group(self.lanes, self.tables, self.data.arrays, is_over, keeping)


@dataclass(frozen=True)
class TrainedGroup:
    """Lanes that have trained together.

    Parameters
    ----------
    lanes : sequence of Lane
        In the order in which they ended.
    foretold : mapping of Lane to list
        What their models put out for rows, with those rows.
    step_seconds : float
        How much of the time went into the program.
    error : Exception or None
        What the program raised.
    """

    lanes: Sequence[Lane]
    foretold: Mapping[Lane, list[tuple[Any, Any]]] = field(default_factory=dict)
    step_seconds: float = 0.0
    error: Exception | None = None

    def failure(self, lane: Lane) -> Refusal | None:
        """Why a lane has to start over by itself, if it has to."""
        if self.error is not None:
            return Refusal(_by_itself(lane.spec), f"its program failed ({first_line(self.error)})")
        if isinstance(lane.error, CannotFuseError):
            return Refusal(_by_itself(lane.spec), str(lane.error))
        return None


def _by_itself(spec: TrialSpec) -> TrialSpec:
    """The trial for another engine, which can take up a checkpoint, and not what this one has paused."""
    return spec if isinstance(spec.paused, Checkpoint) else replace(spec, paused=None)


def groups_of(lanes: Sequence[Lane], sources: Mapping[int, Source]) -> Iterator[MakeGroup]:
    """The lanes that train together. Rows are joined once for all groups of a structure."""
    for _, alike in _by(lanes, lambda lane: shapes_of(lane.feed.rows)):
        tables = Tables([rows for lane in alike for rows in lane.data], sources)
        data = PutTables(tables, alike[0].seat.made.program)
        groups = [together for _, together in _by(alike, _group_key)]
        for together in groups:
            first = together[0]
            own_constants = sum(constant.nbytes for constant in first.seat.constants)
            size = lane_bytes(first.seat.made.model, first.feed.batch_size) + own_constants
            beside = n_at_once() if len(groups) > 1 and not any(lane.callbacks for lane in together) else 1
            for turn in turns(together, size * beside, max(lane.n_open_files for lane in together)):
                yield MakeGroup(turn, tables, data)


def _group_key(lane: Lane) -> Hashable:
    """What lanes have in common that train together."""
    return lane.seat.number, lane.feed.batch_size, lane.feed.validation is None, lane.watched is None


def _by(lanes: Sequence[Lane], key: Callable[[Lane], Hashable]) -> Iterator[tuple[Hashable, list[Lane]]]:
    """The lanes by a key, in the order in which the keys first come."""
    parts: dict[Hashable, list[Lane]] = {}
    for lane in lanes:
        parts.setdefault(key(lane), []).append(lane)
    yield from parts.items()
