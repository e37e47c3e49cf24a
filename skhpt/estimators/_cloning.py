"""What scikit-learn's `clone` does, with copies in which whatever is Keras' does what it did."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sklearn.base import BaseEstimator, clone

from skhpt.estimators._copying import Same, copies_of, faithful_copy


def clone_values(value: Any) -> Any:
    """Clone estimators, and lists, tuples, sets and dicts of them; copy everything else.

    Parameters
    ----------
    value : object
        Any, such as the parameters of a candidate. What occurs twice in it is one object in the copy, too.

    Raises
    ------
    ModelError
        As of `faithful_copy`.

    Examples
    --------
    >>> from sklearn.linear_model import Ridge
    >>> clone_values({"model": Ridge(2.0), "units": [8, 16]})
    {'model': Ridge(alpha=2.0), 'units': [8, 16]}
    """
    return faithful_copy(_with_clones(value))


def clone_params(params: Mapping[str, Any], owner: str) -> dict[str, Any]:
    """The same of parameters, with an error that names the one that can't be copied.

    Parameters
    ----------
    params : mapping of str to object
        By name.
    owner : str
        Whose they are, for the message.

    Raises
    ------
    ModelError
        If something in one can't be copied, such as a lock or an open file.
    """
    copies: dict[str, Any] = copies_of(params, clone_values, owner)
    return copies


def _with_clones(value: Any) -> Any:
    if isinstance(value, type):
        return value
    if type(value) is dict:
        return {key: _with_clones(entry) for key, entry in value.items()}
    if type(value) in (list, tuple, set, frozenset):
        return type(value)([_with_clones(entry) for entry in value])
    return Same(clone(value)) if hasattr(value, "get_params") or hasattr(value, "__sklearn_clone__") else value


class _Parameter:
    """A parameter whose copy is made already, for `clone`, which asks a value how it is cloned."""

    def __init__(self, copy: Any) -> None:
        self._copy = copy

    def __sklearn_clone__(self) -> Any:
        return self._copy


def clone_estimator(estimator: BaseEstimator, method: Callable[[Any], Any]) -> Any:
    """A new estimator with copies of the parameters.

    Parameters
    ----------
    estimator : estimator
        Any.
    method : callable
        The `__sklearn_clone__` of scikit-learn, unbound.

    Raises
    ------
    ModelError
        As of `clone_params`.
    """
    copies = clone_params(estimator.get_params(deep=False), type(estimator).__name__)
    twin = object.__new__(type(estimator))  # with all else that `clone` takes over
    vars(twin).update(vars(estimator))
    twin.set_params(**{name: _Parameter(copy) for name, copy in copies.items()})
    return method(twin)
