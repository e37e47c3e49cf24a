"""Paths of callbacks that several trials of a search would write to."""

from __future__ import annotations

import logging
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from skhpt.evaluation import callback_paths, parts_of, prepare
from skhpt.trials import is_in_trial

_logger = logging.getLogger("skhpt")


def shared_callback_paths(
    estimator: Any,
    settings: Sequence[Mapping[str, Any]],
    fit_params: Mapping[str, Any],
    *,
    needed: Sequence[str],
    n_candidates: int,
) -> dict[str, str]:
    """Paths of callbacks that two trials would write to.

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

    Returns
    -------
    dict of str to str
        Each path as it was given, and the same with ``{trial}`` in it.
    """
    deciding = [
        {name: value for name, value in params.items() if _decides_callbacks(name, value)} for params in settings
    ]
    if not any(deciding) and not any(hasattr(part, "_planned_callbacks") for part in parts_of(estimator).values()):
        return {}
    alike = Counter(map(_identity, deciding))
    if not any(deciding):  # those of later rounds have the same callbacks
        alike[_identity({})] = n_candidates
    n_sharing: Counter[str] = Counter()
    found: dict[str, str] = {}
    for params in {_identity(params): params for params in deciding}.values():
        for path, own in callback_paths(prepare(estimator, params, seed=0), fit_params).items():
            n_sharing[os.path.realpath(path)] += alike[_identity(params)]
            found[path] = own

    def is_shared(path: str) -> bool:
        several = ["candidate", *needed] if n_sharing[os.path.realpath(path)] > 1 else needed
        return "{trial}" not in path and not all(f"{{{name}}}" in path for name in several)

    return {path: own for path, own in found.items() if is_shared(path)}


def tell_of_own_paths(own_paths: Mapping[str, str]) -> None:
    """Log that each trial writes to a path of its own, where it was given one that others have, too.

    Parameters
    ----------
    own_paths : mapping of str to str
        As of `shared_callback_paths`.
    """
    if own_paths and not is_in_trial():  # a search within a trial would say it again in each
        moved = ", ".join(f"{path!r} becomes {own!r}" for path, own in own_paths.items())
        _logger.warning("Each trial writes the files of its callbacks to its own path: %s.", moved)


def _identity(params: Mapping[str, Any]) -> tuple[tuple[str, int], ...]:
    """What parameters have in common only if their values are the same objects."""
    return tuple((name, id(value)) for name, value in params.items())


def _decides_callbacks(name: str, value: Any) -> bool:
    """Whether a candidate's parameter may bring callbacks along: by itself, or as an estimator that has some."""
    return "callbacks" in name or (hasattr(value, "get_params") and not isinstance(value, type))
