"""Seeds of a search, each a pure function of what it is for."""

from __future__ import annotations

import copy
from dataclasses import dataclass

import numpy as np

# The first number of a spawn key says what a seed is for, so that no two purposes can meet.
_TRIAL, _REFIT, _SAMPLER, _CORRECTION = 0, 1, 2, 3
_MOST = 2**32  # what libraries take as a seed is below


@dataclass(frozen=True)
class SearchSeeds:
    """The seeds that a search hands to estimators whose `random_state` is None.

    A trial's seed depends on its fold and repeat and *not* on its candidate: all candidates meet the same
    initial draws and the same order of samples on a fold (common random numbers), so their scores differ by
    what the candidates are and not by luck, and adding a candidate changes no other.

    Parameters
    ----------
    entropy : int
        Where all seeds derive from, through `numpy.random.SeedSequence`.

    References
    ----------
    The spawn keys of NumPy's SeedSequence:
    https://numpy.org/doc/stable/reference/random/parallel.html

    Examples
    --------
    >>> seeds = SearchSeeds.from_random_state(0)
    >>> seeds.trial(fold=0) == SearchSeeds.from_random_state(0).trial(fold=0)
    True
    >>> len({seeds.trial(fold=0), seeds.trial(fold=1), seeds.trial(fold=0, repeat=1), seeds.refit()})
    4
    """

    entropy: int

    @classmethod
    def from_random_state(cls, random_state: int | np.random.RandomState | None) -> SearchSeeds:
        """Seeds for a searcher's `random_state`, which is read but not advanced.

        A search over candidates drawn at random takes them from the same random state. It must draw the
        candidates that scikit-learn draws, so nothing is consumed here: a copy is read. None is NumPy's global state,
        which `keras.utils.set_random_seed` sets; `advance` moves it on.
        """
        if random_state is None:
            state = np.random.RandomState()
            state.set_state(np.random.get_state())
            return cls(int.from_bytes(state.bytes(16), "little"))
        if isinstance(random_state, np.random.RandomState):
            return cls(int(copy.deepcopy(random_state).randint(np.iinfo(np.int32).max)))
        return cls(int(random_state))

    @staticmethod
    def advance(random_state: int | np.random.RandomState | None) -> None:
        """Move NumPy's global state on if seeds were read from it, so that the next search reads others.

        To be called once the search has drawn its candidates and folds, which are scikit-learn's by that.
        """
        if random_state is None:
            np.random.random()

    def trial(self, fold: int, repeat: int = 0) -> int:
        """The seed of every candidate's trial on this fold and repeat, in [0, 2**32)."""
        return self._draw(_TRIAL, fold, repeat)

    def refit(self) -> int:
        """The seed of the refit on all data, in [0, 2**32)."""
        return self._draw(_REFIT)

    def correction(self) -> int:
        """The seed of the bootstraps that correct the best score, in [0, 2**32)."""
        return self._draw(_CORRECTION)

    def sampler(self) -> int:
        """The seed of what suggests candidates, in [0, 2**32): the `random_state` itself where it is in there.

        So candidates are those that the sampler's library suggests when it is given that number.
        """
        return self.entropy if self.entropy < _MOST else self._draw(_SAMPLER)

    def _draw(self, *key: int) -> int:
        return int(np.random.SeedSequence(self.entropy, spawn_key=key).generate_state(1)[0])
