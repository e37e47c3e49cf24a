"""Generators of batches, which can be gone over only once: what is learnt from them is read ahead and kept."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain, islice
from typing import Any

import keras


class GeneratorBatches:
    """The batches of a generator.

    Parameters
    ----------
    generator : iterator
        Of batches (X, y) or (X, y, sample_weight).
    n_steps : int or None
        Batches an epoch. The first epoch's are read and kept; later epochs go on where it ended. None reads all
        batches, and each epoch meets all of them.
    """

    def __init__(self, generator: Iterator[Any], n_steps: int | None) -> None:
        batches = map(_as_tuple, generator)
        self.first = list(islice(batches, n_steps))
        self._rest = None if n_steps is None else batches

    def changed(self, function: Callable[..., tuple[Any, ...]]) -> Any:
        """What `keras.Model.fit` takes for the batches, each changed by a function."""
        if self._rest is None:
            return ListedBatches([function(*batch) for batch in self.first])
        return (function(*batch) for batch in chain(self.first, self._rest))


class ListedBatches(keras.utils.PyDataset):
    """Batches in a list, in their order.

    Parameters
    ----------
    batches : list of tuple
        As `keras.Model.fit` takes them.
    """

    def __init__(self, batches: list[Any]) -> None:
        super().__init__()
        self._batches = batches

    @property
    def num_batches(self) -> int:
        return len(self._batches)

    def __getitem__(self, index: int) -> Any:
        return self._batches[index]


def read_ahead(data: Any, n_steps: int | None) -> Any:
    """The batches of a generator; anything else is returned as it is."""
    return GeneratorBatches(data, n_steps) if isinstance(data, Iterator) else data


def inputs_of_generator(generator: Iterator[Any]) -> Iterator[Any]:
    """The same batches without their targets."""
    return ((_as_tuple(batch)[0],) for batch in generator)


@contextmanager
def to_the_end() -> Iterator[None]:
    """Without Keras' warning that data have ended of which nobody said how many batches they are."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Your input ran out of data", UserWarning)
        yield


def _as_tuple(batch: Any) -> Any:
    """A batch as Keras reads it: a list is (X, y), too."""
    return tuple(batch) if isinstance(batch, list) else batch if isinstance(batch, tuple) else (batch,)
