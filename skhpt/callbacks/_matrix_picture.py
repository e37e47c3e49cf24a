"""A confusion matrix as a picture."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from skhpt.exceptions import MissingExtraError

_DPI = 100
_INCHES_A_CLASS, _SMALLEST, _LARGEST = 0.5, 4.0, 12.0
_MOST_NUMBERS = 20  # classes: of more the counts could not be read


class MatrixPicture:
    """Draws counts, in the colour of their share of the row.

    Parameters
    ----------
    names : sequence of str or None
        Of the classes; None is their numbers.

    Raises
    ------
    MissingExtraError
        If matplotlib is not installed.

    Examples
    --------
    >>> png, width, height = MatrixPicture(["no", "yes"]).of(np.array([[3, 1], [0, 4]]))
    >>> png[1:4], (width, height)
    (b'PNG', (400, 400))
    """

    def __init__(self, names: Sequence[str] | None) -> None:
        _figure_class()  # if the extra is missing, the time to say so is now
        self._names = names

    def of(self, counts: npt.NDArray[np.int64]) -> tuple[bytes, int, int]:
        """The picture as PNG, its width and its height in pixels.

        Parameters
        ----------
        counts : ndarray of shape (n_classes, n_classes)
            A row for each class, a column for what its rows were taken for.
        """
        n_classes = len(counts)
        size = float(np.clip(1.5 + _INCHES_A_CLASS * n_classes, _SMALLEST, _LARGEST))
        # Without pyplot, which keeps every figure, and draws in the main thread alone.
        figure = _figure_class()(figsize=(size, size), dpi=_DPI, layout="constrained")
        self._draw(figure.subplots(), counts)
        file = io.BytesIO()
        figure.savefig(file, format="png")
        return file.getvalue(), *(round(inches * _DPI) for inches in figure.get_size_inches())

    def _draw(self, ax: Any, counts: npt.NDArray[np.int64]) -> None:
        n_classes = len(counts)
        shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
        ax.imshow(shares, cmap="Blues", vmin=0.0, vmax=1.0)
        names = [str(place) for place in range(n_classes)] if self._names is None else self._names[:n_classes]
        ax.set_xticks(range(len(names)), names, rotation=90 if max(map(len, names), default=0) > 3 else 0)
        ax.set_yticks(range(len(names)), names)
        ax.set_xlabel("predicted")
        ax.set_ylabel("true")
        if n_classes <= _MOST_NUMBERS:
            for (row, column), count in np.ndenumerate(counts):
                colour = "white" if shares[row, column] > 0.5 else "black"
                ax.text(column, row, str(count), ha="center", va="center", color=colour)


def _figure_class() -> Any:
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtraError("ConfusionMatrixLogger", "plot") from error
    return Figure
