"""Which widths share a program: the waste of padding against the price of one more program."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from skhpt.fused._axis import Widths

# Measured on 2 cores without an accelerator, by dense networks of 8 to 256 units and convolutions of 4 to 32 filters,
# in batches of 32 and 128 rows and 1 to 100 lanes.
_SECONDS_A_PRODUCT = 1.8e-10
_SECONDS_A_STEP = 4e-4  # whatever there is to do in it


@dataclass(frozen=True)
class Work:
    """What the lanes of some widths have to do.

    Parameters
    ----------
    n_rows : int
        On how many rows they train, counted once for each time and lane.
    n_steps : int
        How many steps the longest training takes.
    """

    n_rows: int
    n_steps: int

    @classmethod
    def of(cls, works: Sequence[Work]) -> Work:
        """What there is to do for several lanes together."""
        return cls(sum(work.n_rows for work in works), max(work.n_steps for work in works))


@dataclass(frozen=True)
class Known:
    """A program that is there already.

    Parameters
    ----------
    widths : Widths
        Of its model.
    has_room_for : callable
        Whether a model of some widths can be trained in it.
    number : int
        What it is known by.
    """

    widths: Widths
    has_room_for: Callable[[Widths], bool]
    number: int


@dataclass(frozen=True)
class Pack:
    """Widths that share a program.

    Parameters
    ----------
    members : tuple of Widths
        Those.
    program : int or None
        The number of one that is there already; None for a new one.
    """

    members: tuple[Widths, ...]
    program: int | None = None


@dataclass(frozen=True)
class Prices:
    """What programs cost.

    Parameters
    ----------
    n_products : callable
        How many numbers a model of some widths multiplies for a row.
    trace_seconds : float
        What a new program costs before it trains.
    known : sequence of Known, default=()
        The programs that are there already.
    """

    n_products: Callable[[Widths], float]
    trace_seconds: float
    known: Sequence[Known] = ()

    def of(self, widths: Widths, work: Work, known: Sequence[Known]) -> tuple[float, int | None]:
        """The least that some work on models as wide as this costs, in seconds, and the number of the known program
        that does it.
        """
        options: list[tuple[float, int | None]] = [(self.trace_seconds + self._training(widths, work), None)]
        options += [(self._training(program.widths, work), program.number) for program in known]
        return min(options, key=lambda option: option[0])

    def _training(self, widths: Widths, work: Work) -> float:
        return work.n_steps * _SECONDS_A_STEP + work.n_rows * self.n_products(widths) * _SECONDS_A_PRODUCT


def widest(members: Sequence[Widths]) -> Widths:
    """In each layer the most of all.

    Examples
    --------
    >>> widest([(8, 32), (16, 4)])
    (16, 32)
    """
    return tuple(map(max, zip(*members, strict=True)))


def packs(work: Mapping[Widths, Work], prices: Prices) -> list[Pack]:
    """The cheapest way to share programs among models that stand in a row by their size.

    Parameters
    ----------
    work : mapping of Widths to Work
        What there is to do.
    prices : Prices
        What it costs.

    Returns
    -------
    list of Pack
        From the smallest to the largest.

    Examples
    --------
    A program more pays where there is much to train, and so much would be padding:

    >>> prices = Prices(lambda widths: 100 * widths[0], trace_seconds=1.0)
    >>> [pack.members for pack in packs({(8,): Work(10**4, 300), (64,): Work(10**4, 300)}, prices)]
    [((8,), (64,))]
    >>> [pack.members for pack in packs({(8,): Work(10**8, 300), (64,): Work(10**8, 300)}, prices)]
    [((8,),), ((64,),)]
    """
    row = sorted(work, key=lambda widths: (prices.n_products(widths), widths))
    # The cheapest way for the first so many of them: its cost, where its last pack starts, and in which program.
    best: list[tuple[float, int, int | None]] = [(0.0, 0, None)]
    for end in range(1, len(row) + 1):
        best.append(min(_ways(row[:end], work, prices, best), key=lambda way: way[0]))
    found: list[Pack] = []
    while row:
        _, start, program = best[len(row)]
        found.insert(0, Pack(tuple(row[start:]), program))
        row = row[:start]
    return found


def _ways(
    row: Sequence[Widths],
    work: Mapping[Widths, Work],
    prices: Prices,
    best: Sequence[tuple[float, int, int | None]],
) -> Iterator[tuple[float, int, int | None]]:
    """The ways for all of a row, by where the last pack starts. Its cost only grows with each that joins it."""
    widths, together, known = row[-1], Work(0, 0), list(prices.known)
    cheapest = math.inf
    for start in reversed(range(len(row))):
        widths, together = widest([widths, row[start]]), Work.of([together, work[row[start]]])
        known = [program for program in known if program.has_room_for(row[start])]
        seconds, number = prices.of(widths, together, known)
        if seconds > cheapest:
            return  # by itself it costs more than another way does in all
        cheapest = min(cheapest, best[start][0] + seconds)
        yield best[start][0] + seconds, start, number
