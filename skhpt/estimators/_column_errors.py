"""Errors about rows that a model can't take, with the column that is at fault."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from itertools import islice
from numbers import Real
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import issparse

_MOST_NAMED = 5

_ADVICE = {
    "text": "Encode it, for example with OneHotEncoder in a pipeline.",
    "categories": "Encode it, for example with OneHotEncoder in a pipeline.",
    "dates": "Make numbers of it, such as the days since the first of them.",
    "objects": "Make numbers of it.",
    "missing values": "Fill them, for example with SimpleImputer in a pipeline. allow_nan=True lets models see them.",
    "infinite values": "Clip them, or scale the column.",
}
_ADVICE_FOR_ONE_TEXT = (
    "Encode it, for example with TfidfVectorizer in a pipeline, or begin the model with TextVectorization or "
    "StringLookup."
)
_HOLDS, _HAS = ("holds", "hold"), ("has", "have")
_VERBS = dict.fromkeys(_ADVICE, _HOLDS) | {"missing values": _HAS, "infinite values": _HAS}


def naming_columns(check: Callable[[Any], Any], X: Any, name: str = "X") -> Any:
    """What a check of rows returns. Its error names the columns that are at fault.

    Parameters
    ----------
    check : callable
        A check of scikit-learn's, from rows to an array.
    X : array-like
        The rows.
    name : str, default="X"
        What they are called in code.

    Raises
    ------
    ValueError, TypeError
        What the check raises: its first words, then the columns and what to do.

    Examples
    --------
    >>> from sklearn.utils import check_array
    >>> table = pd.DataFrame({"age": [7, 9], "city": ["Bath", "Ely"]})
    >>> naming_columns(lambda X: check_array(X, dtype="float32"), table)
    Traceback (most recent call last):
        ...
    ValueError: could not convert string to float: 'Bath'. Column 'city' holds text ('Bath'). Encode it, ...
    """
    try:
        return check(X)
    except (TypeError, ValueError) as error:
        if (found := _explanation(str(error), X, name)) is None:
            raise
        kind: type[Exception] = TypeError if isinstance(error, TypeError) else ValueError
    raise kind(found)


def _explanation(said: str, X: Any, name: str) -> str | None:
    """The first words of an error, which columns are meant, and what to do; None if no column is at fault."""
    if "contains NaN" in said:
        wanted = {"missing values"}
    elif "contains infinity" in said:
        wanted = {"infinite values"}
    elif any(word in said for word in ("samples", "features", "dimension", "Expected")):
        return None  # the shape is wrong
    else:
        wanted = _ADVICE.keys() - {"infinite values"}
    faults = list(islice(_faults(X, wanted), _MOST_NAMED + 1))
    if not faults:
        return None
    (label, kind, example), *_ = faults
    labels = [label for label, other, _ in faults if other == kind]
    several = len(labels) > 1
    verb = _VERBS[kind][several]
    first_words = said.splitlines()[0].rstrip(".") if "DType" not in said else f"{name} must hold numbers"
    first_words = re.sub(r"np\.str_\((.*)\)", r"\1", first_words)
    advice = _ADVICE[kind].replace(" it,", " them,").replace(" of it,", " of them,") if several else _ADVICE[kind]
    if label is None:
        subject = name
        advice = _ADVICE_FOR_ONE_TEXT if kind == "text" else advice
    else:
        subject = f"Column{'s' * several} {_listed(labels)}{'' if name == 'X' else f' of {name}'}"
    return f"{first_words}. {subject} {verb} {kind}{example}. {advice}"


def _listed(labels: list[str]) -> str:
    if len(labels) == 1:
        return labels[0]
    *some, last = labels[:_MOST_NAMED] + (["others"] if len(labels) > _MOST_NAMED else [])
    return f"{', '.join(some)} and {last}"


def _faults(X: Any, wanted: Collection[str]) -> Iterator[tuple[Any, str, str]]:
    """The columns at fault: what they are called, what they hold, and an example."""
    for label, column in _columns(X):
        kind, example = _fault(column, wanted)
        if kind is not None:
            yield label, kind, example


def _columns(X: Any) -> Iterator[tuple[str | None, Any]]:
    """The columns, with what they are called; of arrays of numbers only those that are not finite.

    What has another number of axes than two is one column without a name.
    """
    if hasattr(X, "columns") and len(np.shape(X)) == 2:  # pandas, polars
        for place, label in enumerate(X.columns):
            yield repr(label), X.iloc[:, place] if hasattr(X, "iloc") else X[:, place]
        return
    if issparse(X):
        coordinates = X.tocoo()
        is_bad = ~_is_finite(coordinates.data)
        for place in np.unique(coordinates.col[is_bad]):
            yield str(place), coordinates.data[is_bad & (coordinates.col == place)]
        return
    array = _as_array(X)
    if array.ndim != 2:
        yield None, X if array.ndim == 1 else array.ravel()
        return
    is_number = array.dtype.kind in "biuf"
    places = np.flatnonzero(~_is_finite(array).all(axis=0)) if is_number else np.arange(array.shape[1])
    for number in places:
        yield str(number), array[:, number]


def _as_array(X: Any) -> npt.NDArray[Any]:
    """Rows as an array; those that NumPy would make text of, as an array of objects."""
    array = np.asarray(X)
    return np.asarray(X, dtype=object) if array.dtype.kind in "US" else array


def _fault(column: Any, wanted: Collection[str]) -> tuple[str | None, str]:
    """What there is in a column of what is wanted, and an example."""
    array = np.asarray(column)
    if array.dtype.kind in "mM":
        return ("dates" if "dates" in wanted else None), ""
    if array.dtype.kind in "biuf":
        has_nan = array.dtype.kind == "f" and bool(np.isnan(array).any())
        kinds = [("missing values", has_nan), ("infinite values", not _is_finite(array[~_is_nan(array)]).all())]
        return next((kind for kind, is_there in kinds if is_there and kind in wanted), None), ""
    is_category = isinstance(getattr(column, "dtype", None), pd.CategoricalDtype)
    for value in array.ravel():
        kind = _fault_of(value, "categories" if is_category else "text")
        if kind is not None and kind in wanted:
            return kind, f" ({str(value)!r})" if isinstance(value, str) else ""
    return None, ""


def _fault_of(value: Any, text: str) -> str | None:
    if isinstance(value, str):
        return None if _is_written_number(value) else text
    if value is None or value is pd.NA or value is pd.NaT:
        return "missing values"
    if isinstance(value, Real):
        if np.isnan(float(value)):
            return "missing values"
        return None if abs(float(value)) <= _largest() else "infinite values"
    return "dates" if hasattr(value, "isoformat") else "objects"


def _is_written_number(value: str) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return True


def _largest() -> float:
    return float(np.finfo(keras.backend.standardize_dtype(keras.backend.floatx())).max)


def _is_nan(array: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    return np.isnan(array) if array.dtype.kind == "f" else np.zeros(array.shape, bool)


def _is_finite(array: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Where numbers are finite once they are cast to Keras' float type."""
    if array.dtype.kind != "f":
        return np.ones(array.shape, bool)
    return np.asarray(np.abs(array) <= _largest())
