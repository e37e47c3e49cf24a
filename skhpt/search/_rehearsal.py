"""Errors that every trial of a search would meet, raised before the first."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

from skhpt.evaluation import TrialSetup, can_rehearse, network_step, rehearse
from skhpt.trials import Deadline, TrialSpec, is_in_trial

_MOST_TRIALS, _MOST_SECONDS = 200, 30  # are given to finding a trial that works


def check_first_round(specs: Sequence[TrialSpec], setup: TrialSetup, deadline: Deadline) -> None:
    """Raise what the first trial raises before its training, if every other trial would raise something, too.

    Where one of them works, the error is its candidate's or its fold's own: a failed trial, as in scikit-learn.

    Parameters
    ----------
    specs : sequence of TrialSpec
        Those of the first round, ordered by candidate, repeat and fold.
    setup : TrialSetup
        What they share.
    deadline : Deadline
        Of the search, which ends the check as well.

    Raises
    ------
    Exception
        Of the first trial. With ``error_score="raise"`` whatever the others would do.

    Warns
    -----
    UserWarning
        Of what every trial would warn of.
    """
    if not specs or not can_rehearse(setup.estimator):
        return
    error = _error(specs[0], setup)
    if error is not None and (setup.error_score == "raise" or not _may_work(specs, setup, deadline)):
        raise error


def _may_work(specs: Sequence[TrialSpec], setup: TrialSetup, deadline: Deadline) -> bool:
    """Whether a trial works that is another than the first, or a candidate could not be tried in time."""
    start = time.monotonic()
    (_, *own), *others = _by_candidate(specs)
    others = list(_spread(others))
    firsts = [*own, *(trials[0] for trials in others)]
    for n_tried, spec in enumerate([*firsts, *(spec for trials in others for spec in trials[1:])]):
        if n_tried == _MOST_TRIALS or time.monotonic() - start > _MOST_SECONDS or deadline.is_over:
            return n_tried < len(firsts)
        if _error(spec, setup) is None:
            return True
    return False


def _by_candidate(specs: Sequence[TrialSpec]) -> list[list[TrialSpec]]:
    """The trials of each candidate."""
    found: dict[int, list[TrialSpec]] = {}
    for spec in specs:
        found.setdefault(spec.candidate.index, []).append(spec)
    return list(found.values())


def _spread(things: Sequence[Any]) -> Iterator[Any]:
    """All of a sequence, the last one first, then the one in the middle, and so on."""
    seen: set[int] = set()
    step = len(things)
    while len(seen) < len(things):
        for number in range(len(things) - 1, -1, -step):
            if number not in seen:
                seen.add(number)
                yield things[number]
        step = max(step // 2, 1)


def _error(spec: TrialSpec, setup: TrialSetup) -> Exception | None:
    """What a trial raises before its training."""
    try:
        estimator = rehearse(spec, setup)
    except Exception as error:  # noqa: BLE001 - whatever a user's model raises
        return error
    caution = None if estimator is None or is_in_trial() else network_step(estimator)._caution()
    if caution is not None and (setup.one_hot or _is_one_hot(setup.y)):  # and not only on the rows of a fold
        warnings.warn(caution, UserWarning, stacklevel=2)
    return None


def _is_one_hot(y: Any) -> bool:
    from skhpt.estimators import one_hot_columns  # loads Keras, which other estimators do without

    return one_hot_columns(y) is not None
