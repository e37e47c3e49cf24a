"""Data for models with several inputs: a dict or a list of arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import issparse

Inputs = dict[str, npt.NDArray[Any]] | list[npt.NDArray[Any]]


def is_several(X: Any, n_rows: int | None) -> bool:
    """Whether X is an array for each input of a model, and not rows in a list.

    Parameters
    ----------
    X : object
        A dict is; a list or tuple is if its entries are arrays of `n_rows` rows each, and not `n_rows` of them.
    n_rows : int or None
        The length of the target; None if that is not known.

    Examples
    --------
    >>> two_inputs = [np.zeros((5, 3)), np.zeros((5, 1))]
    >>> is_several(two_inputs, 5), is_several(two_inputs, 2), is_several({"left": np.zeros((5, 3))}, 5)
    (True, False, True)
    """
    if isinstance(X, Mapping):
        return not issparse(X)  # one of SciPy's kinds is a dict
    if not isinstance(X, (list, tuple)) or len(X) in (0, n_rows):
        return False
    return all(np.ndim(entry) > 0 and hasattr(entry, "shape") and entry.shape[0] == n_rows for entry in X)


def map_inputs(function: Callable[[str, Any], Any], X: Any) -> Any:
    """A dict or list of the same keys, of what the function makes of each input and its name.

    Parameters
    ----------
    function : callable
        From the name, as it is written in code, and the entry.
    X : dict or list
    """
    if isinstance(X, Mapping):
        return {key: function(f"X[{key!r}]", entry) for key, entry in X.items()}
    return [function(f"X[{index}]", entry) for index, entry in enumerate(X)]
