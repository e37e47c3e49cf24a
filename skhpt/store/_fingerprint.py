"""Telling whether data are those of an earlier process."""

from __future__ import annotations

import datetime
import decimal
import hashlib
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

_PIECE = 2**24  # bytes
_WRITTEN_OUT = {
    bool, bytes, complex, datetime.date, datetime.datetime, datetime.timedelta, decimal.Decimal, float, int, str,
    type(None), type(pd.NA), type(pd.NaT), pd.Timedelta, pd.Timestamp,
}  # fmt: skip
"""Types that are all in what `repr` says, which is much quicker to be had than descriptions of a million cells."""


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
    if isinstance(data, pd.DataFrame):
        return _of_pandas(data)
    if isinstance(data, (pd.Series, pd.Index, pd.api.extensions.ExtensionArray)):
        return {"shape": list(data.shape), "digest": _of_column(data)}
    if isinstance(data, Mapping) and not hasattr(data, "tocoo"):  # Keras knows its inputs by their names
        return {"parts": {str(name): fingerprint_of_rows(data[name]) for name in sorted(data, key=str)}}
    if isinstance(data, np.ma.MaskedArray):
        parts = {"values": data.filled(), "mask": np.ma.getmaskarray(data)}
        return {"shape": list(data.shape), "parts": {name: _of_array(part) for name, part in parts.items()}}
    if hasattr(data, "tocoo"):
        coordinates = data.tocoo()
        parts = {"values": coordinates.data, "rows": coordinates.row, "columns": coordinates.col}
        return {"shape": list(data.shape), "parts": {name: _of_array(part) for name, part in parts.items()}}
    if isinstance(data, np.ndarray) or hasattr(data, "__array__"):
        return _of_array(np.asarray(data)) | _of_polars(data)
    return None


def fingerprint_of_rows(rows: Any) -> dict[str, Any] | None:
    """The same for X or y, which may also be plain lists, or a list of the arrays of several inputs."""
    if rows is None:
        return None
    if isinstance(rows, (list, tuple)):
        if rows and all(hasattr(part, "shape") and np.ndim(part) > 0 for part in rows):
            return {"parts": {str(place): fingerprint(part) for place, part in enumerate(rows)}}
        return _of_array(_as_array(rows))
    known = fingerprint(rows)
    return {"rows": _described(rows)} if known is None else known


def _as_array(rows: Any) -> np.ndarray[Any, Any]:
    try:
        array = np.asarray(rows)
    except ValueError:  # rows of different lengths
        array = np.empty(len(rows), dtype=object)
        array[:] = rows
        return array
    are_mixed = array.ndim == 1 and len(set(map(type, rows))) > 1  # which NumPy makes one type of
    return np.asarray(rows, dtype=object) if are_mixed or array.dtype.kind in "US" else array


def _described(value: Any) -> Any:
    from skhpt.store._describe import describe  # which takes arrays in it for what they are here

    return describe(value)


def _of_polars(data: Any) -> dict[str, Any]:
    """The names and types of the columns of polars, of which an array tells less."""
    if hasattr(data, "columns"):
        return {"columns": [[str(name), str(data[name].dtype)] for name in data.columns]}
    is_plain = isinstance(data, np.ndarray) or not type(data).__module__.startswith("polars.")
    return {} if is_plain else {"type": str(data.dtype)}


def _of_pandas(table: Any) -> dict[str, Any]:
    columns = [table.iloc[:, place] for place in range(table.shape[1])]
    digest = hashlib.sha256(repr([*table.columns, *map(str, table.dtypes)]).encode())
    for column in columns:
        digest.update(_of_column(column).encode())
    return {"shape": list(table.shape), "digest": digest.hexdigest()}


def _of_column(column: Any) -> str:
    if isinstance(column.dtype, pd.CategoricalDtype):
        return _of_categories(pd.Series(column))
    try:
        if column.dtype == object:  # pandas takes 1 and "1" for the same where others are text
            content = _objects(column.to_numpy())
        elif isinstance(column.dtype, np.dtype):
            content = _of_array(column.to_numpy())["digest"].encode()
        else:
            content = pd.util.hash_pandas_object(column, index=False).to_numpy().tobytes()
    except TypeError:  # cells that hold lists, say
        content = _objects(column.to_numpy(dtype=object))
    return hashlib.sha256(content + str(column.dtype).encode()).hexdigest()


def _of_categories(column: Any) -> str:
    """Of a column of categories, in their order: encoders make a column of each, also of one that no row has."""
    categories = column.cat.categories
    codes = column.cat.codes.to_numpy(dtype=np.int64)
    known = f"{_of_column(categories)} {len(categories)} {column.cat.ordered}"
    return hashlib.sha256(codes.tobytes() + known.encode()).hexdigest()


def _of_array(array: np.ndarray[Any, Any]) -> dict[str, Any]:
    dtype = array.dtype.str if array.dtype.names is None else repr(array.dtype.descr)
    known = {"shape": list(array.shape), "dtype": dtype}
    if array.dtype.hasobject:
        return known | {"digest": hashlib.sha256(_objects(array)).hexdigest()}
    digest = hashlib.sha256()
    # In pieces, of which copies may be made that an array of another order in memory needs.
    for rows in np.array_split(array, -(-array.nbytes // _PIECE)) if array.nbytes > _PIECE else [array]:
        digest.update(np.ascontiguousarray(rows).reshape(-1).view(np.uint8).data)
    return known | {"digest": digest.hexdigest()}


def _objects(array: np.ndarray[Any, Any]) -> bytes:
    flat = array.ravel()
    if all(isinstance(value, str) for value in flat):
        hashes: np.ndarray[Any, Any] = pd.util.hash_array(flat, categorize=False)
        return hashes.tobytes()
    if set(map(type, flat)) <= _WRITTEN_OUT:
        return repr(flat.tolist()).encode("utf-8", "surrogatepass")
    known: dict[int, Any] = {}  # by their ids, as a missing value may be one object in many rows
    for value in flat:
        if id(value) not in known:
            known[id(value)] = _described(value)
    return json.dumps([known[id(value)] for value in flat]).encode()
