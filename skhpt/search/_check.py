"""What a search refuses before anything is fitted: misspelt names, and data that have no folds."""

from __future__ import annotations

import difflib
import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sklearn.metrics import get_scorer_names

from skhpt.evaluation import callback_paths, parts_of, prepare
from skhpt.exceptions import UnknownParameterError, nearest_name


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


def check_rows(X: Any, owner: str) -> None:
    """Raise if X is a dataset that gives batches, of which no folds can be taken.

    Parameters
    ----------
    X : object
        What `fit` was given.
    owner : str
        The class of the search.

    Raises
    ------
    TypeError
        If it is one of Keras' or TensorFlow's.
    """
    kinds = {(cls.__module__.partition(".")[0], cls.__name__) for cls in type(X).__mro__}
    if kinds & {("keras", "PyDataset"), ("tensorflow", "DatasetV2")}:
        raise TypeError(
            f"X must be an array, or a list or dict of arrays: {owner} takes its folds from it, row by row. Got a "
            f"dataset of class {type(X).__name__} instead, which gives batches. Read it into arrays X and y first. The "
            f"parameter `batch_size` makes batches of them."
        )


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


def check_callback_paths(
    estimator: Any,
    settings: Sequence[Mapping[str, Any]],
    fit_params: Mapping[str, Any],
    *,
    needed: Sequence[str],
    n_candidates: int,
) -> None:
    """Raise if callbacks would write to the same file in two trials.

    Parameters
    ----------
    estimator : estimator
        With Keras wrappers of skhpt's somewhere in it, or without.
    settings : sequence of mapping of str to object
        The parameters of the candidates of a round.
    fit_params : mapping of str to object
        What the estimator is to be fitted with, callbacks perhaps among it.
    needed : sequence of str
        What a path has to have in braces, as far as there are several: ``fold`` and ``repeat``.
    n_candidates : int
        How many there are in all rounds.

    Raises
    ------
    ValueError
        Names the path, and what it lacks.
    """
    deciding = [
        {name: value for name, value in params.items() if _decides_callbacks(name, value)} for params in settings
    ]
    if not any(deciding) and not any(hasattr(part, "_planned_callbacks") for part in parts_of(estimator).values()):
        return
    alike = Counter(map(_identity, deciding))
    if not any(deciding):  # those of later rounds have the same callbacks
        alike[_identity({})] = n_candidates
    n_sharing: Counter[str] = Counter()
    shown: dict[str, str] = {}
    for params in {_identity(params): params for params in deciding}.values():
        for path in callback_paths(prepare(estimator, params, seed=0), fit_params):
            n_sharing[os.path.realpath(path)] += alike[_identity(params)]
            shown.setdefault(os.path.realpath(path), path)
    for place, path in shown.items():
        several = [*(["candidate"] if n_sharing[place] > 1 else []), *needed]
        if "{trial}" in path:  # which says all of them
            continue
        if lacking := [f"{{{name}}}" for name in several if f"{{{name}}}" not in path]:
            raise ValueError(
                f"A callback would write to {path!r} in more than one trial. Put {' and '.join(lacking)} into the "
                f"path, which become the numbers of the trial."
            )


def _identity(params: Mapping[str, Any]) -> tuple[tuple[str, int], ...]:
    """What parameters have in common only if their values are the same objects."""
    return tuple((name, id(value)) for name, value in params.items())


def _decides_callbacks(name: str, value: Any) -> bool:
    """Whether a candidate's parameter may bring callbacks along: by itself, or as an estimator that has some."""
    return "callbacks" in name or (hasattr(value, "get_params") and not isinstance(value, type))


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
