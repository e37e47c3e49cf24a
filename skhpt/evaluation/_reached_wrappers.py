"""The Keras wrappers inside an estimator, and the arguments of `fit` that reach them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sklearn import get_config
from sklearn.pipeline import Pipeline
from sklearn.utils.metadata_routing import MetadataRouter, get_routing_for_object

from skhpt._compat.sklearn import BaseSearchCV
from skhpt.evaluation._preparation import parts_of


@dataclass(frozen=True)
class ReachedWrapper:
    """A Keras wrapper of skhpt's inside an estimator.

    Parameters
    ----------
    wrapper : estimator
        The wrapper.
    prefix : str
        What the names of its parameters begin with, such as ``"net__"``.
    said : mapping of str to object
        The arguments of `fit` that reach it, by the names that its own `fit` has for them.
    said_prefix : str
        What the names of these arguments begin with where they were given.
    is_plain : bool
        Whether it is fitted with its parameters and these arguments and no others. A class of a user's own may call
        `fit` with arguments that nobody sees, and a search inside sets parameters.
    """

    wrapper: Any
    prefix: str
    said: Mapping[str, Any]
    said_prefix: str
    is_plain: bool


def reached_wrappers(
    estimator: Any,
    fit_params: Mapping[str, Any],
    *,
    prefix: str = "",
    said_prefix: str = "",
    is_plain: bool = True,
) -> Iterator[ReachedWrapper]:
    """The Keras wrappers inside an estimator.

    Parameters
    ----------
    estimator : estimator
        With the parameters of a candidate.
    fit_params : mapping of str to object
        What it is to be fitted with.
    prefix, said_prefix, is_plain
        As in `ReachedWrapper`, of the estimator.

    Yields
    ------
    ReachedWrapper
    """
    if hasattr(estimator, "_planned_callbacks"):
        is_plain = is_plain and type(estimator).fit.__module__.startswith("skhpt.")
        yield ReachedWrapper(estimator, prefix, fit_params, said_prefix, is_plain)
        return
    is_known = type(estimator).__module__.startswith(("sklearn.", "imblearn."))
    is_plain = is_plain and is_known and not isinstance(estimator, BaseSearchCV)
    stripped = isinstance(estimator, Pipeline) and not _is_routed()
    for prefix_below, part in parts_of(estimator).items():
        name = prefix_below.removesuffix("__")
        if not name or "__" in name:  # the estimator itself, or what another one holds
            continue
        below = _arguments_of(name, estimator, fit_params)
        yield from reached_wrappers(
            part,
            below,
            prefix=prefix + prefix_below,
            said_prefix=said_prefix + prefix_below if stripped else said_prefix,
            is_plain=is_plain,
        )


def _arguments_of(name: str, estimator: Any, fit_params: Mapping[str, Any]) -> dict[str, Any]:
    """What an estimator hands on to one that it holds."""
    if _is_routed():
        routing = get_routing_for_object(estimator)
        if isinstance(routing, MetadataRouter):
            methods = routing.route_params(caller="fit", params=dict(fit_params)).get(name, {})
            return {key: value for arguments in methods.values() for key, value in arguments.items()}
    elif isinstance(estimator, Pipeline):
        start = f"{name}__"
        return {key.removeprefix(start): value for key, value in fit_params.items() if key.startswith(start)}
    return dict(fit_params)


def _is_routed() -> bool:
    return bool(get_config()["enable_metadata_routing"])
