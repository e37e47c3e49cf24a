"""What a search refuses before anything is fitted: misspelt names, and data that have no folds."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Iterable, Mapping
from typing import Any

from sklearn.metrics import get_scorer_names

from skhpt.exceptions import UnknownParameterError, nearest_name
from skhpt.trials import as_rows

_DATASETS = {("keras", "PyDataset"), ("tensorflow", "DatasetV2"), ("torch", "DataLoader")}


def check_parameter_names(estimator: Any, params: Mapping[str, Any]) -> None:
    """Raise if the estimator has no parameter of one of these names.

    Looks but does not touch: no `set_params` is called. An estimator that defines a `set_params` of its own may take
    names that nobody else can know, and is left alone. A name that another of the parameters makes valid is fine, such
    as ``clf__C`` next to a new ``clf``.

    Parameters
    ----------
    estimator : estimator
        With or without nested estimators.
    params : mapping of str to object
        A candidate's parameters.

    Raises
    ------
    UnknownParameterError
        Names the parameter in full, with the nearest valid name.

    Examples
    --------
    >>> from sklearn.linear_model import Ridge
    >>> from sklearn.pipeline import Pipeline
    >>> check_parameter_names(Pipeline([("ridge", Ridge())]), {"ridge__alhpa": 1.0})
    Traceback (most recent call last):
    skhpt.exceptions.UnknownParameterError: Invalid parameter 'ridge__alhpa' ... Did you mean 'ridge__alpha'? ...
    """
    if hasattr(estimator, "_check_parameter_names"):  # ours: also knows the names of a model builder and an optimizer
        estimator._check_parameter_names(params)
        return
    if not str(getattr(getattr(type(estimator), "set_params", None), "__module__", None)).startswith("sklearn."):
        return
    known = {**estimator.get_params(deep=True), **_named_in_lists(params)}
    for name in params:
        if name.partition("__")[0] not in known:
            raise UnknownParameterError(name, type(estimator).__name__, known)
    for name, value in (known | dict(params)).items():
        if "__" not in name and hasattr(value, "get_params") and not isinstance(value, type):
            _check_part(name, value, params)


def rows_of_search(X: Any, y: Any, owner: str, params: Mapping[str, Any]) -> Any:
    """X as data of which a search can take folds; several inputs become one set of rows.

    Parameters
    ----------
    X, y : object
        What `fit` was given.
    owner : str
        The class of the search.
    params : mapping of str to object
        The other arguments of `fit`.

    Raises
    ------
    TypeError
        If X gives batches: a dataset of Keras', TensorFlow's or PyTorch's, a generator or another iterator. Also if
        another argument is an iterator.
    ValueError
        If an input has another number of rows than `y`.
    """
    kinds = {(cls.__module__.partition(".")[0], cls.__name__) for cls in type(X).__mro__}
    if kinds & _DATASETS or hasattr(X, "__next__") or inspect.isfunction(X):
        raise TypeError(
            f"X must be an array, or a list or dict of arrays, because {owner} splits it by rows, but it is a "
            f"{type(X).__name__}, which gives batches: read it into arrays X and y first (`batch_size` makes the "
            f"batches), or train a single estimator on it by `estimator.fit(dataset)`."
        )
    for name, value in params.items():
        if hasattr(value, "__next__"):
            raise TypeError(
                f"The argument {name} of {owner} must not be an iterator, which the first training would use up, but "
                f"it is a {type(value).__name__}: give arrays, or a dataset."
            )
    return as_rows(X, y)


def check_scoring(scoring: Any, owner: str) -> None:
    """Raise if a metric to score with is no name that scikit-learn knows.

    Parameters
    ----------
    scoring : object
        A name, or a list or dict of them; anything else is right here.
    owner : str
        The class of the search.

    Raises
    ------
    ValueError
        With the nearest names.
    """
    entries = scoring.values() if isinstance(scoring, Mapping) else scoring
    entries = [scoring] if isinstance(scoring, str) else entries if isinstance(entries, Iterable) else []
    known = get_scorer_names()
    for name in entries:
        if isinstance(name, str) and name not in known:
            near = nearest_name(name, known)
            hint = f" Did you mean {near!r}?" if near else ""
            nearest = difflib.get_close_matches(name, known, n=5, cutoff=0.0)
            raise ValueError(
                f"The 'scoring' parameter of {owner} must be a metric that scikit-learn knows. Got {name!r} instead."
                f"{hint} The nearest are: {nearest}."
            )


def _check_part(name: str, part: Any, params: Mapping[str, Any]) -> None:
    prefix = f"{name}__"
    below = {key.removeprefix(prefix): value for key, value in params.items() if key.startswith(prefix)}
    try:
        check_parameter_names(part, below)
    except UnknownParameterError as error:
        raise error.below(name) from None


def _named_in_lists(params: Mapping[str, Any]) -> dict[str, Any]:
    """The estimators that a new list of steps, transformers or estimators brings along, by name."""
    return {
        item[0]: item[1]
        for value in params.values()
        if isinstance(value, list)
        for item in value
        if isinstance(item, tuple) and len(item) >= 2 and isinstance(item[0], str)
    }
