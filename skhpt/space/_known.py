"""Which spaces are scikit-learn's own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from skhpt.space._dimension import Dimension
from skhpt.space._space import SearchSpace
from skhpt.space._tensorboard import as_dimension, is_hparam


def is_known_to_sklearn(space: Any) -> bool:
    """Whether a space holds nothing but what scikit-learn knows: it is for scikit-learn to draw from and to refuse.

    Parameters
    ----------
    space : object
        Whatever was given as one.

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from skhpt.space import Int
    >>> is_known_to_sklearn({"C": loguniform(0.1, 1), "degree": [2, 3]}), is_known_to_sklearn({"degree": Int(2, 3)})
    (True, False)
    """
    if isinstance(space, SearchSpace):
        return False
    if isinstance(space, Mapping):
        return not any(is_hparam(name) or _is_ours(value) for name, value in space.items())
    if not isinstance(space, Iterable) or isinstance(space, str):
        return True
    return all(not is_hparam(part) and (not isinstance(part, Mapping) or is_known_to_sklearn(part)) for part in space)


def _is_ours(value: Any) -> bool:
    return isinstance(value, Dimension) or is_hparam(value) or as_dimension(value) is not value
