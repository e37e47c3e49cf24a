"""Data of models with several inputs: a dict or a list of arrays that have a row for each sample."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from skhpt.trials._row_view import RowView, is_large


def is_several(X: Any, n_rows: int | None) -> bool:
    """Whether X holds an array for each input of a model, and is not a list of rows.

    Parameters
    ----------
    X : object
        A dict is several inputs. So is a list or tuple of arrays, unless it has an array for each row.
    n_rows : int or None
        The length of the target; None if that is not known. Then a list is a list of rows.

    Examples
    --------
    >>> two_inputs = [np.zeros((5, 3)), np.zeros((5, 1))]
    >>> is_several(two_inputs, 5), is_several(two_inputs, 2), is_several({"left": np.zeros((5, 3))}, 5)
    (True, False, True)
    """
    if isinstance(X, Mapping):
        return not hasattr(X, "shape")  # one of SciPy's sparse kinds is a dict
    if not isinstance(X, (list, tuple)) or n_rows is None or len(X) in (0, n_rows):
        return False
    return all(hasattr(entry, "shape") and np.ndim(entry) > 0 for entry in X)


def map_inputs(function: Callable[[str, Any], Any], X: Any) -> Any:
    """A dict or list of what the function makes of each input and its name.

    Parameters
    ----------
    function : callable
        From the name, as it is written in code, and the entry.
    X : dict, list or tuple
    """
    if isinstance(X, Mapping):
        return {key: function(f"X[{key!r}]", entry) for key, entry in X.items()}
    return [function(f"X[{index}]", entry) for index, entry in enumerate(X)]


def parts_of_rows(X: Any) -> list[Any]:
    """The arrays of several inputs, or X alone."""
    if isinstance(X, SeveralInputs):
        return parts_of_rows(X.inputs)
    if isinstance(X, Mapping) and not hasattr(X, "shape"):
        return list(X.values())
    is_list = isinstance(X, (list, tuple)) and all(hasattr(part, "shape") for part in X)
    return list(X) if is_list else [X]


def check_lengths(X: Any, n_rows: int | None = None) -> int:
    """The number of rows of several inputs.

    Parameters
    ----------
    X : dict, list or tuple
        The inputs.
    n_rows : int or None, default=None
        The length of the target, if there is one.

    Raises
    ------
    ValueError
        If there are no inputs, or one of them has another number of rows. It names the input.
    """
    lengths: dict[str, int] = {}
    map_inputs(lambda name, entry: lengths.setdefault(name, _n_rows_of(entry)), X)
    if not lengths:
        raise ValueError("X must hold an array for each input of the model. It is empty.")
    other, expected = next(iter(lengths.items())) if n_rows is None else ("y", n_rows)
    for name, length in lengths.items():
        if length != expected:
            why = "" if isinstance(X, Mapping) else f" X is a list of {len(X)} arrays: one for each input of a model."
            raise ValueError(
                f"Found inputs with inconsistent numbers of samples: {name} has {length} rows, {other} has {expected}."
                f"{why} All inputs need the same rows."
            )
    return expected


class SeveralInputs:
    """Several inputs of a model as one set of rows, which splitters can count and of which folds can be taken.

    A search wraps what the user gave. Indexing by row numbers returns those rows in the user's own form, so estimators
    and scorers never see this class; splitters do.

    Parameters
    ----------
    inputs : dict, list or tuple of array-like
        As the user gave them.
    n_rows : int or None, default=None
        The length of the target, if there is one.

    Attributes
    ----------
    inputs : dict, list or tuple
        As given.
    shape : tuple of int
        The number of rows.

    Examples
    --------
    >>> rows = SeveralInputs({"left": np.arange(3), "right": np.arange(6).reshape(3, 2)})
    >>> len(rows), rows[[0, 2]]
    (3, {'left': array([0, 2]), 'right': array([[0, 1],
           [4, 5]])})
    >>> rows["left"]
    array([0, 1, 2])
    """

    def __init__(self, inputs: Any, n_rows: int | None = None) -> None:
        self.inputs = inputs
        self.shape = (check_lengths(inputs, n_rows),)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: Any) -> Any:
        """Some rows of each input; or an input itself, by its name in a dict."""
        if isinstance(self.inputs, Mapping) and isinstance(rows, str):
            return self.inputs[rows]
        if isinstance(rows, tuple):  # (rows, ...), as scikit-learn indexes what has a shape
            rows = rows[0]
        numbers = np.atleast_1d(np.arange(len(self))[rows])
        return self.map(lambda part: _taken(part, numbers))

    def map(self, function: Callable[[Any], Any]) -> Any:
        """What the function makes of each input, in the user's own form."""
        made = map_inputs(lambda name, part: function(part), self.inputs)
        return tuple(made) if isinstance(self.inputs, tuple) else made

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self.inputs)} inputs, {len(self)} rows)"


def as_rows(X: Any, y: Any) -> Any:
    """X as something that has rows: several inputs are wrapped, anything else is returned as it is.

    Parameters
    ----------
    X : object
        What a search was given.
    y : array-like or None
        The target, whose length tells several inputs from a list of rows.
    """
    n_rows = _n_rows_of(y) if hasattr(y, "__len__") or hasattr(y, "shape") else None
    return SeveralInputs(X, n_rows) if is_several(X, n_rows) else X


def are_large(X: Any) -> bool:
    """Whether X, or one of several inputs, is an array that is not to be copied without need."""
    return any(map(is_large, parts_of_rows(X))) if isinstance(X, SeveralInputs) else is_large(X)


def view_rows(X: Any, numbers: npt.NDArray[np.integer[Any]] | None = None) -> Any:
    """Rows of an array as a view; of several inputs, views of those that are large, in the user's own form.

    Parameters
    ----------
    X : ndarray or SeveralInputs
        With `are_large`.
    numbers : ndarray of int, default=None
        Which rows; None is all of them.
    """
    if not isinstance(X, SeveralInputs):
        return RowView(X, numbers)

    def of_part(part: Any) -> Any:
        if is_large(part):
            return RowView(part, numbers)
        return part if numbers is None else _taken(part, numbers)

    return X.map(of_part)


def own_form(X: Any) -> Any:
    """X as the user gave it, of what `as_rows` returned."""
    return X.inputs if isinstance(X, SeveralInputs) else X


def _n_rows_of(rows: Any) -> int:
    from skhpt._compat.sklearn import num_samples  # loads scikit-learn, which the command `skhpt` does without

    return int(num_samples(rows))


def _taken(rows: Any, numbers: npt.NDArray[np.integer[Any]]) -> Any:
    from skhpt._compat.sklearn import take_samples  # as above

    return take_samples(rows, numbers)
