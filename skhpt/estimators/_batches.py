"""Rows in memory as every backend but TensorFlow is fed with them."""

from __future__ import annotations

import functools
import math
from typing import Any

import keras
import numpy as np

from skhpt.estimators._order import Order
from skhpt.estimators._rows import gathered


class _EndlessBatches(keras.utils.PyDataset):
    """Gathers the batch of a number, counted through all epochs: Keras may look at the first ones and start over."""

    def __init__(self, arrays: tuple[Any, ...], n_rows: int, order: Order, batch_size: int) -> None:
        super().__init__()
        self._arrays = arrays
        self._batch_size = batch_size
        self._n_steps = math.ceil(n_rows / batch_size)
        self._order = functools.lru_cache(maxsize=1)(order)

    @property
    def num_batches(self) -> None:
        """None is no end."""

    def __getitem__(self, index: int) -> tuple[Any, ...]:
        epoch, step = divmod(index, self._n_steps)
        rows = self._order(epoch)[step * self._batch_size : (step + 1) * self._batch_size]
        return tuple(gathered(part, rows) for part in self._arrays)


class _Batches(keras.utils.PyDataset):
    """Gathers the rows of a batch, in their order."""

    def __init__(self, arrays: tuple[Any, ...], n_rows: int, batch_size: int) -> None:
        super().__init__()
        self._arrays, self._n_rows, self._batch_size = arrays, n_rows, batch_size

    @property
    def num_batches(self) -> int:
        return math.ceil(self._n_rows / self._batch_size)

    def __getitem__(self, index: int) -> tuple[Any, ...]:
        start = index * self._batch_size
        rows = np.arange(start, min(start + self._batch_size, self._n_rows))
        return tuple(gathered(part, rows) for part in self._arrays)


def endless_batches(arrays: tuple[Any, ...], n_rows: int, order: Order, batch_size: int) -> keras.utils.PyDataset:
    """Batches of one epoch after the other, without end; as `_tensorflow_batches.endless_batches`."""
    return _EndlessBatches(arrays, n_rows, order, batch_size)


def batches(arrays: tuple[Any, ...], n_rows: int, batch_size: int) -> keras.utils.PyDataset:
    """Batches of all rows in their order; as `_tensorflow_batches.batches`."""
    return _Batches(arrays, n_rows, batch_size)
