"""What feeds a training: rows in memory in an order of our own, or a dataset as it comes."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

import keras

from skhpt.estimators._backend import batches, endless_batches
from skhpt.estimators._order import sample_order
from skhpt.estimators._rows import Rows
from skhpt.exceptions import ModelError

KERAS_BATCH_SIZE = 32  # what None means to `keras.Model.fit`


class Feed(ABC):
    """The data of a training.

    Attributes
    ----------
    validation : Rows, dataset or None
        What is evaluated after each epoch.
    """

    validation: Any

    @abstractmethod
    def arguments(self, model: keras.Model, *, from_epoch: int) -> dict[str, Any]:
        """What `keras.Model.fit` is to be called with, to go on from an epoch."""


class RowFeed(Feed):
    """Rows in memory.

    Parameters
    ----------
    rows : Rows
        To train on.
    validation : Rows or None
        To evaluate after each epoch.
    seed : int
        For the order of the rows.
    batch_size, shuffle, validation_batch_size
        As for `keras.Model.fit`; a size of -1 is all rows.
    """

    def __init__(
        self,
        rows: Rows,
        validation: Any,
        *,
        seed: int,
        batch_size: int | None,
        shuffle: bool,
        validation_batch_size: int | None,
    ) -> None:
        self.rows = rows
        self.validation = validation
        self.seed = seed
        self.batch_size = _size(batch_size, rows) or KERAS_BATCH_SIZE
        self.shuffle = shuffle
        self.validation_batch_size = _size(validation_batch_size, validation) or self.batch_size

    def arguments(self, model: keras.Model, *, from_epoch: int) -> dict[str, Any]:
        steps = math.ceil(len(self.rows) / self.batch_size)
        if steps % getattr(model, "steps_per_execution", 1):
            raise ModelError(
                f"steps_per_execution must divide the steps of an epoch, or Keras would train on rows of the next one. "
                f"Got {model.steps_per_execution} for {steps} steps."
            )
        n_rows, seed, shuffle = len(self.rows), self.seed, self.shuffle
        return {
            "x": endless_batches(
                self.rows.arrays,
                n_rows,
                lambda epoch: sample_order(seed, from_epoch + epoch, n_rows, shuffle),
                self.batch_size,
            ),
            "steps_per_epoch": steps,
            "shuffle": False,  # the feed has done it
        } | validation_arguments(self.validation, self.validation_batch_size)


def _size(batch_size: int | None, rows: Any) -> int | None:
    """How many rows there are in a batch, where -1 is all of them."""
    if batch_size != -1:
        return batch_size
    return len(rows) if isinstance(rows, Rows) else None


def refuse_steps(routed: Mapping[str, Any]) -> None:
    """Raise if the steps of an epoch are said of rows in memory.

    Parameters
    ----------
    routed : mapping of str to object
        What was given for `keras.Model.fit`.
    """
    if (steps := routed.get("steps_per_epoch")) is not None:
        raise ValueError(
            f"steps_per_epoch is for datasets and generators: of rows in memory each epoch meets all. Got "
            f"steps_per_epoch={steps!r}. Leave it out; `batch_size` decides how many steps an epoch has."
        )


def validation_arguments(validation: Any, batch_size: int | None) -> dict[str, Any]:
    """What tells `keras.Model.fit` to evaluate rows, or a dataset, after each epoch."""
    if isinstance(validation, Rows):
        batch_size = _size(batch_size, validation)
        if validation.are_batched:
            return {"validation_data": batches(validation.arrays, len(validation), batch_size or KERAS_BATCH_SIZE)}
        return {"validation_data": validation.arrays, "validation_batch_size": batch_size}
    return {} if validation is None else {"validation_data": validation}


def whole(rows: Rows, batch_size: int | None) -> tuple[Any, ...]:
    """What `evaluate` and `predict` of a model take for rows: the arrays, or a dataset of batches of large ones."""
    return (batches(rows.arrays, len(rows), batch_size or KERAS_BATCH_SIZE),) if rows.are_batched else rows.arrays
