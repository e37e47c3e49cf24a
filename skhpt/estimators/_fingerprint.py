"""What tells a training from others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from skhpt.estimators._rows import Rows

_N_NUMBERS = 32


@dataclass(frozen=True)
class Fingerprint:
    """What must be the same where a training goes on: a checkpoint may come from anywhere.

    Steps before a network that draw random numbers of their own, say, would feed it other rows than before, which no
    shape tells.

    Parameters
    ----------
    seed : int
        Of the order of the rows.
    rows : tuple of float
        How many rows there are, and some of the numbers in them, or of the lengths of their texts.
    """

    seed: int
    rows: tuple[float, ...]

    @classmethod
    def of(cls, rows: Rows, seed: int) -> Fingerprint:
        """Of the rows to train on."""
        arrays = [array for array in keras.tree.flatten((rows.X, rows.y)) if array is not None]
        numbers = [number for array in arrays if array.dtype.kind in "buifO" for number in _some_numbers(array)]
        return cls(int(seed), (float(len(rows)), *numbers))

    @property
    def facts(self) -> dict[str, Any]:
        """What JSON can hold of it."""
        return {"seed": self.seed, "rows": list(self.rows)}

    def is_of(self, facts: dict[str, Any]) -> bool:
        """Whether the facts are of this training, give or take what another machine computes otherwise."""
        theirs = np.asarray(facts["rows"], float)
        same_shape = theirs.shape == (len(self.rows),)
        alike = same_shape and np.allclose(theirs, self.rows, rtol=1e-3, atol=1e-5, equal_nan=True)
        return bool(alike) and facts["seed"] == self.seed


def _some_numbers(array: Any) -> list[float]:
    if not array.size:
        return []
    places = np.linspace(0, array.size - 1, _N_NUMBERS).astype(int)
    rows, *others = np.unravel_index(places, array.shape)
    values = array[rows][(np.arange(len(places)), *others)]
    return [float(len(value) if isinstance(value, str) else value) for value in values]
