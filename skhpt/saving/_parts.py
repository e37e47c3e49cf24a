"""Stand-ins for what is not stored with the rest of a pipeline, and the walk that puts them in and takes them out."""

from __future__ import annotations

import copy
import types
from collections.abc import Callable
from typing import Any, NoReturn

from sklearn.base import BaseEstimator

from skhpt.estimators import BaseWrapper
from skhpt.exceptions import ModelError

_LEAVES = (str, bytes, int, float, complex, type(None), type, types.ModuleType, types.FunctionType, types.MethodType)


class StoredNetwork:
    """Stand-in for a Keras wrapper that is stored by itself.

    Parameters
    ----------
    number : int
        Of its directory.
    """

    def __init__(self, number: int) -> None:
        self.number = number


class NotStored(BaseEstimator):
    """Stand-in for a search that was not fitted: a template, from which a meta-estimator makes what it fits.

    Parameters
    ----------
    what : str
        The class of the search.
    """

    def __init__(self, what: str) -> None:
        self.what = what

    def fit(self, X: Any, y: Any = None, **params: Any) -> NoReturn:
        """Say what is missing.

        Raises
        ------
        ModelError
            Always.
        """
        raise ModelError(
            f"This estimator was loaded, and can't be fitted anew: of a {self.what} in it only the best estimator was "
            f"saved. Set a new search by set_params, in the place of {self!r}."
        )

    predict = fit  # meta-estimators ask for one


class Exchange:
    """A copy of a value in which some objects are exchanged, at any depth. What holds none of them is not copied.

    Keras wrappers are exchanged as a whole, or not at all.

    Parameters
    ----------
    replacement : callable
        Is given each object, and returns what takes its place, or the object itself.
    """

    def __init__(self, replacement: Callable[[Any], Any]) -> None:
        self._replacement = replacement
        self._seen: dict[int, tuple[Any, Any]] = {}  # with the object, whose id is its own as long as it lives

    def of(self, value: Any) -> Any:
        """The value with everything exchanged. What occurs twice in it is one object in the copy, too."""
        if isinstance(value, _LEAVES):
            return value
        if id(value) not in self._seen:
            self._seen[id(value)] = (value, value)  # for an object that holds itself
            new = self._replacement(value)
            is_whole = new is not value or isinstance(value, BaseWrapper)
            self._seen[id(value)] = (value, new if is_whole else self._within(value))
        return self._seen[id(value)][1]

    def _within(self, value: Any) -> Any:
        if isinstance(value, dict):
            changed = self._changed(value)
            if not changed:
                return value
            twin = copy.copy(value)
            twin.update(changed)
            return twin
        if isinstance(value, (list, tuple)):
            entries = [self.of(entry) for entry in value]
            if all(new is old for new, old in zip(entries, value, strict=True)):
                return value
            return type(value)(*entries) if hasattr(value, "_fields") else type(value)(entries)
        changed = self._changed(vars(value)) if hasattr(value, "__dict__") else {}
        if changed:
            value = copy.copy(value)
            vars(value).update(changed)
        return value

    def _changed(self, content: dict[Any, Any]) -> dict[Any, Any]:
        new = {key: self.of(entry) for key, entry in content.items()}
        return {key: entry for key, entry in new.items() if entry is not content[key]}
