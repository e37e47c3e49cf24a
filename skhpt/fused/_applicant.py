"""Who wants a program."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

from skhpt.estimators import Rows
from skhpt.fused._axis import Widths
from skhpt.fused._births import Births
from skhpt.fused._data import shapes_of
from skhpt.fused._packs import Work


@dataclass(frozen=True)
class Applicant:
    """A trial that wants a program.

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
    def family(self) -> Hashable:
        """What it has in common with all that may share a program with it."""
        return self.births.family or self.births.signature, shapes_of(self.rows), self.halts

    @property
    def widths(self) -> Widths:
        """In which it may differ from these."""
        return () if self.births.family is None else self.births.widths

    @property
    def is_described(self) -> bool:
        """Whether it can be told of a program of another search that it is the same."""
        return self.births.family is not None

    @property
    def work(self) -> Work:
        """What there is to do for it."""
        n_steps = -(-len(self.rows) // self.batch_size)
        return Work(len(self.rows) * self.n_epochs, n_steps * self.n_epochs)
