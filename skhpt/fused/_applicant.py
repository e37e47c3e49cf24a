"""A trial's request for a compiled program."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from functools import cached_property

from skhpt.estimators import Rows
from skhpt.fused._axis import Widths
from skhpt.fused._births import Births
from skhpt.fused._data import shapes_of
from skhpt.fused._packs import Work
from skhpt.fused._trace import Trace


@dataclass(frozen=True, eq=False)
class Applicant:
    """A trial that needs a program.

    Parameters
    ----------
    births : Births
        Its models.
    rows : Rows
        What it is to be trained on.
    halts : bool
        Whether a loss that is not finite ends the epoch.
    evaluates : bool, default=False
        Whether there are rows to be evaluated after each epoch.
    n_epochs : int, default=1
        How many there are to be.
    batch_size : int, default=32
        In rows.
    is_shown : bool, default=False
        Whether callbacks see its model, who may change what no later search is to find.
    """

    births: Births
    rows: Rows
    halts: bool
    evaluates: bool = False
    n_epochs: int = 1
    batch_size: int = 32
    is_shown: bool = False

    @property
    def family(self) -> tuple[Hashable, ...]:
        """What it has in common with all that may share a program with it, packed or not."""
        architecture = self.births.architecture
        return None if architecture is None else architecture.key, shapes_of(self.rows), self.halts

    @property
    def widths(self) -> Widths:
        """In which it may differ from these."""
        return () if self.births.architecture is None else self.births.architecture.widths

    @property
    def numbers(self) -> tuple[float, ...]:
        """The numbers in its configuration."""
        return () if self.births.architecture is None else self.births.architecture.numbers

    @property
    def trace(self) -> Trace:
        """What its own model computes."""
        return self.births.trace(self.sample)

    @cached_property
    def sample(self) -> Rows:
        """The rows that it is traced on."""
        return self.births.sample(self.rows, self.batch_size)

    @property
    def work(self) -> Work:
        """What there is to do for it."""
        n_steps = -(-len(self.rows) // self.batch_size)
        return Work(len(self.rows) * self.n_epochs, n_steps * self.n_epochs)
