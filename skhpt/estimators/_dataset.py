"""Training on a dataset, batch by batch as it comes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from skhpt.estimators._feed import Feed, validation_arguments
from skhpt.estimators._generators import GeneratorBatches, ListedBatches, inputs_of_generator

Encode = Callable[[npt.NDArray[Any]], Any]


class DatasetFeed(Feed):
    """A dataset, in the order and the batches that it has.

    Parameters
    ----------
    dataset : tf.data.Dataset, keras.utils.PyDataset or generator
        Of batches (X, y) or (X, y, sample_weight), with y as the model takes it.
    validation : Rows, dataset or None
        To evaluate after each epoch.
    shuffle : bool
        Whether Keras may mix the batches of a `PyDataset`.
    validation_batch_size : int or None
        Rows a step of the evaluation.
    """

    def __init__(self, dataset: Any, validation: Any, *, shuffle: bool, validation_batch_size: int | None) -> None:
        self._dataset = dataset
        # Keras warns of it for other kinds. A generator's batches have their order.
        self._shuffle = (
            shuffle and isinstance(dataset, keras.utils.PyDataset) and not isinstance(dataset, ListedBatches)
        )
        self.validation = validation
        self._validation_batch_size = validation_batch_size

    def arguments(self, model: keras.Model, *, from_epoch: int) -> dict[str, Any]:
        return {"x": self._dataset, "shuffle": self._shuffle} | validation_arguments(
            self.validation, self._validation_batch_size
        )


def is_dataset(X: Any) -> bool:
    """Whether X gives batches by itself."""
    tensorflow = sys.modules.get("tensorflow")  # without it there can be none of its datasets
    ours = (keras.utils.PyDataset, GeneratorBatches, Iterator)
    return isinstance(X, ours) or (tensorflow is not None and isinstance(X, tensorflow.data.Dataset))


def read(dataset: Any, n_steps: int | None) -> tuple[Any, npt.NDArray[Any], npt.NDArray[Any]]:
    """What there is to be known of a dataset before a model is built; goes over all of an epoch once.

    Parameters
    ----------
    dataset : tf.data.Dataset, keras.utils.PyDataset or GeneratorBatches
        Of batches (X, y) or (X, y, sample_weight).
    n_steps : int or None
        Batches an epoch; None is all that there are.

    Returns
    -------
    X, y : ndarray
        The first batch.
    all_y : ndarray of shape (n_rows,) or (n_rows, n_outputs)
        The targets of all batches.

    Raises
    ------
    ValueError
        If there is no end to it, nothing in it, or no target in its batches.
    """
    X, targets = None, []
    for batch in _batches(dataset, n_steps):
        if not isinstance(batch, tuple) or len(batch) < 2 or isinstance(batch[1], (dict, list, tuple)):
            raise ValueError(
                "A dataset to train on must give batches (X, y) or (X, y, sample_weight), with y an array."
            )
        if np.ndim(batch[1]) == 0:
            raise ValueError("A dataset to train on must give batches, not single rows: `dataset.batch(32)`.")
        X = batch[0] if X is None else X
        targets.append(_plain(batch[1]))
    if X is None:
        raise ValueError("The dataset to train on is empty.")
    return X, targets[0], np.concatenate(targets)


def with_targets(dataset: Any, encode: Encode) -> Any:
    """The same dataset, with targets as a model takes them.

    Parameters
    ----------
    dataset : tf.data.Dataset, keras.utils.PyDataset or GeneratorBatches
        Of batches (X, y) or (X, y, sample_weight).
    encode : callable
        From the y of a batch to an array, or a tuple of them.
    """
    if isinstance(dataset, GeneratorBatches):
        return dataset.changed(lambda X, y, *weights: (X, encode(_plain(y)), *weights))
    if isinstance(dataset, keras.utils.PyDataset):
        return _Mapped(dataset, lambda X, y, *weights: (X, encode(_plain(y)), *weights))
    from skhpt.estimators import _tensorflow_datasets

    def encode_plain(y: npt.NDArray[Any]) -> Any:
        return encode(_plain(y))

    example = keras.tree.map_structure(np.asarray, encode_plain(next(_batches(dataset, 1))[1]))
    return _tensorflow_datasets.with_targets(dataset, encode_plain, example)


def inputs_of(dataset: Any) -> Any:
    """The same dataset without its targets."""
    if isinstance(dataset, Iterator):
        return inputs_of_generator(dataset)
    if isinstance(dataset, keras.utils.PyDataset):
        return _Mapped(dataset, lambda X, *rest: (X,))
    return dataset.map(lambda X, *rest: (X,)) if isinstance(dataset.element_spec, tuple) else dataset


class _Mapped(keras.utils.PyDataset):
    """Hands on the batches of another one, changed."""

    def __init__(self, inner: keras.utils.PyDataset, function: Callable[..., Any]) -> None:
        super().__init__(
            workers=inner.workers, use_multiprocessing=inner.use_multiprocessing, max_queue_size=inner.max_queue_size
        )
        self._inner = inner
        self._function = function

    @property
    def num_batches(self) -> int | None:
        n_batches: int | None = self._inner.num_batches
        return n_batches

    def __getitem__(self, index: int) -> tuple[Any, ...]:
        batch = self._inner[index]
        changed: tuple[Any, ...] = self._function(*batch) if isinstance(batch, tuple) else self._function(batch)
        return changed

    def on_epoch_begin(self) -> None:
        self._inner.on_epoch_begin()

    def on_epoch_end(self) -> None:
        self._inner.on_epoch_end()


def _batches(dataset: Any, n_steps: int | None) -> Iterator[Any]:
    if isinstance(dataset, GeneratorBatches):
        return iter(dataset.first)
    if isinstance(dataset, keras.utils.PyDataset):
        n_batches = dataset.num_batches if n_steps is None else n_steps
        if n_batches is None:
            raise ValueError(_ENDLESS)
        return (dataset[index] for index in range(n_batches))
    from skhpt.estimators import _tensorflow_datasets

    if n_steps is not None:
        dataset = dataset.take(n_steps)
    if _tensorflow_datasets.is_endless(dataset):
        raise ValueError(_ENDLESS)
    return iter(dataset.as_numpy_iterator())


def _plain(y: Any) -> npt.NDArray[Any]:
    """Labels as text where TensorFlow has made bytes of them."""
    y = np.asarray(y)
    return np.asarray(y.astype(str) if y.dtype.kind in "OS" else y)


_ENDLESS = "The dataset to train on has no end. Say how many batches make an epoch: `fit(dataset, steps_per_epoch=…)`."
