"""Histograms of weights."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from skhpt.callbacks._tensorboard_callback import TensorBoardCallback


class WeightHistogramLogger(TensorBoardCallback):
    """Logs for TensorBoard how the weights of each layer are distributed after each epoch.

    Tags say the place and class of a layer, as in ``weights/0_dense/kernel``, so that they are the same in all trials.

    Parameters
    ----------
    log_dir : str or path
        The run's directory. In a search ``{trial}`` becomes the trial's name (and ``{candidate}``, ``{fold}``,
        ``{repeat}`` its numbers): ``logs/{trial}`` is the run that ``TensorBoardLogger("logs")`` writes to.

    Raises
    ------
    MissingExtraError
        If TensorBoard is not installed.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import keras
    >>> from sklearn.datasets import load_iris
    >>> from skhpt import KerasClassifier, WeightHistogramLogger
    >>> def build():
    ...     return keras.Sequential([keras.layers.Dense(3, activation="softmax")])
    >>> logdir = tempfile.mkdtemp()
    >>> classifier = KerasClassifier(build, epochs=2, callbacks=[WeightHistogramLogger(f"{logdir}/{{trial}}")])
    >>> _ = classifier.fit(*load_iris(return_X_y=True), verbose=0)
    >>> [path.name for path in Path(logdir).iterdir()]
    ['c0000-fit-r00']
    """

    _keeps_no_state = True
    _kind = "weights"

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self.writer.histograms(dict(_weights(self.model)), step=epoch + 1)


def _weights(model: keras.Model) -> Iterator[tuple[str, npt.NDArray[np.generic]]]:
    """What is finite in each weight, by tag."""
    for place, layer in enumerate(model.layers):
        known: Counter[str] = Counter()
        for weight in layer.weights:
            known[weight.name] += 1
            number = f"_{known[weight.name]}" if known[weight.name] > 1 else ""
            values = np.asarray(keras.ops.convert_to_numpy(weight.value), dtype=float)
            tag = f"weights/{place}_{type(layer).__name__.lower()}/{weight.name}{number}"
            yield tag, values[np.isfinite(values)]
