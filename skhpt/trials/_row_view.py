"""Rows that stay where they are."""

from __future__ import annotations

import mmap
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

LARGE = 2**26
"""From how many bytes on rows are taken a batch at a time. Smaller arrays are copied: that takes less time."""

_PIECE = 2**24
# After how many bytes of rows a file's pages are let go. Linux maps up to 2 MB around each row, so what was mapped is
# many times as much; to map it again takes about as long as to copy the rows.
_READ = 2**23


class RowView:
    """Some rows of an array, cast to a type, of which none is copied before somebody asks for it.

    Only the wrappers are given one; everybody else gets an array, as `numpy.asarray` makes it. The rows of a sparse
    matrix are made dense as they are asked for.

    Parameters
    ----------
    base : ndarray of shape (n_base, ...), or sparse matrix or array of shape (n_base, n_features) in the CSR format
        In memory, or mapped from a file.
    numbers : ndarray of int of shape (n_rows,), default=None
        Which rows, counted from 0; None is all of them, in their order.
    dtype : dtype, default=None
        What they are cast to; None is that of `base`.

    Attributes
    ----------
    shape, dtype, ndim
        As of an array.

    Examples
    --------
    >>> view = RowView(np.arange(10).reshape(5, 2), np.array([4, 0, 2]), np.float32)
    >>> view.shape, view[np.array([0, 2])]
    ((3, 2), array([[8., 9.],
           [4., 5.]], dtype=float32))
    >>> np.asarray(view.take(np.array([2])))
    array([[4., 5.]], dtype=float32)
    """

    def __init__(self, base: Any, numbers: npt.NDArray[np.integer[Any]] | None = None, dtype: Any = None) -> None:
        self.base, self.dtype = base, np.dtype(base.dtype if dtype is None else dtype)
        self.numbers: npt.NDArray[Any] = np.arange(base.shape[0]) if numbers is None else numbers
        self.shape = (len(self.numbers), *base.shape[1:])
        self._n_bytes_read = 0

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        """How many values."""
        return int(np.prod(self.shape))

    @property
    def _row_bytes(self) -> int:
        return int(self.base.dtype.itemsize * np.prod(self.shape[1:]))

    @property
    def is_whole(self) -> bool:
        """Whether they are all rows of the array, in its order and of its type."""
        return self.dtype == self.base.dtype and np.array_equal(self.numbers, np.arange(self.base.shape[0]))

    @property
    def is_sparse(self) -> bool:
        """Whether they are rows of a sparse matrix."""
        return hasattr(self.base, "tocsr")  # without loading SciPy, which may not be there yet

    @property
    def stored(self) -> Any:
        """All rows in the form in which they are stored: a sparse matrix, or an array."""
        if not self.is_sparse:
            return np.asarray(self)
        rows = self.base if self.is_whole else self.base[self.numbers]
        return rows.astype(self.dtype, copy=False)

    def __len__(self) -> int:
        return len(self.numbers)

    def __getitem__(self, rows: Any) -> npt.NDArray[Any]:
        """Copies of some of the rows, by whatever NumPy takes for rows."""
        numbers = self.numbers[rows]
        if self.is_sparse:
            dense: npt.NDArray[Any] = self.base[np.atleast_1d(numbers)].toarray().astype(self.dtype, copy=False)
            return dense if numbers.ndim else dense[0]
        if numbers.ndim == 0 or not _is_mapped(self.base):
            taken: npt.NDArray[Any] = self.base[numbers]
            return taken.astype(self.dtype, copy=False)
        taken = np.empty((len(numbers), *self.shape[1:]), self.dtype)
        n_rows = max(_READ // max(self._row_bytes, 1), 1)
        for start in range(0, len(numbers), n_rows):
            some = numbers[start : start + n_rows]
            taken[start : start + n_rows] = self.base[some]
            self._n_bytes_read += len(some) * self._row_bytes
            if self._n_bytes_read >= _READ:
                _let_go(self.base)
                self._n_bytes_read = 0
        return taken

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> npt.NDArray[Any]:
        if copy is False:
            raise ValueError("Rows of an array can't be an array of their own without a copy.")
        rows = np.empty(self.shape, self.dtype if dtype is None else dtype)
        self.copy_to(rows)
        return rows

    def __repr__(self) -> str:
        return f"{type(self).__name__}(shape={self.shape}, dtype={self.dtype}, n_base={self.base.shape[0]})"

    def take(self, numbers: npt.NDArray[np.integer[Any]]) -> RowView:
        """Some of them, as a view of the same array."""
        return RowView(self.base, self.numbers[numbers], self.dtype)

    def astype(self, dtype: Any) -> RowView:
        """The same rows, which will be cast to another type."""
        return RowView(self.base, self.numbers, dtype)

    def pieces(self) -> Iterator[npt.NDArray[Any]]:
        """All rows, one after the other, in arrays of some megabytes; at least one array."""
        n_rows = max(_PIECE // max(self._row_bytes, 1), 1)
        for start in range(0, max(len(self), 1), n_rows):
            yield self[start : start + n_rows]

    def copy_to(self, array: npt.NDArray[Any]) -> None:
        """Write all rows into an array of their shape, without another copy of them."""
        start = 0
        for piece in self.pieces():
            array[start : start + len(piece)] = piece
            start += len(piece)


def _is_mapped(array: Any) -> bool:
    """Whether an array is mapped from a file that is only read: of others, what was written might be let go."""
    return isinstance(array, np.memmap) and array.mode == "r" and isinstance(array.base, mmap.mmap)


def _let_go(array: Any) -> None:
    """Let the pages of a mapped file be no part of this process until they are read again.

    The system keeps them where it has room. Otherwise each worker would grow by all rows that it has seen, and joblib
    replaces workers that grow.
    """
    if sys.platform == "linux":
        array.base.madvise(mmap.MADV_DONTNEED)


def is_large(rows: Any) -> bool:
    """Whether rows are an array of numbers that is not to be copied without need, or a sparse matrix of them.

    Parameters
    ----------
    rows : object
        Subclasses of ndarray but for `numpy.memmap` have a meaning of their own, and are not. Of sparse matrices only
        those in the CSR format are, whose rows are quickly found.
    """
    if hasattr(rows, "tocsr"):
        return bool(rows.format == "csr" and rows.ndim > 1 and rows.dtype.kind in "biuf")
    plain = type(rows) in (np.ndarray, np.memmap) and rows.ndim > 1 and rows.dtype.kind in "biuf"
    return plain and rows.nbytes >= LARGE
