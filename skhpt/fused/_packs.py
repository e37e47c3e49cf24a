"""Which widths share a program: the waste of padding against the price of one more program."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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

    def of(self, members: Sequence[Widths], work: Mapping[Widths, Work]) -> tuple[float, int | None]:
        """The least that these cost together, in seconds, and the number of the known program that does it."""
        options: list[tuple[float, int | None]]
        options = [(self.trace_seconds + self._training(widest(members), members, work), None)]
        options += [
            (self._training(program.widths, members, work), program.number)
            for program in self.known
            if all(map(program.has_room_for, members))
        ]
        return min(options, key=lambda option: option[0])

    def _training(self, widths: Widths, members: Sequence[Widths], work: Mapping[Widths, Work]) -> float:
        all_work = Work.of([work[member] for member in members])
        return all_work.n_steps * _SECONDS_A_STEP + all_work.n_rows * self.n_products(widths) * _SECONDS_A_PRODUCT


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
    # The cheapest way for the first so many of them: its cost, and its packs.
    best: list[tuple[float, list[Pack]]] = [(0.0, [])]
    for end in range(1, len(row) + 1):
        ways = []
        for start in range(end):
            seconds, program = prices.of(row[start:end], work)
            before, packs_before = best[start]
            ways.append((before + seconds, [*packs_before, Pack(tuple(row[start:end]), program)]))
        best.append(min(ways, key=lambda way: way[0]))
    return best[-1][1]
