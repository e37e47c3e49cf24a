"""Telling whether data are those of an earlier process."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd


def fingerprint(data: Any) -> dict[str, Any] | None:
    """Shape, type and a digest of an array, a table, or a list or dict of them.

    Parameters
    ----------
    data : object
        An array, whatever converts to one, a sparse matrix, or a table of pandas or polars.

    Returns
    -------
    dict or None
        None for what is no data.

    Examples
    --------
    >>> fingerprint(np.zeros((2, 3)))["shape"]
    [2, 3]
    >>> fingerprint(np.zeros(3)) == fingerprint(np.ones(3))
    False
    """
    if isinstance(data, (pd.DataFrame, pd.Series, pd.Index)):
        return _of_pandas(data)
    if isinstance(data, Mapping):
        return {"parts": {str(name): fingerprint(part) for name, part in data.items()}}
    if hasattr(data, "tocoo"):
        coordinates = data.tocoo()
        parts = {"values": coordinates.data, "rows": coordinates.row, "columns": coordinates.col}
        return {"shape": list(data.shape), "parts": {name: _of_array(part) for name, part in parts.items()}}
    if isinstance(data, np.ndarray) or hasattr(data, "__array__"):
        return _of_array(np.asarray(data))
    return None


def fingerprint_of_rows(rows: Any) -> dict[str, Any] | None:
    """The same for X or y, which may also be plain lists, or a list of the arrays of several inputs."""
    if rows is None:
        return None
    if isinstance(rows, (list, tuple)):
        if rows and all(hasattr(part, "shape") and np.ndim(part) > 0 for part in rows):
            return {"parts": {str(place): fingerprint(part) for place, part in enumerate(rows)}}
        return _of_array(_as_array(rows))
    return fingerprint(rows)


def _as_array(rows: Any) -> np.ndarray[Any, Any]:
    try:
        return np.asarray(rows)
    except ValueError:  # rows of different lengths
        return np.asarray([repr(row) for row in rows])


def _of_pandas(table: Any) -> dict[str, Any]:
    digest = hashlib.sha256(pd.util.hash_pandas_object(table, index=False).to_numpy().tobytes())
    if isinstance(table, pd.DataFrame):
        digest.update(repr([*table.columns, *map(str, table.dtypes)]).encode())
    return {"shape": list(table.shape), "digest": digest.hexdigest()}


def _of_array(array: np.ndarray[Any, Any]) -> dict[str, Any]:
    known = {"shape": list(array.shape), "dtype": array.dtype.str}
    content = _hashes(array) if array.dtype.hasobject else np.ascontiguousarray(array)
    return known | {"digest": hashlib.sha256(content.reshape(-1).view(np.uint8).data).hexdigest()}


def _hashes(objects: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    values = np.array([value if isinstance(value, str) else repr(value) for value in objects.ravel()], dtype=object)
    hashes: np.ndarray[Any, Any] = pd.util.hash_array(values, categorize=False)
    return hashes
