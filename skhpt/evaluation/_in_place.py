"""Steps before a network that may change the rows that they are given.

`StandardScaler(copy=False)` writes its result into the rows themselves, and so does a function that says ``X *= 2``.
The rows of a fold go through such steps more than once: for the training, for each scorer, for the evaluation after
each epoch. Each time the steps have to meet the rows as they were.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from skhpt.evaluation._keras_step import inside

# What scikit-learn calls the parameters that let an estimator write into its input.
_COPY_PARAMETERS = ("copy", "copy_X", "copy_x")
_LEAVE_ROWS_ALONE = ("sklearn", "skhpt")  # packages whose transformers do unless a parameter says otherwise


def may_change_rows(estimator: Any) -> bool:
    """Whether an estimator, or one inside it, works in place, or is a transformer of which that is not known.

    Scikit-learn's own transformers work in place only if ``copy=False`` tells them to. A transformer or sampler from
    elsewhere, and a function in a `FunctionTransformer`, may do anything. Running them to find out would be too late:
    the rows would be changed by then.

    Parameters
    ----------
    estimator : estimator
        Fitted or not.

    Examples
    --------
    >>> from sklearn.preprocessing import StandardScaler
    >>> may_change_rows(StandardScaler()), may_change_rows(StandardScaler(copy=False))
    (False, True)
    >>> may_change_rows(FunctionTransformer(np.log1p)), may_change_rows(FunctionTransformer(lambda X: X + 1))
    (False, True)
    """
    deep = estimator.get_params(deep=True).values() if isinstance(estimator, BaseEstimator) else ()
    return any(_works_in_place(part) for part in (estimator, *deep))


def own_rows(estimator: Any, X: Any) -> Any:
    """Rows, or targets, that an estimator may change: a copy, unless it leaves them alone."""
    return copy.deepcopy(X) if may_change_rows(estimator) else X


@contextmanager
def leaving_rows_alone(estimator: Any) -> Iterator[None]:
    """Let the steps of an estimator that may change rows transform copies of them for a while.

    Parameters
    ----------
    estimator : estimator
        Fitted. A pipeline, or what holds one, such as a `TransformedTargetRegressor`; others are left as they are.
    """
    steps = [step for step in _steps_in(estimator) if hasattr(step, "transform") and may_change_rows(step)]
    with replacing_transforms(steps, lambda step, transform: partial(_on_a_copy, transform)):
        yield


@contextmanager
def replacing_transforms(
    steps: list[Any], replacement: Callable[[Any, Callable[..., Any]], Callable[..., Any]]
) -> Iterator[None]:
    """Give steps another `transform` for a while.

    Parameters
    ----------
    steps : list of transformer
        Of a pipeline, which calls the method by its name.
    replacement : callable
        ``replacement(step, transform)`` returns what is called instead.
    """
    before = [vars(step).get("transform") for step in steps]
    for step in steps:
        step.transform = replacement(step, step.transform)
    try:
        yield
    finally:
        for step, own in zip(steps, before, strict=True):
            if own is None:
                del step.transform
            else:
                step.transform = own


def _on_a_copy(transform: Callable[..., Any], X: Any, **params: Any) -> Any:
    return transform(copy.deepcopy(X), **params)


def _steps_in(estimator: Any) -> Iterator[Any]:
    """What comes before the last step, at whatever depth."""
    while estimator is not None:
        if isinstance(estimator, Pipeline):
            yield from (step for _, step in estimator.steps[:-1])
        estimator = inside(estimator)


def _works_in_place(part: Any) -> bool:
    if isinstance(part, type) or not hasattr(part, "fit"):
        return False  # some other parameter
    if any(getattr(part, name, None) is False for name in _COPY_PARAMETERS):
        return True
    if isinstance(part, FunctionTransformer):
        return part.func is not None and (not isinstance(part.func, np.ufunc) or "out" in (part.kw_args or {}))
    is_step = any(hasattr(part, name) for name in ("transform", "fit_transform", "fit_resample"))
    return is_step and type(part).__module__.partition(".")[0] not in _LEAVE_ROWS_ALONE
