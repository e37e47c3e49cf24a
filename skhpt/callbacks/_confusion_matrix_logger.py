"""Confusion matrices as pictures."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from typing import Any, Self

import keras
import numpy as np
import numpy.typing as npt

from skhpt.callbacks._matrix_picture import MatrixPicture
from skhpt.callbacks._tensorboard_callback import TensorBoardCallback

_BATCH = 1024  # rows that are predicted at once


class ConfusionMatrixLogger(TensorBoardCallback):
    """Logs for TensorBoard, as an image after each epoch, how often rows of each class are taken for each other.

    Parameters
    ----------
    log_dir : str or path
        The run's directory. In a search ``{trial}`` becomes the trial's name (and ``{candidate}``, ``{fold}``,
        ``{repeat}`` its numbers): ``logs/{trial}`` is the run that ``TensorBoardLogger("logs")`` writes to.
    validation_data : tuple of (X, y), default=None
        Rows as the model takes them, and the number of each row's class, or one column a class. None is the rows that
        the fit holds out, by the estimator's `validation_split` or `validation_data`. The fold that scores a trial is
        not shown to callbacks.
    class_names : sequence of str, default=None
        What the classes are called in the picture; None is their numbers.

    Raises
    ------
    MissingExtraError
        If TensorBoard or matplotlib is not installed.
    ValueError
        If `validation_data` is no pair. As a training begins, if there are no rows, or the target is not one class a
        row; after its first epoch, if there are classes of which the model says nothing.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import keras
    >>> from sklearn.datasets import load_iris
    >>> from skhpt import ConfusionMatrixLogger, KerasClassifier
    >>> def build():
    ...     return keras.Sequential([keras.layers.Dense(3, activation="softmax")])
    >>> iris, logdir = load_iris(), tempfile.mkdtemp()
    >>> pictures = ConfusionMatrixLogger(f"{logdir}/{{trial}}", class_names=iris.target_names)
    >>> data = {"X": iris.data[::2], "y": iris.target[::2], "X_val": iris.data[1::2], "y_val": iris.target[1::2]}
    >>> _ = KerasClassifier(build, epochs=2, callbacks=[pictures]).fit(**data, verbose=0)
    >>> [path.name for path in Path(logdir).iterdir()]
    ['c0000-fit-r00']
    """

    _keeps_no_state = True
    _kind = "confusion"

    def __init__(
        self,
        log_dir: str | PathLike[str],
        validation_data: tuple[Any, Any] | None = None,
        class_names: Sequence[str] | None = None,
    ) -> None:
        super().__init__(log_dir)
        if validation_data is not None and len(validation_data) != 2:
            raise ValueError(
                "The 'validation_data' parameter of ConfusionMatrixLogger must be a pair, X and y. Got "
                f"{len(validation_data)} entries instead."
            )
        self._picture = MatrixPicture(None if class_names is None else [str(name) for name in class_names])
        self._given = None if validation_data is None else _Shared(*validation_data)
        self._held_out: Any = None

    def __getstate__(self) -> dict[str, Any]:
        return vars(self) | {"_held_out": None}  # whoever goes on with the training shows them again

    def see_validation(self, rows: Any) -> None:
        """Be shown the rows that the fit holds out: with `X` and `y`, or a dataset, or None."""
        self._held_out = rows

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        super().on_train_begin(logs)
        _ = self._rows

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        X, y = self._rows
        threshold = 0.0 if getattr(self.model.loss, "from_logits", False) else 0.5
        png, width, height = self._picture.of(_counts(y, _outputs(self.model, X), threshold))
        self.writer.image("confusion_matrix", png, width=width, height=height, step=epoch + 1)

    @property
    def _rows(self) -> tuple[Any, npt.NDArray[np.int64]]:
        """Rows as the model takes them, and the number of each one's class."""
        rows = self._held_out if self._given is None else self._given
        if getattr(rows, "y", None) is None:
            raise ValueError(
                "ConfusionMatrixLogger has no rows to predict: give it validation_data, or the estimator rows as its "
                f"validation_split or validation_data. Got {type(rows).__name__}."
            )
        return rows.X, _classes(rows.y)


class _Shared:
    """Rows that copies of a callback have in common: there is one for each trial."""

    def __init__(self, X: Any, y: Any) -> None:
        self.X = X
        self.y = y

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self


def _classes(y: Any) -> npt.NDArray[np.int64]:
    """The number of each row's class, from numbers or from a column a class."""
    several = isinstance(y, (tuple, dict))  # outputs of a model
    targets = np.asarray(None if several else y)
    is_table = targets.ndim in (1, 2) and targets.size > 0 and targets.dtype.kind in "biuf"
    columns = targets.reshape(len(targets), -1) if is_table else np.empty((0, 0))
    if columns.shape[1] > 1 and np.all(columns.sum(axis=1) == 1):
        return np.asarray(np.argmax(columns, axis=1))
    if columns.shape[1] != 1 or not np.all((columns >= 0) & (columns < np.inf) & (columns == np.floor(columns))):
        raise ValueError(
            "ConfusionMatrixLogger needs one class a row, as its number from 0 on or as one column a class. Got a "
            f"target of {'several outputs' if several else f'shape {targets.shape} and type {targets.dtype}'}."
        )
    return np.asarray(columns[:, 0].astype(np.int64))


def _counts(y: npt.NDArray[np.int64], outputs: npt.NDArray[Any], threshold: float) -> npt.NDArray[np.int64]:
    """A row for each class, a column for what its rows are taken for; one output of two classes is the second's."""
    n_classes = max(outputs.shape[1], 2)
    if y.max() >= n_classes:
        raise ValueError(
            f"ConfusionMatrixLogger needs the numbers of the {n_classes} classes of which the model says something: "
            f"from 0 to {n_classes - 1}. Got {y.max()}."
        )
    predicted = np.argmax(outputs, axis=1) if outputs.shape[1] > 1 else (outputs[:, 0] > threshold).astype(np.int64)
    counts = np.zeros((n_classes, n_classes), dtype=np.int64)
    np.add.at(counts, (y, predicted), 1)
    return counts


def _outputs(model: keras.Model, X: Any) -> npt.NDArray[Any]:
    """What a model says of rows. It is called as it is: `predict` would compile it anew in each trial."""
    n_rows = len(keras.tree.flatten(X)[0])
    outputs = []
    for start in range(0, n_rows, _BATCH):
        batch = keras.tree.map_structure(lambda part: part[start : start + _BATCH], X)  # noqa: B023 - called at once
        outputs.append(keras.ops.convert_to_numpy(model(batch, training=False)))
    return np.concatenate(outputs).reshape(n_rows, -1)
